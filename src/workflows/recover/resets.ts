// Detects from the history that a reset made a run, so that a replay decides the same: a reset changes the seed of the random numbers
// (Temporal docs, "Reset a Workflow Execution"), and nothing else that a workflow can see.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

/** Passed to every workflow after its input. `count` rises at each reset in its history. */
export type Resets = {
  count: number;
  /** Unwraps what was sent to this run, as far as it may be believed. */
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
