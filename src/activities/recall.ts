// A reset makes a run that has forgotten what the run before it knew: before anything is done at seQura, it is told.
import { activityInfo, getClient } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Forgotten } from '../order/events.ts';
import { evolve } from '../order/evolve.ts';
import type { Order } from '../order/order.ts';
import { withUnheard } from '../temporal/unheard.ts';

/** All that the run knew which a reset replaced by this one; null where no reset made this one. Throws where Temporal does not answer. */
export async function recall(): Promise<Forgotten | null> {
  const { workflowExecution, currentAttemptScheduledTimestampMs } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('an order belongs to a workflow');
  const { workflowId, runId } = workflowExecution;
  const run = await replacedBy(handleOf(workflowId, runId));
  const at = new Date(currentAttemptScheduledTimestampMs).toISOString();
  return run === null ? null : { run, order: await lastKnown(workflowId, run, at) };
}

/**
 * What this run has forgotten, where a reset has another run's activity carried out by it once more: an activity that was under way at
 * the point of a reset is dispatched again, with the input that it had. Null where the run asked for it itself.
 */
export async function forgotten(askedBy: string | undefined): Promise<Forgotten | null> {
  return askedBy === activityInfo().workflowExecution?.runId ? null : recall();
}

/** Null where it is no longer kept. The run may have been made by a reset itself, and never been told. */
async function lastKnown(workflowId: string, run: string, at: string): Promise<Order | null> {
  const handle = handleOf(workflowId, run);
  try {
    const { memo } = await handle.describe();
    const published = readable(memo?.['order']);
    const order = published && (await withUnheard(getClient(), published, { workflowId, runId: run }));
    const before = await replacedBy(handle);
    if (order === null || before === null || before === order.tookOverFrom) return order;
    return evolve(order, { type: 'reminded', of: { run: before, order: await lastKnown(workflowId, before, at) }, at });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function readable(order: unknown): Order | null {
  return typeof order === 'object' && order !== null && 'id' in order ? (order as Order) : null;
}

async function replacedBy(handle: WorkflowHandle): Promise<string | null> {
  const { events } = await handle.fetchHistory();
  const resets = (events ?? []).map(({ workflowTaskFailedEventAttributes: failed }) => failed?.baseRunId ?? '');
  return resets.findLast((run) => run !== '') ?? null;
}

function handleOf(workflowId: string, runId: string): WorkflowHandle {
  return getClient().workflow.getHandle(workflowId, runId);
}
