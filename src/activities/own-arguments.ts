// Refuses an activity whose arguments no payload of its workflow vouches for, before anything is sent.
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import { opened } from '../order/unvouched.ts';

export const ownArguments: ActivityInterceptorsFactory = () => ({
  inbound: { execute: (input, next) => next({ ...input, args: input.args.map(own) }) },
});

/** Unbound arguments are taken: they name the run that asks (`askedBy`), which the activity compares with its own. */
function own(given: unknown): unknown {
  const { how, value } = opened(given);
  const isUnreadable = typeof value === 'object' && value !== null && 'unreadable' in value;
  if ((how === 'vouched' && !isUnreadable) || how === 'unbound') return value;
  throw ApplicationFailure.create({ message: 'not asked by its workflow', type: 'NotItsOwn', nonRetryable: true });
}
