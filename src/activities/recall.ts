// A reset makes a run that has forgotten what the run before it knew: before anything is done at seQura, it is told.
import { activityInfo, getClient } from '@temporalio/activity';
import type { Forgotten } from '../order/activity-results.ts';
import { forgottenBy } from '../gateway/last-known.ts';

/** All that the run before this one knew, which a reset made; null where no reset made this one. Throws where Temporal does not answer. */
export async function recall(): Promise<Forgotten | null> {
  const { workflowExecution, currentAttemptScheduledTimestampMs } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('an order belongs to a workflow');
  return forgottenBy(getClient(), workflowExecution, new Date(currentAttemptScheduledTimestampMs).toISOString());
}

/**
 * What this run has forgotten, where a reset has another run's activity carried out by it once more: an activity that was under way at
 * the point of a reset is dispatched again, with the input that it had. Null where the run asked for it itself.
 */
export async function forgotten(askedBy: string | undefined): Promise<Forgotten | null> {
  return askedBy === activityInfo().workflowExecution?.runId ? null : recall();
}
