// An activity works with what a run of its own workflow asked for: what nobody vouches for is refused before anything is sent.
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { opened } from '../order/unvouched.ts';

export const ownArguments: ActivityInterceptorsFactory = () => ({
  inbound: { execute: (input, next) => next({ ...input, args: input.args.map(own) }) },
});

/** What a run asked for before payloads were bound names its run (`askedBy`), which is compared. */
function own(given: unknown): unknown {
  const { how, value } = opened(given);
  const isUnreadable = typeof value === 'object' && value !== null && 'unreadable' in value;
  if ((how === 'vouched' && !isUnreadable) || how === 'unbound') return value;
  throw ApplicationFailure.create({ message: 'not asked by its workflow', type: 'NotItsOwn', nonRetryable: true });
}
