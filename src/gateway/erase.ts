// Forgets an order: deletes every run that Temporal keeps of it. What it knew of a person is then in backups of the database only.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ORDER_READ_MS } from '../contract/time-limits.ts';
import { call } from './call.ts';
import { runsOf } from './own-runs.ts';

const LOOK_EVERY_MS = 200;
/** Runs that have just ended take longest, on a busy machine more than half a minute. */
const GONE_WITHIN_MS = 90_000;

/** How many runs were deleted, once none of them can be read any more; null: a run is open, and nothing was deleted. */
export async function eraseOrder(client: Client, id: string): Promise<number | null> {
  const runs: { workflowId: string; runId: string }[] = [];
  // The newest run, too, where the visibility store does not have it yet.
  const { runId: newest, closeTime } = await call(client, ORDER_READ_MS, () =>
    client.workflow.getHandle(id).describe(),
  );
  if (closeTime === undefined) return null;
  for await (const run of runsOf(client, id)) {
    if (run.closeTime === undefined) return null;
    runs.push({ workflowId: id, runId: run.runId });
  }
  if (runs.every(({ runId }) => runId !== newest)) runs.push({ workflowId: id, runId: newest });
  const { namespace } = client.options;
  for (const workflowExecution of runs)
    await call(client, ORDER_READ_MS, () =>
      client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution }),
    );
  for (const giveUpAt = Date.now() + GONE_WITHIN_MS; Date.now() < giveUpAt; await sleep(LOOK_EVERY_MS))
    if ((await Promise.all(runs.map((run) => isGone(client, run)))).every(Boolean)) return runs.length;
  throw new Error(`Temporal has not yet deleted ${id}: look again.`);
}

async function isGone(client: Client, { workflowId, runId }: { workflowId: string; runId: string }): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId, runId).describe();
    return false;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
