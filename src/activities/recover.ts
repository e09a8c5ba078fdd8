// What a run made by a reset recovers: all that the run before it knew. It does so before anything is done at seQura.
import { activityInfo, getClient } from '@temporalio/activity';
import type { Recovery } from '../order/activity-results.ts';
import { recoveryOf } from '../gateway/recover.ts';

/** All that the run before this one knew; null if this run was not made by a reset. Throws if Temporal does not answer. */
export async function recall(): Promise<Recovery | null> {
  const { workflowExecution, currentAttemptScheduledTimestampMs } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('an order belongs to a workflow');
  return recoveryOf(getClient(), workflowExecution, new Date(currentAttemptScheduledTimestampMs).toISOString());
}

/**
 * What the new run has to recover first, if this activity was under way at the point of a reset: Temporal then dispatches it again, with its old
 * input, for the new run. Null if the run has asked for the activity itself.
 */
export async function recoveryFor(askedBy: string | undefined): Promise<Recovery | null> {
  return askedBy === activityInfo().workflowExecution?.runId ? null : recall();
}
