// The orders on a Temporal client: the one implementation of `Orders`. Each verb is here in a few lines, or in a file of its own.
import type { Client } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import type { OrderView } from '../order/view.ts';
import { LAST_LOOK_MS, LIST_READ_MS, ORDER_READ_MS } from '../contract/time-limits.ts';
import { idempotencyKeys } from './claim-key.ts';
import { commands } from './commands.ts';
import { historyPoll } from '../temporal/follow-history.ts';
import { lister } from './list.ts';
import type { Orders } from './orders.ts';
import { placer } from './place.ts';
import { readRun } from './read.ts';
import { relayer } from './relay-webhook.ts';
import { shared } from './shared-read.ts';
import { notificationTester } from './test-notification.ts';
import type { Watching } from './watch.ts';
import { watchOrders } from './watch.ts';

export type OrdersOptions = {
  client: Client;
  /** As `placer` takes it. */
  eagerClient?: () => Client | null;
  /** A client with a connection of its own, so that webhooks do not queue behind other calls. */
  webhookClient?: Client;
  watching?: Watching;
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  /** New orders believe messages that are typed without the codec. */
  trustPlainPayloads?: boolean;
  /** As `placer` takes it. */
  workersBuildId?: string | null;
  /** In which new orders tell their times, beside UTC. */
  operatorsTimeZone?: string | null;
};

/** `pollClient`: a client with a connection of its own, so that long polls do not delay other calls. */
export function createWatching(client: Client, pollClient: Client = client): Watching {
  return watchOrders({ read: (id) => readRun(client, id, ORDER_READ_MS), poll: historyPoll(pollClient) });
}

export function temporalOrders({
  client,
  eagerClient,
  webhookClient = client,
  watching = createWatching(client),
  taskQueue,
  payloadKeys,
  trustPlainPayloads,
  workersBuildId,
  operatorsTimeZone,
}: OrdersOptions): Orders {
  const view = async (id: string, timeoutMs: number): Promise<OrderView | null> => {
    const run = await readRun(client, id, timeoutMs);
    return run === null ? null : watching.note(run);
  };
  const get = shared((id) => view(id, ORDER_READ_MS));
  const keys = idempotencyKeys(client, taskQueue);
  const place = placer({
    client,
    eagerClient,
    note: (seen) => watching.note(seen),
    taskQueue,
    payloadKeys,
    trustPlainPayloads,
    workersBuildId,
    operatorsTimeZone,
  });

  return {
    get,

    place: (placing, key = null) =>
      keys.under(
        key,
        () => place(placing),
        ({ outcome }) => outcome === 'conflict',
      ),

    latest: (id) => watching.latest(id),

    changes: (id, signal, known) => watching.changes(id, signal, known),

    async watch(id, until, waitMs, signal, known) {
      const ended = new AbortController();
      const end = () => ended.abort();
      const timer = setTimeout(end, waitMs);
      signal?.addEventListener('abort', end);
      if (signal?.aborted === true) end();
      let last: OrderView | null | undefined = known;
      try {
        for await (const order of watching.changes(id, ended.signal, known, Date.now() + waitMs)) {
          last = order;
          if (order === null || until(order)) break;
        }
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
      }
      return last === undefined ? get(id) : last;
    },

    list: lister({ client, payloadKeys, timeoutMs: LIST_READ_MS }),

    ...commands({
      client,
      taskQueue,
      payloadKeys,
      keys,
      read: (id) => view(id, LAST_LOOK_MS),
      reached: (id) => watching.newsIsThere(id),
    }),

    isKnown: (key) => keys.isKnown(key),

    testNotification: notificationTester({ client, taskQueue, keys }),

    webhook: relayer({
      client: webhookClient,
      taskQueue,
      payloadKeys,
      signalled: (id) => watching.newsIsDue(id),
    }),
  };
}
