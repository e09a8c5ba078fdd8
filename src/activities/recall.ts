// A reset makes a run that has forgotten what the run before it knew: before anything is done at seQura, it is told.
import { activityInfo, getClient } from '@temporalio/activity';
import type { Forgotten } from '../order/events.ts';
import { knownTo, readEvents, replacedRun } from '../temporal/last-known.ts';

/** All that the run knew which a reset replaced by this one; null where no reset made this one. Throws where Temporal does not answer. */
export async function recall(): Promise<Forgotten | null> {
  const { workflowExecution, currentAttemptScheduledTimestampMs } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('an order belongs to a workflow');
  const run = replacedRun(await readEvents(getClient(), workflowExecution));
  if (run === null) return null;
  const at = new Date(currentAttemptScheduledTimestampMs).toISOString();
  return { run, order: await knownTo(getClient(), { ...workflowExecution, runId: run }, at) };
}

/**
 * What this run has forgotten, where a reset has another run's activity carried out by it once more: an activity that was under way at
 * the point of a reset is dispatched again, with the input that it had. Null where the run asked for it itself.
 */
export async function forgotten(askedBy: string | undefined): Promise<Forgotten | null> {
  return askedBy === activityInfo().workflowExecution?.runId ? null : recall();
}
