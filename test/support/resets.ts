// What Reset does in the Temporal UI.
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';

const { RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, RESET_REAPPLY_EXCLUDE_TYPE_UPDATE } =
  proto.temporal.api.enums.v1.ResetReapplyExcludeType;

/** What is not to be delivered again. */
export const LEAVE_OUT = { signals: RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL, updates: RESET_REAPPLY_EXCLUDE_TYPE_UPDATE };

/** To one of the workflow tasks of a run, left out: the newest. `choose` is given how many there are, and says which, from 0. */
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
