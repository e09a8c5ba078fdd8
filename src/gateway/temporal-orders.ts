// The orders on a Temporal client: the one implementation of `Orders`. Each verb is here in a few lines, or in a file of its own.
import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import type { Resolution } from '../order/resolution.ts';
import type { Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import { isResolvedBefore, refuseCancel, refuseResolution, refuseSms } from '../order/refusal.ts';
import { isCancelled } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { LAST_LOOK_MS, LIST_READ_MS, ORDER_READ_MS } from '../contract/time-limits.ts';
import { cancelUpdate, resolveUpdate, sendSmsUpdate } from '../contract/messages.ts';
import { requestDigest } from '../temporal/codec.ts';
import { command } from './command.ts';
import { OrderRefusal } from './errors.ts';
import { historyPoll } from '../temporal/follow-history.ts';
import { lister } from './list.ts';
import type { Orders } from './orders.ts';
import { placer } from './place.ts';
import { readRun } from './read.ts';
import { relayer } from './relay-webhook.ts';
import { shared } from './shared-read.ts';
import type { Watching } from './watch.ts';
import { watchOrders } from './watch.ts';

export type OrdersOptions = {
  client: Client;
  /** A client with a connection of its own, so that webhooks do not queue behind other calls. */
  webhookClient?: Client;
  watching?: Watching;
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  /** New orders believe messages that are typed without the codec. */
  trustPlainPayloads?: boolean;
};

/** `pollClient`: a client with a connection of its own, so that long polls do not delay other calls. */
export function createWatching(client: Client, pollClient: Client = client): Watching {
  return watchOrders({ read: (id) => readRun(client, id, ORDER_READ_MS), poll: historyPoll(pollClient) });
}

export function temporalOrders({
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

  return {
    get,

    place: placer({ client, taskQueue, payloadKeys, trustPlainPayloads }),

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
        // The same request at the same revision is a repeat whose first answer was lost.
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
        // The order was cancelled while this cancel was on its way: answered as a repeat of the cancel that did it.
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
