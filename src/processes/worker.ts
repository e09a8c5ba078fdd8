// `npm run start:worker`: runs orders, and the calls to seQura and to merchants' endpoints that they make.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from '@temporalio/worker';
import {
  MetricsBuffer,
  NativeConnection,
  Runtime,
  TransportError,
  makeTelemetryFilterString,
} from '@temporalio/worker';
import type { WorkerConfig } from '../config/model.ts';
import { loadWorkerConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import { createSequraClient } from '../sequra/client.ts';
import { createClient } from '../temporal/connection.ts';
import type { Registry } from '@prometheus-io/client';
import type { NearlyMatched } from '../activities/find-near-references.ts';
import { watchWayIn } from '../activities/way-in.ts';
import { adminCallers, startAdmin } from './admin.ts';
import { watchTemporal } from '../admin/health.ts';
import { watchHeldUp } from './held-up-watch.ts';
import type { Logger } from '../telemetry/log.ts';
import { temporalLogger } from '../telemetry/log.ts';
import {
  countedSequra,
  createRegistry,
  heldUpCounter,
  nearlyMatchedCounter,
  notificationsCounter,
  webhooksOpenGauge,
} from '../telemetry/metrics.ts';
import { createNotificationWorker } from './notification-worker.ts';
import { createOrderWorker } from './order-worker.ts';
import type { Running } from './process.ts';
import { runProcess, untilNamespaceIsReady, waitingFor, workability } from './process.ts';
import { registerSdkMetrics } from '../telemetry/sdk-metrics.ts';
import { unreadableWatch } from '../telemetry/unreadable.ts';

/** A stopping worker lets a call to seQura finish, and tells Temporal how it ended. */
const GRACE_AFTER_CALL_MS = 5_000;
const REACH_AGAIN_MS = 1_000;
/** Of one second, several times over: more are left out. */
const MOST_SDK_METRICS = 50_000;

export type WorkerOptions = {
  /** Is given the connection that the worker polls on. */
  connected?: (connection: NativeConnection) => void;
  /** Of `installRuntime`. */
  sdkMetrics?: MetricsBuffer;
};

export async function startWorker(
  config: WorkerConfig,
  log: Logger,
  { connected = () => {}, sdkMetrics }: WorkerOptions = {},
): Promise<Running> {
  const ending = new AbortController();
  const registry = createRegistry();
  const endSdkMetrics = sdkMetrics && registerSdkMetrics(registry, sdkMetrics);
  const unreadable = unreadableWatch(registry, log);
  const client = createClient(config, { unreadable });
  let polling = false;
  const health = watchTemporal((deadline) => workability(client, deadline), {
    alsoRequired: () => (polling ? null : 'worker_not_polling'),
  });
  const admin = await startAdmin({
    host: config.adminHost,
    port: config.worker.adminPort,
    setting: 'WORKER_ADMIN_PORT',
    callers: adminCallers(config),
    ready: health.readiness,
    metrics: registry,
  });
  await untilNamespaceIsReady(client, log, ending.signal);

  const sequra = createSequraClient({ baseUrl: config.sequra.baseUrl, merchants: config.merchants });
  const { taskQueue, payloadKeys, merchants, deployment } = config;
  const forOrders = {
    sequra: countedSequra(sequra, registry),
    backup: config.backup,
    graceMs: config.sequra.timeoutMs + GRACE_AFTER_CALL_MS,
    callsAreLimited: (config.sequraCallsPerSecond ?? 0) > 0,
  };
  const wayIn = watchWayIn({ url: config.webhookProbeUrl, looked: wayInNews(config, registry, log) });
  const besideOrders = {
    notifying: { merchants, tried: notificationsCounter(registry) },
    nearlyMatched: nearlyMatchedNews(registry, log),
  };
  const { connection, workers } = await untilReached(log, async () => {
    const connection = await NativeConnection.connect(config.temporal.connectionOptions);
    const common = { connection, namespace: config.temporal.namespace, taskQueue, payloadKeys, unreadable, deployment };
    try {
      const orders = await createOrderWorker({ ...common, ...forOrders, wayIn });
      return { connection, workers: [orders, await createNotificationWorker({ ...common, ...besideOrders })] };
    } catch (error) {
      // A worker whose creation failed may still use it.
      await connection.close().catch(() => {});
      throw error;
    }
  });
  const run = runTogether(workers).finally(() => (polling = false));
  polling = true;
  connected(connection);
  const watch = watchHeldUp({ client, taskQueue }, heldUpCounter(registry), log, ending.signal);
  const failed = run.then((): Promise<never> => {
    if (ending.signal.aborted) return new Promise(() => {});
    throw new Error('the worker ended by itself');
  });
  failed.catch(() => {});
  return {
    adminPort: admin.port,
    metrics: registry,
    failed,
    async stop() {
      health.drain();
      ending.abort();
      shutDown(workers);
      await Promise.all([run, watch]);
      health.stop();
      wayIn.stop();
      await sequra.close();
      await connection.close();
      await admin.close();
      endSdkMetrics?.();
    },
  };
}

/** Logs each change, and counts each look. */
function wayInNews({ webhookProbeUrl }: WorkerConfig, registry: Registry, log: Logger): (outcome: string) => void {
  if (webhookProbeUrl === null) return () => {};
  const counted = webhooksOpenGauge(registry);
  let last = 'open';
  return (outcome) => {
    counted(outcome);
    if (outcome === last) return;
    last = outcome;
    if (outcome === 'open') log.info('webhooks can come in');
    else log.warn({ outcome }, 'webhooks cannot come in: no deadline cancels an order');
  };
}

/** Logs the id of the order: the webhook's own reference may be anything. */
function nearlyMatchedNews(registry: Registry, log: Logger): (what: NearlyMatched) => void {
  const counted = nearlyMatchedCounter(registry);
  return ({ webhookId, merchantId, order: { id, status } }) => {
    counted(merchantId, status);
    log.warn({ id, status, webhook: webhookId }, 'a webhook that matches no order nearly matches this one');
  };
}

/** Temporal may be gone again since it was looked for. */
async function untilReached<Result>(log: Logger, work: () => Promise<Result>): Promise<Result> {
  const waiting = waitingFor(log);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      waiting(error);
    }
    await sleep(REACH_AGAIN_MS);
  }
}

/** Where one ends, the others end, too. */
async function runTogether(workers: readonly Worker[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.run().finally(() => shutDown(workers))));
}

function shutDown(workers: readonly Worker[]): void {
  for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
}

/** The SDK's lines go where ours go; what it counts waits in the buffer. Once in a process, before anything else of the worker. */
export function installRuntime(log: Logger): MetricsBuffer {
  // The SDK keeps a small buffer for each cached workflow: cut from a shared pool it would keep 64 KiB alive.
  Buffer.poolSize = 0;
  const buffer = new MetricsBuffer({ maxBufferSize: MOST_SDK_METRICS });
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      metrics: { buffer, attachServiceName: false },
    },
    shutdownSignals: [],
  });
  return buffer;
}

if (isMain(import.meta)) {
  const start = (config: WorkerConfig, log: Logger) => {
    return startWorker(config, log, { sdkMetrics: installRuntime(log) });
  };
  await runProcess('worker', start, loadWorkerConfig);
}
