// The orders on a Temporal client: the one implementation of `Orders`.
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import type { Resolution } from '../order/resolution.ts';
import type { Order } from '../order/order.ts';
import { acceptOrder, openAttention } from '../order/order.ts';
import { isResolvedBefore, refuseCancel, refuseResolution, refuseSms } from '../order/refusal.ts';
import { isCancelled } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { LAST_LOOK_MS, LIST_READ_MS, ORDER_READ_MS } from '../contract/deadlines.ts';
import { cancelUpdate, resolveUpdate, sendSmsUpdate } from '../contract/messages.ts';
import { ORDER_WORKFLOW, SURE_ID_LENGTH } from '../contract/names.ts';
import { call } from './call.ts';
import { requestDigest } from '../temporal/codec.ts';
import { command } from './command.ts';
import { IdTakenError, IdTooLongError, OrderRefusal } from './errors.ts';
import { GRPC, grpcStatus } from '../temporal/grpc-status.ts';
import { historyPoll } from '../temporal/follow-history.ts';
import { lister } from './list.ts';
import type { Orders, Placing } from './orders.ts';
import { readRun } from './read.ts';
import { relayer } from './relay-webhook.ts';
import { shared } from './shared-read.ts';
import { newOrder } from './start.ts';
import type { Watching } from './watch.ts';
import { watchOrders } from './watch.ts';

type FailedOnly = Omit<ReturnType<typeof newOrder>, 'workflowIdReusePolicy'> & {
  workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY';
};

export type OrdersOptions = {
  client: Client;
  /** With a connection of its own, where webhooks must not queue behind anything else. */
  webhookClient?: Client;
  watching?: Watching;
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  /** New orders believe what is typed without the codec. */
  trustPlainPayloads?: boolean;
};

/** `pollClient`: with a connection of its own, where long polls must not delay other calls. */
export function createWatching(client: Client, pollClient: Client = client): Watching {
  return watchOrders({ read: (id) => readRun(client, id, ORDER_READ_MS), poll: historyPoll(pollClient) });
}

export function createOrders({
  client,
  webhookClient = client,
  watching = createWatching(client),
  taskQueue,
  payloadKeys,
  trustPlainPayloads,
}: OrdersOptions): Orders {
  const view = async (id: string, timeoutMs: number): Promise<OrderView | null> => {
    const run = await readRun(client, id, timeoutMs);
    return run === null ? null : orderView(run.order);
  };
  const get = shared((id) => view(id, ORDER_READ_MS));
  const lastLook = (id: string) => view(id, LAST_LOOK_MS);

  /** False where its id is taken. */
  async function started(options: ReturnType<typeof newOrder> | FailedOnly): Promise<boolean> {
    try {
      await call(client, ORDER_READ_MS, () => client.workflow.start(ORDER_WORKFLOW, options));
      return true;
    } catch (error) {
      if (refusesId(error, options.workflowId)) throw new IdTooLongError('Temporal refuses an id of this length');
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return false;
    }
  }

  return {
    get,

    async place(placing) {
      const text = digestText(placing);
      const digest = requestDigest(text, payloadKeys) ?? '';
      const { request, currency } = placing;
      const policy = { ...placing.policy, ...(trustPlainPayloads === true ? { trustPlain: true } : {}) };
      const order = acceptOrder(request, policy, currency, new Date().toISOString());
      const options = newOrder(taskQueue, order, request, digest);
      if (await started(options)) return { outcome: 'started', order: orderView(order) };
      const run = await readRun(client, order.id, ORDER_READ_MS);
      if (run === null) {
        // The id was taken by a run that somebody started by hand, which failed and did nothing (docs/decisions/0010).
        if (await started({ ...options, workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' }))
          return { outcome: 'started', order: orderView(order) };
        throw new IdTakenError('the id is taken by something that is not an order');
      }
      const [keyId] = run.digest.split(':');
      const same = requestDigest(text, payloadKeys, keyId) === run.digest;
      return { outcome: same ? 'repeated' : 'conflict', order: orderView(run.order) };
    },

    changes: (id, signal) => watching.changes(id, signal),

    async watch(id, until, waitMs, signal) {
      const ended = new AbortController();
      const end = () => ended.abort();
      const timer = setTimeout(end, waitMs);
      signal?.addEventListener('abort', end, { signal: ended.signal });
      if (signal?.aborted === true) end();
      let last: OrderView | null | undefined;
      try {
        for await (const order of watching.changes(id, ended.signal)) {
          last = order;
          if (order === null || until(order)) break;
        }
      } finally {
        clearTimeout(timer);
        end();
      }
      return last === undefined ? get(id) : last;
    },

    list: lister({ client, payloadKeys, timeoutMs: LIST_READ_MS }),

    async sendSms(id, mobilePhone) {
      const phone = createHash('sha256')
        .update(requestDigest(mobilePhone ?? '', payloadKeys) ?? '')
        .digest('hex');
      const result = await command(client, taskQueue, id, {
        update: sendSmsUpdate,
        args: () => [mobilePhone === null ? null : { mobile_phone: mobilePhone }],
        refuse: refuseSms,
        viewOf: ({ order }) => order,
        // The same request while nothing has happened to the order is a repeat: the answer was lost.
        updateId: ({ revision }) => `send_sms ${revision} ${phone.slice(0, 16)}`,
      });
      if (result !== null) return result;
      const order = await lastLook(id);
      return order === null ? null : { outcome: 'pending', order };
    },

    async cancel(id) {
      const isDone = ({ status }: Order) => isCancelled(status);
      try {
        const answer = await command(client, taskQueue, id, {
          update: cancelUpdate,
          args: () => [],
          refuse: refuseCancel,
          isDone,
          viewOf: (order) => order,
          // Callers that wait for the same cancel share one update: Temporal takes ten at a time, and a resolution needs room.
          updateId: ({ revision }) => `cancel ${revision}`,
        });
        return answer ?? (await lastLook(id));
      } catch (error) {
        // It was cancelled while this cancel was on its way: a repeat of the one that did it.
        if (error instanceof OrderRefusal && error.order !== undefined && isCancelled(error.order.status))
          return error.order;
        throw error;
      }
    },

    async resolve(id, resolution: Resolution) {
      const at = new Date().toISOString();
      const answering = (order: Order) => ({ ...resolution, answers: openAttention(order) ?? undefined, asked_at: at });
      const result = await command(client, taskQueue, id, {
        update: resolveUpdate,
        args: (order) => [answering(order)],
        refuse: (order) => refuseResolution(order, answering(order), at),
        unpauses: resolution.action === 'retry',
        isDone: (order) => isResolvedBefore(order, answering(order), at),
        viewOf: (order) => order,
      });
      return result ?? lastLook(id);
    },

    webhook: relayer({ client: webhookClient, taskQueue, payloadKeys }),
  };
}

function refusesId(error: unknown, id: string): boolean {
  return id.length > SURE_ID_LENGTH && grpcStatus(error) === GRPC.INVALID_ARGUMENT;
}

/** What makes two requests the same: every field after validation and normalising, in one order. */
function digestText({ request, confirmWithinSeconds }: Placing): string {
  const { merchant, cart_items: items, ...rest } = request;
  const sorted = (fields: object) => Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(merchant), sorted(rest), items.map(sorted), confirmWithinSeconds ?? null]);
}
