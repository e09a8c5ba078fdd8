// Passes to every workflow which old payloads it may believe, and whether a reset made its run.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { ofBefore, opened } from '../order/unvouched.ts';
import type { Resets } from './recover/resets.ts';
import { countResets, NO_RESETS } from './recover/resets.ts';

export function interceptors(): WorkflowInterceptors {
  const resets: Resets = { ...NO_RESETS };
  return {
    inbound: [
      {
        execute(input, next) {
          // A run from before payloads were bound to their orders. In any other run an unbound payload is a copy of an old one.
          if (input.args.some((given) => opened(given).how === 'unbound')) resets.own = ofBefore;
          return next({ ...input, args: [...input.args.map(resets.own), resets] });
        },
        handleSignal: (input, next) => next({ ...input, args: input.args.map(resets.own) }),
        validateUpdate: (input, next) => next({ ...input, args: input.args.map(resets.own) }),
        handleUpdate: (input, next) => next({ ...input, args: input.args.map(resets.own) }),
      },
    ],
    internals: [countResets(resets)],
  };
}
