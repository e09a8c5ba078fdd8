// Resets a run, as Reset in the Temporal UI does.
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, RESET_REAPPLY_EXCLUDE_TYPE_UPDATE } =
  proto.temporal.api.enums.v1.ResetReapplyExcludeType;

/** Messages that are not to be delivered again. */
export const LEAVE_OUT = { signals: RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, updates: RESET_REAPPLY_EXCLUDE_TYPE_UPDATE };

/** Resets a run (by default the newest) to one of its workflow tasks. `choose` gets the number of tasks and returns an index, from 0. */
export async function reset(
  client: Client,
  workflowId: string,
  choose: (tasks: number) => number = () => 0,
  leaveOut: readonly number[] = [],
  run?: string,
): Promise<void> {
  const handle = client.workflow.getHandle(workflowId, run);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes != null);
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a mistake',
    workflowTaskFinishEventId: tasks[choose(tasks.length)]?.eventId ?? null,
    requestId: randomUUID(),
    resetReapplyExcludeTypes: [...leaveOut],
  });
}
