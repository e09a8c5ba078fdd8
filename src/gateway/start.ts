// The options with which an order's workflow is started: for a new order, or for another run of an order that ended or was stopped.
import type { WorkflowStartOptions } from '@temporalio/client';
import type { OrderMemo } from '../contract/messages.ts';
import type { Order } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { PersonalDigests, SearchAttributePair } from '../order/search-attributes.ts';
import { digestAttributes, searchAttributes } from '../order/search-attributes.ts';
import { ORDER_DETAILS, orderSummary } from '../order/words.ts';
import type { orderWorkflow } from '../workflows/order-workflow.ts';
import { inTurnOf } from './fairness.ts';

type StartOptions = WorkflowStartOptions<typeof orderWorkflow>;
type SetAttributes = Extract<StartOptions['typedSearchAttributes'], readonly unknown[]>;

const NEW_ORDER = { workflowIdReusePolicy: 'REJECT_DUPLICATE', workflowIdConflictPolicy: 'FAIL' } as const;
const NEXT_RUN = { workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING' } as const;

/** `digest`: of the request. `digests`: of its customer. */
export type Starting = { order: Order; digest: string; digests: PersonalDigests };

export function newOrder(taskQueue: string, starting: Starting, request: OrderRequest) {
  return { ...NEW_ORDER, ...options(taskQueue, starting, request, false) };
}

export function nextRun(taskQueue: string, before: Starting, request: OrderRequest | null) {
  return { ...NEXT_RUN, ...options(taskQueue, { ...before, order: countsAnew(before.order) }, request, true) };
}

/**
 * What Temporal notes in the visibility store once a worker of this build has taken an order for the first time, where workers have no version. Told with the
 * start, it is no write of its own; where another build takes the order, Temporal puts that one beside it.
 */
export function builtBy(buildId: string): SetAttributes {
  return [{ key: { name: 'BuildIds', type: 'KEYWORD_LIST' }, value: ['unversioned', `unversioned:${buildId}`] }];
}

/** The run before stays listed with the SMS that it has marked: whoever counts them would count them twice. */
function countsAnew({ sms: { ofDay: _ofDay, ...sms }, ...order }: Order): Order {
  return { ...order, sms };
}

function options(
  taskQueue: string,
  { order, digest, digests }: Starting,
  request: OrderRequest | null,
  reopened: boolean,
) {
  const attributes = [...searchAttributes(order), ...digestAttributes(digests)].filter(({ value }) => value !== null);
  if (reopened) attributes.push({ key: { name: 'Reopened', type: 'BOOL' }, value: true } satisfies SearchAttributePair);
  return {
    workflowId: order.id,
    taskQueue,
    args: [{ request, reopened, compact: true }],
    memo: { order, digest } satisfies OrderMemo,
    typedSearchAttributes: attributes as SetAttributes,
    staticSummary: orderSummary(order),
    staticDetails: ORDER_DETAILS,
    ...inTurnOf(order.merchantId),
  } satisfies StartOptions;
}
