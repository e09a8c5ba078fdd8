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
import { API_KEY, PAYLOAD_KEYS, WEBHOOK_TOKEN } from './canaries.ts';
import { ACCOUNT, aMerchant } from './merchants.ts';
import { orderPolicy, orderRequest } from './orders.ts';
import { bundled, replay } from './replay.ts';
import { openDevServer, openTimeSkippingServer } from './temporal.ts';
import { until } from './waits.ts';

export const TASK_QUEUE = 'test-orders';
const GRACE_MS = 2_000;
/** Short times, so that orders end within a test. */
const QUICK = { createRetrySeconds: 5, settleSeconds: 1, sequraTimeoutMs: 2_000 };
const NOBODY: Notifying = { merchants: new Map(), tried: () => {} };

export type ServiceOptions = {
  /** Of the merchant: for orders that come in over HTTP. */
  policy?: Partial<OrderPolicy>;
  /** Left out: the dev server. */
  temporal?: 'dev server' | 'time-skipping';
  /** Of the dev server, beside what makes it like production. */
  dynamicConfig?: Record<string, number | boolean>;
  /** With the Temporal UI, which has payloads decoded there. */
  codecEndpoint?: string;
  /** Null: no encryption. */
  payloadKeys?: readonly PayloadKey[] | null;
  /** Whose endpoints are told of changes; left out: nobody's. */
  notifying?: Notifying;
  /** The port at which seQura, and the worker’s looks, reach the API that listens on this one; left out: the same, and there are no looks. Null: seQura's webhooks go nowhere. */
  seenAt?: ((port: number) => Promise<number>) | null;
  /** False: no looks all the same. */
  looks?: boolean;
};

/** Of a worker that is not like the others: how it reaches seQura, or which release of the workflows it runs. */
type AnotherWorker = { sequra?: Sequra; workflowBundle?: { code: string } };

type Body = OrderView & {
  code?: string;
  detail?: string;
  errors?: { pointer: string }[];
  order?: OrderView;
  data?: OrderView[];
  success?: boolean;
  next_cursor?: string | null;
};
export type Answer = { status: number; headers: Headers; body: Body; ms: number };

export type Service = {
  client: Client;
  orders: Orders;
  /** The order as the API shows it. */
  read(id: string): Promise<OrderView | null>;
  payloadKeys: readonly PayloadKey[] | null;
  simulator: Simulator;
  /** Of Temporal. */
  address: string;
  /** Of the Temporal UI, where there is one. */
  uiUrl: string | null;
  /** Where `api` and `webhook` call the API. */
  url: string;
  /** Every line the API has logged. */
  logs: string[];
  startWorker(another?: AnotherWorker): Promise<void>;
  /** Lets running activities finish, like SIGTERM. */
  stopWorker(): Promise<void>;
  /** Starts an order without the API; any reference that is not given is a new one. */
  place(overrides?: { request?: Partial<OrderRequest>; policy?: Partial<OrderPolicy> }): Promise<OrderView>;
  /** Calls the API with the key of the till; a body is sent as JSON. */
  api(method: 'GET' | 'POST', path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** `POST /v1/orders`. */
  post(overrides?: object, headers?: Record<string, string>): Promise<Answer>;
  /** What seQura would send; answers with the HTTP status. */
  webhook(fields: Record<string, string>): Promise<number>;
  /** The order as soon as `holds` does; throws with what it is after `waitMs`. */
  see(id: string, what: string, holds: (order: OrderView) => boolean, waitMs?: number): Promise<OrderView>;
  /** Resolves once a try of an activity of this workflow has failed and the next one is to come: with what Temporal keeps of the failure. */
  failedTry(workflowId: string): Promise<object>;
  /** Skips time on the time-skipping server, waits on a real one. */
  pass(ms: number): Promise<void>;
  /** Has the order's history replayed when the service closes; `place` and `post` do so by themselves. */
  replayAtEnd(id: string): void;
  /** Ends everything, after every finished history has been replayed on today's code. */
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
    merchants: [{ ...ACCOUNT, webhookUrl: seenAt === null ? null : `${seen}/webhooks/sequra/${WEBHOOK_TOKEN}` }],
    smsLimit: 20,
    webhookRepeat: { baseGapMs: 200 },
  });
  const sequra = createSequraClient({ baseUrl: simulator.url, merchants: new Map([[ACCOUNT.id, ACCOUNT]]) });
  const placed = new Set<string>();
  let working: { worker: Worker; done: Promise<void> }[] = [];

  const service: Service = {
    client,
    orders,
    read: (id) => orders.get(id),
    payloadKeys,
    simulator,
    address,
    uiUrl: temporal.uiUrl,
    url: api.url,
    logs,
    pass: temporal.pass,
    replayAtEnd: (id) => void placed.add(id),

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
      service.replayAtEnd(order.id);
      return order;
    },

    async api(method, path, body, headers = {}) {
      const startedAt = performance.now();
      const answer = await fetch(service.url + path, {
        method,
        headers: {
          authorization: `Bearer ${API_KEY}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      api.check();
      const text = await answer.text();
      const parsed = (text === '' ? {} : JSON.parse(text)) as Body;
      return { status: answer.status, headers: answer.headers, body: parsed, ms: performance.now() - startedAt };
    },

    async post(overrides = {}, headers = {}) {
      const answer = await service.api('POST', '/v1/orders', orderRequest(overrides), headers);
      if (answer.status < 300) service.replayAtEnd(answer.body.id);
      return answer;
    },

    async webhook(fields) {
      const body = new URLSearchParams({ order_ref_2: '""', utf8: '✓', ...fields });
      const { status } = await fetch(`${service.url}/webhooks/sequra/${WEBHOOK_TOKEN}`, { method: 'POST', body });
      api.check();
      return status;
    },

    async see(id, what, holds, waitMs = 30_000) {
      // Looks: the time-skipping server does not answer when something new is recorded.
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
        await client.connection.close();
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
