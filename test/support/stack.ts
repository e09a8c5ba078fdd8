// Everything an order needs, for real: a Temporal server, a worker that can be stopped, and the seQura simulator on a socket.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Notifying } from '../../src/activities/notify.ts';
import type { WayInWatch } from '../../src/activities/way-in.ts';
import { NO_WAY_IN_WATCH } from '../../src/activities/way-in.ts';
import { findTemporalCli, findTestServer, startTemporal } from '../../src/dev/temporal.ts';
import type { PayloadKey } from '../../src/config/load.ts';
import type { OrderPolicy, OrderRequest } from '../../src/order/request.ts';
import type { OrderView } from '../../src/order/view.ts';
import { createNotificationWorker } from '../../src/processes/notification-worker.ts';
import { createOrderWorker } from '../../src/processes/order-worker.ts';
import { createSequraClient } from '../../src/sequra/client.ts';
import type { Sequra } from '../../src/sequra/sequra.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { createClient, dataConverter, workflowSources } from '../../src/temporal/connection.ts';
import { createOrders } from '../../src/gateway/create-orders.ts';
import type { Orders } from '../../src/gateway/orders.ts';
import { addSearchAttributes, setUpNamespace } from '../../src/temporal/namespace.ts';
import { orderPolicy, orderRequest } from './orders.ts';
import { until } from './waits.ts';
import { PAYLOAD_KEYS } from './canaries.ts';
import { ACCOUNT } from './merchants.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export const TASK_QUEUE = 'test-orders';
const GRACE_MS = 2_000;
/** PostgreSQL keeps ids of 255 characters; the dev server would keep longer ones. */
const AS_ON_POSTGRESQL = { 'limit.maxIDLength': 255 };

export type Stack = {
  client: Client;
  orders: Orders;
  simulator: Simulator;
  address: string;
  /** Of the Temporal UI, where there is one. */
  uiUrl: string | null;
  startWorker(another?: AnotherWorker): Promise<void>;
  /** Lets running activities finish, like SIGTERM. */
  stopWorker(): Promise<void>;
  /** Starts an order; any reference that is not given is a new one. */
  place(overrides?: { request?: Partial<OrderRequest>; policy?: Partial<OrderPolicy> }): Promise<OrderView>;
  /** The order as soon as `holds` does; throws with what it is after `waitMs`. */
  see(id: string, what: string, holds: (order: OrderView) => boolean, waitMs?: number): Promise<OrderView>;
  /** Resolves once a try of an activity of this workflow has failed and the next one is to come: with what Temporal keeps of the failure. */
  failedTry(workflowId: string): Promise<object>;
  /** Skips time on the time-skipping server, waits on a real one. */
  pass(ms: number): Promise<void>;
  /** Has the order's history replayed when the stack closes; `place` does so by itself. */
  replayAtEnd(id: string): void;
  /** Ends everything, after every finished history has been replayed on today's code. */
  close(): Promise<void>;
};

/** Of a worker that is not like the others: how it reaches seQura, or which release of the workflows it runs. */
type AnotherWorker = { sequra?: Sequra; workflowBundle?: { code: string } };

/** `webhookUrl`: where the simulator sends its webhooks; null: nowhere. */
export type StackOptions = {
  webhookUrl?: string | null;
  /** Whose endpoints are told of changes; left out: nobody's. */
  notifying?: Notifying;
  payloadKeys?: readonly PayloadKey[] | null;
  /** With the Temporal UI, which has payloads decoded there. */
  codecEndpoint?: string;
  /** Of the worker: whether webhooks can come in; left out: they can. */
  wayIn?: WayInWatch;
  /** Of the server, beside what makes it like production. */
  dynamicConfig?: Record<string, number | boolean>;
};

type Server = { prepare(client: Client): Promise<unknown>; pass(ms: number): Promise<void>; close(): Promise<void> };

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;
export const bundled = () =>
  (bundle ??= bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('ERROR') }));

