// What a run recovers that a reset made: before anything is done at seQura for it, it learns what the run before it knew.
import { activityInfo, getClient } from '@temporalio/activity';
import type { Recovery } from '../order/activity-results.ts';
import { recoveryOf } from '../gateway/recover.ts';

/** All that the run before this one knew; null where no reset made this one. Throws where Temporal does not answer. */
export async function recall(): Promise<Recovery | null> {
  const { workflowExecution, currentAttemptScheduledTimestampMs } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('an order belongs to a workflow');
  return recoveryOf(getClient(), workflowExecution, new Date(currentAttemptScheduledTimestampMs).toISOString());
}

/**
 * An activity that was under way at the point of a reset is dispatched again, for the new run, with the input that it had: then the new run
 * has to recover first. Null where the run asked for the activity itself.
 */
export async function recoveryFor(askedBy: string | undefined): Promise<Recovery | null> {
  return askedBy === activityInfo().workflowExecution?.runId ? null : recall();
}
