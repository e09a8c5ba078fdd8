// Detects from the history that a reset made a run, so that a replay decides the same: a reset changes the seed of the random numbers
// (Temporal docs, "Reset a Workflow Execution"), and nothing else that a workflow can see.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import type { RunFacts } from '../interceptors.ts';

/** Counts in `facts`. */
export function countResets(facts: Pick<RunFacts, 'resets'>): NonNullable<WorkflowInterceptors['internals']>[number] {
  let seed = seedOf();
  return {
    activate(input, next) {
      const present = seedOf();
      if (present !== seed) facts.resets += 1;
      seed = present;
      next(input);
    },
  };
}

function seedOf(): string {
  return getActivator().randomnessSeed.join();
}
