// Tells the runs of an order from runs that somebody started by hand under its id: whoever may write to Temporal can do that.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import type { Order } from '../order/order.ts';
import type { Listed } from '../order/listed.ts';
import { asListed } from '../order/listed.ts';
import { orderOf } from '../order/order.ts';
import { ownValue } from '../order/unvouched.ts';
import { quote } from './visibility.ts';

type Described = Pick<WorkflowExecutionInfo, 'type' | 'workflowId'> & { memo?: unknown };
type Attributed = Pick<WorkflowExecutionInfo, 'typedSearchAttributes'>;

/** A run that somebody started by hand has published no order, or another one. */
export function isOwn(info: Described): boolean {
  return publishedBy(info) !== null;
}

/** The order as its run shows it, by its memo and its search attributes. `order`: that of the memo. Whoever carries it on reads the history instead: attributes are nobody's word. */
export function shown(order: Order, info: Attributed): Order {
  return asListed(order, listedBy(info));
}

export function listedBy({ typedSearchAttributes: attributes }: Attributed): Listed {
  return {
    sequraOrderId: attributes.get({ name: 'SequraOrderId', type: 'KEYWORD' }) ?? null,
    confirmBy: attributes.get({ name: 'ConfirmBy', type: 'DATETIME' })?.toISOString() ?? null,
  };
}

/** The order in the memo of a run; null where the run is not the order's own. */
export function publishedBy({ type, workflowId, memo }: Described): Order | null {
  return type === ORDER_WORKFLOW
    ? orderOf(workflowId, ownValue((memo as { order?: unknown } | undefined)?.order))
    : null;
}

/** Every run of an order, newest first; the visibility store may lag some seconds behind. */
export async function* runsOf(client: Client, id: string): AsyncGenerator<WorkflowExecutionInfo> {
  const query = `WorkflowId = ${quote(id)}`;
  // The store's query parser may misread an id with quotes, so we compare it.
  for await (const info of client.workflow.list({ query })) if (info.workflowId === id) yield info;
}
