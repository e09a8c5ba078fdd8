// The whole service in this process, on loopback: a Temporal server, a worker that can be stopped, the API, and the simulator, which sends its
// webhooks to the API.
import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import type { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import type { Notifying } from '../../src/activities/notify.ts';
import { NO_WAY_IN_WATCH, watchWayIn } from '../../src/activities/way-in.ts';
import type { PayloadKey } from '../../src/config/model.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import type { Orders } from '../../src/gateway/orders.ts';
import type { OrderPolicy, OrderRequest } from '../../src/order/request.ts';
import type { OrderView } from '../../src/order/view.ts';
import { createNotificationWorker } from '../../src/processes/notification-worker.ts';
import { createOrderWorker } from '../../src/processes/order-worker.ts';
import { createSequraClient } from '../../src/sequra/client.ts';
import type { Sequra } from '../../src/sequra/sequra.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { createClient } from '../../src/temporal/connection.ts';
import { apiInFrontOf } from './api-fixtures.ts';
import { PAYLOAD_KEYS, WEBHOOK_PATH } from './canaries.ts';
import { ACCOUNT, aMerchant } from './merchants.ts';
import { orderPolicy, orderRequest } from './orders.ts';
import { bundled, replay } from './replay.ts';
import { openDevServer, openTimeSkippingServer } from './temporal.ts';
import type { Till } from './till.ts';
import { till } from './till.ts';
import { until, WAIT_MS } from './waits.ts';

export const TASK_QUEUE = 'test-orders';
const GRACE_MS = 2_000;
/** Short times, so that orders end within a test. */
const QUICK = { createRetrySeconds: 5, settleSeconds: 1, sequraTimeoutMs: 2_000 };
const NOBODY: Notifying = { merchants: new Map(), tried: () => {} };

export type ServiceOptions = {
  /** The merchant's policy, for orders that come in over HTTP. */
  policy?: Partial<OrderPolicy>;
  /** Default: the dev server. */
  temporal?: 'dev server' | 'time-skipping';
  /** Settings of the dev server, beside those that make it like production. */
  dynamicConfig?: Record<string, number | boolean>;
  /** Starts the Temporal UI, too, which has payloads decoded there. */
  codecEndpoint?: string;
  /** Null: no encryption. */
  payloadKeys?: readonly PayloadKey[] | null;
  /** The merchants' endpoints that are notified; default: none. */
  notifying?: Notifying;
  /** Gets the port of the API, and returns the port at which seQura and the worker's looks reach it. Default: the same, without looks. Null: no webhooks. */
  seenAt?: ((port: number) => Promise<number>) | null;
  /** False: no looks, even with `seenAt`. */
  looks?: boolean;
};

/** How a worker differs: the way in which it reaches seQura, or its release of the workflows. */
type AnotherWorker = { sequra?: Sequra; workflowBundle?: { code: string } };

export type Service = {
  client: Client;
  orders: Orders;
  /** The order as the API shows it, but read past HTTP, as by `see`: a test may put a proxy in front of the API. */
  read(id: string): Promise<OrderView | null>;
  payloadKeys: readonly PayloadKey[] | null;
  simulator: Simulator;
  /** Temporal's address. */
  address: string;
  /** The URL of the Temporal UI; null if there is none. */
  uiUrl: string | null;
  /** Every line the API has logged. */
  logs: string[];
  startWorker(another?: AnotherWorker): Promise<void>;
  /** Lets running activities finish, like SIGTERM. */
  stopWorker(): Promise<void>;
  /** Starts an order past HTTP, with a policy of its own. The reference is a new one by default. */
  place(overrides?: { request?: Partial<OrderRequest>; policy?: Partial<OrderPolicy> }): Promise<OrderView>;
  /** The API, as a shop calls it. `webhook` uses its `url`, too. */
  api: Till;
  /** Sends a webhook as seQura would; returns the HTTP status. */
  webhook(fields: Record<string, string>): Promise<number>;
  /** The order as soon as `holds` is true; throws with the last one after `waitMs`. */
  see(id: string, what: string, holds: (order: OrderView) => boolean, waitMs?: number): Promise<OrderView>;
  /** Resolves when a try of an activity of this workflow has failed and another one is to come, with the failure as Temporal keeps it. */
  failedTry(workflowId: string): Promise<object>;
  /** Skips time on the time-skipping server, waits on a real one. */
  pass(ms: number): Promise<void>;
  /** Replays the order's history when the service closes. `place` and `api.place` ask for this by themselves. */
  replayAtEnd(id: string): void;
  /** Replays every noted history on today's code, and ends everything. */
  close(): Promise<void>;
};

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const { policy, payloadKeys = PAYLOAD_KEYS, notifying = NOBODY, seenAt } = options;
  const temporal = await (options.temporal === 'time-skipping' ? openTimeSkippingServer() : openDevServer(options));
  const { address } = temporal;
  const client = createClient({ temporal: { connectionOptions: { address }, namespace: 'default' }, payloadKeys });
  await temporal.prepare(client);
  const connection = await NativeConnection.connect({ address });
  const orders = temporalOrders({ client, taskQueue: TASK_QUEUE, payloadKeys });

  const logs: string[] = [];
  const log = pino(new Writable({ write: (chunk: Buffer, _encoding, done) => (logs.push(chunk.toString()), done()) }));
  const merchant = aMerchant({ policy: orderPolicy({ ...QUICK, ...policy }) });
  const api = await apiInFrontOf(orders, {
    merchants: new Map([[merchant.id, merchant]]),
    log,
    clock: () => new Date(),
  });

  const seen = seenAt == null ? api.url : `http://127.0.0.1:${await seenAt(api.port)}`;
  const { looks = seenAt != null } = options;
  const wayIn = looks ? watchWayIn({ url: `${seen}/webhooks/sequra/probe`, everyMs: 500 }) : NO_WAY_IN_WATCH;
  const simulator = await startSimulator({
    port: 0,
    merchants: [{ ...ACCOUNT, webhookUrl: seenAt === null ? null : `${seen}${WEBHOOK_PATH}` }],
    smsLimit: 20,
    webhookRepeat: { baseGapMs: 200 },
  });
  const sequra = createSequraClient({ baseUrl: simulator.url, merchants: new Map([[ACCOUNT.id, ACCOUNT]]) });
  const placed = new Set<string>();
  const replayAtEnd = (id: string) => void placed.add(id);
  const shop = till(api.url, { keepAlive: true, check: api.check, placed: replayAtEnd });
  let working: { worker: Worker; done: Promise<void> }[] = [];

  const service: Service = {
    client,
    orders,
    read: (id) => orders.get(id),
    payloadKeys,
    simulator,
    address,
    uiUrl: temporal.uiUrl,
    api: shop,
    logs,
    pass: temporal.pass,
    replayAtEnd,

    async startWorker(another = {}) {
      const common = { connection, namespace: 'default', taskQueue: TASK_QUEUE, payloadKeys };
      const workflowBundle = await bundled();
      const workers = [
        await createOrderWorker({ ...common, sequra, wayIn, graceMs: GRACE_MS, workflowBundle, ...another }),
        await createNotificationWorker({ ...common, notifying }),
      ];
      working = workers.map((worker) => ({ worker, done: worker.run() }));
    },

    async stopWorker() {
      for (const { worker } of working) worker.shutdown();
      await Promise.all(working.map(({ done }) => done));
      working = [];
    },

    async place({ request = {}, policy: its = {} } = {}) {
      const reference = `order ${placed.size + 1}`;
      const placing = { request: orderRequest({ reference, ...request }), policy: orderPolicy(its) };
      const { order } = await orders.place({ ...placing, currency: 'EUR', confirmWithinSeconds: undefined });
      replayAtEnd(order.id);
      return order;
    },

    async webhook(fields) {
      const body = new URLSearchParams({ order_ref_2: '""', utf8: '✓', ...fields });
      const { status } = await fetch(shop.url + WEBHOOK_PATH, { method: 'POST', body });
      api.check();
      return status;
    },

    async see(id, what, holds, waitMs = WAIT_MS) {
      // It polls, because the time-skipping server does not answer when something new is recorded.
      const endsAt = Date.now() + waitMs;
      let order = await orders.get(id);
      while (order !== null && !holds(order) && Date.now() < endsAt) {
        await sleep(50);
        order = await orders.get(id);
      }
      if (order === null || !holds(order)) throw new Error(`never saw ${what}: ${JSON.stringify(order, null, 2)}`);
      return order;
    },

    failedTry: (workflowId) =>
      until('a try that failed', async () => {
        const { raw } = await client.workflow.getHandle(workflowId).describe();
        return raw.pendingActivities?.[0]?.lastFailure ?? null;
      }),

    async close() {
      try {
        await api[Symbol.asyncDispose]();
        await service.stopWorker();
        await replayAll(client, placed, payloadKeys);
      } finally {
        await simulator.close();
        wayIn.stop();
        await sequra.close();
        await connection.close();
        await temporal.close();
      }
    },
  };
  await service.startWorker();
  return service;
}

async function replayAll(
  client: Client,
  ids: ReadonlySet<string>,
  payloadKeys: readonly PayloadKey[] | null,
): Promise<void> {
  async function* histories() {
    for (const workflowId of ids)
      yield { workflowId, history: await client.workflow.getHandle(workflowId).fetchHistory() };
  }
  const replayed = await replay(histories(), payloadKeys);
  if (replayed !== ids.size) throw new Error(`replayed ${replayed} of ${ids.size} histories`);
}
