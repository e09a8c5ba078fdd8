// Tells a run that a reset made it, by what the history says, so that a replay decides the same: after a reset a run has other random numbers
// (Temporal docs, "Reset a Workflow Execution"). Nothing else that a workflow may look at differs.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

/** Handed to every workflow behind its input; the count rises where its history was reset. */
export type Resets = {
  count: number;
  /** What somebody says to this run, or answers it, as far as it may be believed. */
  own: (given: unknown) => unknown;
};

export const NO_RESETS: Resets = { count: 0, own: (given) => given };

export function countResets(resets: Resets): NonNullable<WorkflowInterceptors['internals']>[number] {
  let seed = seedOf();
  return {
    activate(input, next) {
      const present = seedOf();
      if (present !== seed) resets.count += 1;
      seed = present;
      next(input);
    },
  };
}

function seedOf(): string {
  return getActivator().randomnessSeed.join();
}
