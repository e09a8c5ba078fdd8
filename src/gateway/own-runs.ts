// Which runs under an order's id are its own: whoever may write to Temporal can start others.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import { ownValue } from '../order/unvouched.ts';

type Described = Pick<WorkflowExecutionInfo, 'type' | 'workflowId'> & { memo?: unknown };

/** A run that somebody started by hand knows no order, or another one. */
export function isOwn(info: Described): boolean {
  return publishedBy(info) !== null;
}

/** The order as a run of its own published it. */
export function publishedBy({ type, workflowId, memo }: Described): Order | null {
  return type === ORDER_WORKFLOW
    ? orderOf(workflowId, ownValue((memo as { order?: unknown } | undefined)?.order))
    : null;
}

/** Every run of an order, newest first; the visibility store may lag some seconds behind. */
export async function* runsOf(client: Client, id: string): AsyncGenerator<WorkflowExecutionInfo> {
  const query = `WorkflowId = '${id.replaceAll("'", "''")}'`;
  // The store's query parser takes quotes out of their place.
  for await (const info of client.workflow.list({ query })) if (info.workflowId === id) yield info;
}
