// The options with which an order's workflow is started: for a new order, or for another run of an order that ended or was stopped.
import type { WorkflowStartOptions } from '@temporalio/client';
import type { OrderMemo } from '../contract/messages.ts';
import type { Order } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { SearchAttributePair } from '../order/search-attributes.ts';
import { searchAttributes } from '../order/search-attributes.ts';
import { ORDER_DETAILS, orderSummary } from '../order/words.ts';
import type { orderWorkflow } from '../workflows/order-workflow.ts';

type StartOptions = WorkflowStartOptions<typeof orderWorkflow>;
type SetAttribute = Exclude<StartOptions['typedSearchAttributes'], undefined>;

const NEW_ORDER = { workflowIdReusePolicy: 'REJECT_DUPLICATE', workflowIdConflictPolicy: 'FAIL' } as const;
const NEXT_RUN = { workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING' } as const;

export function newOrder(taskQueue: string, order: Order, request: OrderRequest, digest: string) {
  return { ...NEW_ORDER, ...options(taskQueue, order, request, digest, false) };
}

export function nextRun(taskQueue: string, order: Order, request: OrderRequest | null, digest: string) {
  return { ...NEXT_RUN, ...options(taskQueue, order, request, digest, true) };
}

function options(taskQueue: string, order: Order, request: OrderRequest | null, digest: string, reopened: boolean) {
  const attributes = searchAttributes(order).filter(({ value }) => value !== null);
  if (reopened) attributes.push({ key: { name: 'Reopened', type: 'BOOL' }, value: true } satisfies SearchAttributePair);
  return {
    workflowId: order.id,
    taskQueue,
    args: [{ order, request, reopened }],
    memo: { order, digest } satisfies OrderMemo,
    typedSearchAttributes: attributes as SetAttribute,
    staticSummary: orderSummary(order),
    staticDetails: ORDER_DETAILS,
  } satisfies StartOptions;
}
