// Tells a workflow which of the old payloads it may believe, and that a reset made its run, by what the history says, so that a replay decides the same: after a reset a run has other
// random numbers (Temporal docs, "Reset a Workflow Execution"). Nothing else that a workflow may look at differs.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { ofBefore, opened } from '../order/unvouched.ts';

/** Handed to every workflow behind its input; the count rises where its history was reset. */
export type Resets = {
  count: number;
  /** What somebody says to this run, or answers it, as far as it may be believed. */
  own: (given: unknown) => unknown;
};

export function interceptors(): WorkflowInterceptors {
  const resets: Resets = { count: 0, own: (given) => given };
  let seed = seedOf();
  return {
    inbound: [
      {
        execute(input, next) {
          // Started before payloads were bound to their orders. In every other run what is not bound is a copy of something old.
          if (input.args.some((given) => opened(given).how === 'unbound')) resets.own = ofBefore;
          return next({ ...input, args: [...input.args.map(resets.own), resets] });
        },
        handleSignal: (input, next) => next({ ...input, args: input.args.map(resets.own) }),
        validateUpdate: (input, next) => next({ ...input, args: input.args.map(resets.own) }),
        handleUpdate: (input, next) => next({ ...input, args: input.args.map(resets.own) }),
      },
    ],
    internals: [
      {
        activate(input, next) {
          const present = seedOf();
          if (present !== seed) resets.count += 1;
          seed = present;
          next(input);
        },
      },
    ],
  };
}

function seedOf(): string {
  return getActivator().randomnessSeed.join();
}
