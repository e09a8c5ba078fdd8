// Tells a workflow that a reset made its run, by what the history says, so that a replay decides the same: after a reset a run has other
// random numbers (Temporal docs, "Reset a Workflow Execution"). Nothing else that a workflow may look at differs.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

/** Handed to every workflow behind its input; the count rises where its history was reset. */
export type Resets = { count: number };

export function interceptors(): WorkflowInterceptors {
  const resets: Resets = { count: 0 };
  let seed = seedOf();
  return {
    inbound: [{ execute: (input, next) => next({ ...input, args: [...input.args, resets] }) }],
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