const NOBODY: Notifying = { merchants: new Map(), tried: () => {} };

/** Timers skip ahead while a test waits with `pass`; there are no lists. */
export async function startTimeSkippingStack(options: Pick<StackOptions, 'notifying'> = {}): Promise<Stack> {
  const path = await findTestServer(console.error);
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  const server: Server = {
    // It cannot list what it has, as `setUpNamespace` would.
    prepare: (client) => addSearchAttributes(client),
    pass: async (ms) => env.sleep(ms),
    close: () => env.teardown(),
  };
  return assemble(env.address, server, options);
}

/** The CLI's dev server: everything but skipping time. */
export async function startDevServerStack(options: StackOptions = {}): Promise<Stack> {
  const { codecEndpoint } = options;
  const cli = await findTemporalCli(console.error);
  const temporal = await startTemporal({
    cli,
    port: 0,
    uiPort: codecEndpoint === undefined ? null : 0,
    dbFilename: null,
    searchAttributes: {},
    codecEndpoint,
    dynamicConfig: { ...AS_ON_POSTGRESQL, ...options.dynamicConfig },
  });
  const server = { prepare: setUpNamespace, pass: (ms: number) => sleep(ms), close: () => temporal.stop() };
  return { ...(await assemble(temporal.address, server, options)), uiUrl: temporal.uiUrl };
}

async function assemble(
  address: string,
  server: Server,
  { webhookUrl = null, payloadKeys = PAYLOAD_KEYS, notifying = NOBODY, wayIn = NO_WAY_IN_WATCH }: StackOptions = {},
): Promise<Stack> {
  const client = createClient({ temporal: { connectionOptions: { address }, namespace: 'default' }, payloadKeys });
  await server.prepare(client);
  const connection = await NativeConnection.connect({ address });
  const simulator = await startSimulator({
    port: 0,
    merchants: [{ ...ACCOUNT, webhookUrl }],
    smsLimit: 20,
    webhookRepeat: { baseGapMs: 200 },
  });
  const sequra = createSequraClient({ baseUrl: simulator.url, merchants: new Map([[ACCOUNT.id, ACCOUNT]]) });
  const orders = createOrders({ client, taskQueue: TASK_QUEUE, payloadKeys });
  const placed = new Set<string>();
  let working: { worker: Worker; done: Promise<void> }[] = [];

  const stack: Stack = {
    client,
    orders,
    simulator,
    address,
    uiUrl: null,
    pass: (ms) => server.pass(ms),
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

    async place({ request = {}, policy = {} } = {}) {
      const reference = `order ${placed.size + 1}`;
      const placing = { request: orderRequest({ reference, ...request }), policy: orderPolicy(policy) };
      const { order } = await orders.place({ ...placing, currency: 'EUR', confirmWithinSeconds: undefined });
      stack.replayAtEnd(order.id);
      return order;
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
        await stack.stopWorker();
        await replayAll(client, placed, payloadKeys);
      } finally {
        await simulator.close();
        wayIn.stop();
        await sequra.close();
        await connection.close();
        await client.connection.close();
        await server.close();
      }
    },
  };
  await stack.startWorker();
  return stack;
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

/** Replays histories on today's code, or on another release of it, and counts them. Throws where it would have decided otherwise than a history says. */
export async function replay(
  histories: AsyncIterable<ReplayHistory> | Iterable<ReplayHistory>,
  payloadKeys: readonly PayloadKey[] | null,
  release?: { code: string },
): Promise<number> {
  const converter = dataConverter(payloadKeys, { replaceCorrupted: true });
  const options = { workflowBundle: release ?? (await bundled()), dataConverter: converter };
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    if (error !== undefined) throw new Error(`the history of ${workflowId} does not replay`, { cause: error });
    replayed += 1;
  }
  return replayed;
}

type ReplayHistory = { workflowId: string; history: unknown };
