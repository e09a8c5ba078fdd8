// Finds which order has a number of seQura's, and reserves a free one. A number belongs to one order, whatever the merchant.
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ORDER_WORKFLOW, SEQURA_NUMBER_WORKFLOW } from '../contract/names.ts';
import { parseOrderId } from '../order/ids.ts';
import { inTurnOf } from './fairness.ts';
import { readRun } from './read.ts';
import { quote } from './visibility.ts';

const READ_TIMEOUT_MS = 3_000;

/**
 * Reserves the number for an order while lists may lag behind. Answers with the id of the order that has the number already, or null. Of two orders
 * that ask at once, only one can start the workflow that reserves it.
 */
export async function reserveNumber(
  client: Client,
  taskQueue: string,
  id: string,
  number: string,
): Promise<string | null> {
  const workflowId = `sequra-order:${encodeURIComponent(number.toWellFormed())}`.slice(0, 250);
  try {
    await client.workflow.start(SEQURA_NUMBER_WORKFLOW, {
      workflowId,
      taskQueue,
      memo: { holder: id },
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `Seen as a number of ${id}`,
      ...inTurnOf(parseOrderId(id)?.merchantId),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { memo, status } = await client.workflow.getHandle(workflowId).describe();
    const holder = memo?.['holder'];
    if (status.name === 'RUNNING' && typeof holder === 'string' && holder !== id) return holder;
  }
  return holderOf(client, id, number);
}

/** Asks the newest run of each order: an earlier run may have had another number. */
async function holderOf(client: Client, id: string, number: string): Promise<string | null> {
  const query = `WorkflowType = '${ORDER_WORKFLOW}' AND SequraOrderId = ${quote(number)}`;
  const asked = new Set([id]);
  for await (const { workflowId } of client.workflow.list({ query })) {
    if (asked.has(workflowId)) continue;
    asked.add(workflowId);
    const run = await readRun(client, workflowId, READ_TIMEOUT_MS);
    if (run?.order.sequraOrderId === number) return workflowId;
  }
  return null;
}
