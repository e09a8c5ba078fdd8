// Counts all orders for operators, from Temporal's visibility store: with few calls, however many orders and merchants there are.
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { tsToMs } from '../temporal/sdk-internals.ts';
import { notificationTaskQueue } from '../contract/names.ts';
import { LIST_READ_MS } from '../contract/time-limits.ts';
import type { AttentionReason, OrderStatus } from '../order/status.ts';
import { ORDER_STATUSES } from '../order/status.ts';
import { call } from './call.ts';
import type { Wanted } from './order-query.ts';
import { orderQuery } from './order-query.ts';
import type { Orders } from './orders.ts';
import { quote } from './visibility.ts';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;
const TASKS = { workflow: TASK_QUEUE_TYPE_WORKFLOW, activity: TASK_QUEUE_TYPE_ACTIVITY } as const;

/** The store counts one merchant and one status in a call. With more merchants than these make, each round counts the next of them. */
const MOST_COUNTS = 100;
const COUNTED_AT_ONCE = 4;
/** Orders that need a human are read, for the age of what is open. */
const LONGEST_LIST = 1_000;
const PAGE = 100;
/** After its deadline an order has so long before it counts as late: the settle time, and a cancel. */
export const LATE_AFTER_MS = 5 * 60_000;

export type OrderCounts = {
  statuses: { merchantId: string; status: OrderStatus; orders: number }[];
  attentions: { merchantId: string; reason: AttentionReason; orders: number; oldest: Date }[];
  /** More orders need a human than were read. */
  attentionsCutShort: boolean;
  pastDeadline: number;
  stuck: number;
  paused: number;
  /** By the payload key with which they were placed; `null`: with none of these, or before there were digests. */
  placedWith: { keyId: string | null; orders: number }[];
  backlogs: { taskQueue: string; tasks: keyof typeof TASKS; count: number; ageSeconds: number }[];
};

export type OrderCounter = {
  client: Client;
  orders: Pick<Orders, 'list'>;
  /** As they are at each count. */
  merchantIds: () => string[];
  taskQueue: string;
  /** Of the payload keys, as they are at each count. */
  keyIds: () => readonly string[];
};

/** Each call counts anew, but for statuses of many merchants, which take several calls. */
export function orderCounter(of: OrderCounter): (nowMs?: number) => Promise<OrderCounts> {
  const statuses = statusCounter(of);
  return async (nowMs = Date.now()) => ({
    ...(await attentions(of)),
    statuses: await statuses(),
    pastDeadline: await count(of.client, late(nowMs)),
    stuck: await count(of.client, orderQuery({ stuck: true }, RUNNING)),
    paused: await countPaused(of.client),
    placedWith: await placedWith(of),
    backlogs: await backlogs(of),
  });
}

const RUNNING = `ExecutionStatus = 'Running'`;

function late(nowMs: number): string {
  const before = quote(new Date(nowMs - LATE_AFTER_MS).toISOString());
  return orderQuery({}, RUNNING, `OrderStatus IN ('creating', 'awaiting_customer')`, `ConfirmBy < ${before}`);
}

/** Orders whose workflow somebody paused in Temporal: nothing carries them on. */
export function countPaused(client: Client): Promise<number> {
  return count(client, orderQuery({}, `ExecutionStatus = 'Paused'`));
}

/** Orders that are wanted, and whose workflow is open. */
export function countOpen(client: Client, wanted: Wanted): Promise<number> {
  return countRuns(client, orderQuery(wanted, RUNNING));
}

/** Workflows of any kind. */
export function countRuns(client: Client, query: string): Promise<number> {
  return call(client, LIST_READ_MS, () => count(client, query));
}

async function count({ options, workflowService }: Client, query: string): Promise<number> {
  return Number((await workflowService.countWorkflowExecutions({ namespace: options.namespace, query })).count);
}

/** A run that continued an earlier one stands for the order; of a reopened order each run is counted. */
function statusCounter({ client, merchantIds }: OrderCounter): () => Promise<OrderCounts['statuses']> {
  const known = new Map<string, number>();
  let next = 0;
  return async () => {
    const all = merchantIds().flatMap((merchantId) => ORDER_STATUSES.map((status) => ({ merchantId, status })));
    const round = Array.from({ length: Math.min(MOST_COUNTS, all.length) }, (_, n) => all[(next + n) % all.length]);
    next = (next + round.length) % all.length;
    for (let from = 0; from < round.length; from += COUNTED_AT_ONCE)
      await Promise.all(
        round.slice(from, from + COUNTED_AT_ONCE).map(async (one) => {
          if (one === undefined) return;
          const { merchantId, status } = one;
          known.set(`${merchantId} ${status}`, await count(client, orderQuery({ merchantIds: [merchantId], status })));
        }),
      );
    return all.map((one) => ({ ...one, orders: known.get(`${one.merchantId} ${one.status}`) ?? 0 }));
  };
}

async function attentions({
  orders,
  merchantIds: idsNow,
}: OrderCounter): Promise<Pick<OrderCounts, 'attentions' | 'attentionsCutShort'>> {
  // A cursor is for the list that it came from.
  const merchantIds = idsNow();
  const found = new Map<string, OrderCounts['attentions'][number]>();
  let cursor: string | undefined;
  let read = 0;
  do {
    const page = await orders.list({ merchantIds, attention: true, limit: PAGE, cursor });
    for (const { merchant_id: merchantId, attention } of page.data) {
      if (attention === null) continue;
      const { reason } = attention;
      const since = new Date(attention.since);
      const known = found.get(`${merchantId} ${reason}`) ?? { merchantId, reason, orders: 0, oldest: since };
      known.orders += 1;
      if (since < known.oldest) known.oldest = since;
      found.set(`${merchantId} ${reason}`, known);
    }
    read += PAGE;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && read < LONGEST_LIST);
  return { attentions: [...found.values()], attentionsCutShort: cursor !== undefined };
}

/** The digest of a phone begins with the key that was the first when the order was placed. Each run that Temporal keeps counts. */
async function placedWith({ client, keyIds }: OrderCounter): Promise<OrderCounts['placedWith']> {
  const known = [];
  for (const keyId of keyIds()) {
    const orders = await count(client, orderQuery({}, `PhoneDigest STARTS_WITH ${quote(`${keyId}:`)}`));
    known.push({ keyId, orders });
  }
  const all = await count(client, orderQuery({}));
  const rest = all - known.reduce((sum, { orders }) => sum + orders, 0);
  return [...known, { keyId: null, orders: Math.max(0, rest) }];
}

/** What waits for a worker. Tasks for one worker that has the workflow in its cache are not among them. */
async function backlogs({ client, taskQueue }: OrderCounter): Promise<OrderCounts['backlogs']> {
  const queues = [taskQueue, notificationTaskQueue(taskQueue)].flatMap((name) =>
    (Object.keys(TASKS) as (keyof typeof TASKS)[]).map((tasks) => ({ name, tasks })),
  );
  return Promise.all(
    queues.map(async ({ name, tasks }) => {
      const { stats } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name },
        taskQueueType: TASKS[tasks],
        reportStats: true,
      });
      return {
        taskQueue: name,
        tasks,
        count: Number(stats?.approximateBacklogCount ?? 0),
        ageSeconds: (tsToMs(stats?.approximateBacklogAge) ?? 0) / 1_000,
      };
    }),
  );
}
