// Detects a reset from the history, so that a replay decides the same. A reset changes the seed of the random numbers (Temporal docs, "Reset a
// Workflow Execution"), and nothing else that a workflow can see.
import type { WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';
import type { RunFacts } from '../interceptors.ts';

/** Counts the resets in `facts`. */
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
