// `npm run start:api`: the HTTP API on its public port, health and codec on its admin port.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { codecRoutes } from '../admin/codec-routes.ts';
import { createPeople } from '../admin/people.ts';
import { createApp } from '../api/app.ts';
import { createHttpServer } from '../api/http/server.ts';
import { createLimits } from '../api/http/limits.ts';
import { rateLimited } from '../api/http/rate-limit.ts';
import type { ApiConfig } from '../config/model.ts';
import { loadApiConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import { createPeoplesCodec } from '../temporal/codec.ts';
import { keysOf } from '../temporal/seal.ts';
import { createClient } from '../temporal/connection.ts';
import { createWatching, temporalOrders } from '../gateway/temporal-orders.ts';
import { orderCounter } from '../gateway/count-orders.ts';
import { bufferWebhooks } from '../gateway/buffer-webhooks.ts';
import { adminCallers, auditDecoded, startAdmin } from './admin.ts';
import { LAST_ANSWERS_MS } from '../contract/time-limits.ts';
import { watchTemporal } from '../admin/health.ts';
import { listen } from './listen.ts';
import { ownBuildId } from './own-build.ts';
import type { Logger } from '../telemetry/log.ts';
import { apiMetrics, createRegistry, droppedWebhooksCounter } from '../telemetry/metrics.ts';
import { orderMetrics } from '../telemetry/order-metrics.ts';
import type { Running } from './process.ts';
import { runProcess, untilNamespaceIsReady, workability } from './process.ts';
import { unreadableWatch } from '../telemetry/unreadable.ts';

/** How long the API waits for Temporal at its start, before it serves without it. */
const PATIENCE_MS = 3_000;
/** Less than a scrape waits. */
const COUNT_TIMEOUT_MS = 8_000;

export type RunningApi = Running & { port: number };

/** `eagerClient`: on the connection of a worker in this process, as soon as there is one. */
export async function startApi(
  config: ApiConfig,
  log: Logger,
  eagerClient: () => Client | null = () => null,
): Promise<RunningApi> {
  const { merchants, apiKeys, payloadKeys, taskQueue, trustPlainPayloads, deployment, operatorsTimeZone } = config;
  const ending = new AbortController();
  const registry = createRegistry();
  const watch = { unreadable: unreadableWatch(registry, log) };
  const client = createClient(config, watch);
  const webhookClient = createClient(config, watch);
  const pollClient = createClient(config, watch);
  let listening = false;
  const health = watchTemporal((deadline) => workability(client, deadline), {
    alsoRequired: () => (listening ? null : 'starting'),
  });
  const watching = createWatching(client, pollClient);
  const { orders, buffer } = bufferWebhooks(
    temporalOrders({
      client,
      eagerClient,
      webhookClient,
      watching,
      taskQueue,
      payloadKeys,
      trustPlainPayloads,
      workersBuildId: deployment === null ? ownBuildId() : null,
      operatorsTimeZone,
    }),
    droppedWebhooksCounter(registry),
  );
  const limits = createLimits(config.maxWaiting);
  const metrics = apiMetrics(registry, {
    bufferedWebhooks: buffer.count,
    bufferedBytes: buffer.bytes,
    waitingReads: limits.waiting,
    watchedOrders: watching.counts,
    apiKeys: () => apiKeys,
  });
  const app = createApp({
    orders,
    merchants,
    apiKeys,
    rateLimit: rateLimited(config.rateLimitPerSecond),
    log,
    limits,
    metrics,
    draining: ending.signal,
  });
  const keys = keysOf(payloadKeys);
  const codec = keys && createPeoplesCodec(keys);
  const people = createPeople(config.login);
  const countClient = createClient(config, watch);
  const count = orderCounter({
    client: countClient,
    orders,
    merchantIds: () => [...merchants.keys()],
    taskQueue,
    keyIds: () => (payloadKeys ?? []).map(({ id }) => id),
  });
  const counted = () => countClient.withDeadline(Date.now() + COUNT_TIMEOUT_MS, count);
  const admin = await startAdmin({
    host: config.adminHost,
    port: config.api.adminPort,
    setting: 'API_ADMIN_PORT',
    callers: adminCallers(config, config.login?.browser?.url),
    ready: health.readiness,
    metrics: registry,
    orderMetrics: orderMetrics(counted, log),
    people,
    routes: config.api.codec
      ? codecRoutes({ codec, origins: config.codecOrigins, people, decoded: auditDecoded(log) })
      : undefined,
  });
  const namespace = untilNamespaceIsReady(client, log, ending.signal);
  await Promise.race([namespace, sleep(PATIENCE_MS)]);

  const failed = namespace.then((): Promise<never> => new Promise(() => {}));
  failed.catch(() => {});

  const server = createHttpServer(app, { log, metrics, ending: ending.signal, mostWaiting: config.maxWaiting.all });
  const port = await listen(server, { host: config.api.host, port: config.api.port, setting: 'API_PORT' });
  listening = true;
  log.info({ port }, 'listening');
  return {
    port,
    adminPort: admin.port,
    metrics: registry,
    failed,
    async stop() {
      health.drain();
      ending.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, sleep(LAST_ANSWERS_MS)]);
      server.closeAllConnections();
      if (buffer.count() > 0)
        log.warn({ webhooks: buffer.count() }, 'webhooks that Temporal could not take are left to seQura’s repeats');
      buffer.stop();
      health.stop();
      await admin.close();
    },
  };
}

if (isMain(import.meta)) await runProcess('api', startApi, loadApiConfig);
