// Reads the history of a run.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { GRPC, grpcStatus } from '../temporal/grpc-status.ts';

type Execution = { workflowId: string; runId: string };

/** Empty where the history is no longer kept. */
export async function readEvents(
  client: Client,
  { workflowId, runId }: Execution,
): Promise<temporal.api.history.v1.IHistoryEvent[]> {
  try {
    return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
  } catch (error) {
    if (grpcStatus(error) === GRPC.NOT_FOUND) return [];
    throw error;
  }
}
