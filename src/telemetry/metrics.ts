// src/telemetry: logs and metrics.
//
// What the processes count, for Prometheus. Labels are words of ours: no ids, names, or texts that a person typed.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { ApiMetrics } from '../api/context.ts';
import type { ApiKey } from '../config/model.ts';
import { NotSentError, OutcomeUnknownError } from '../http/errors.ts';
import type { OrderStatus } from '../order/status.ts';
import { isUnauthorized, RefusedError } from '../sequra/errors.ts';
import type { CallOptions, Sequra } from '../sequra/sequra.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Gauges of the API: read whenever metrics are. */
export type ApiLoad = {
  bufferedWebhooks: () => number;
  bufferedBytes: () => number;
  /** Answers that wait for a change of their order, or send each. */
  waitingReads: () => number;
  watchedOrders: () => { watched: number; followed: number };
  apiKeys: () => readonly Pick<ApiKey, 'id' | 'expiresAtMs'>[];
};

export function apiMetrics(registry: Registry, load: ApiLoad): ApiMetrics {
  const requests = new Histogram({
    name: 'api_request_duration_seconds',
    help: 'Requests on the public port',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  const refused = new Counter({
    name: 'api_requests_refused_total',
    help: 'Requests on the public port that the HTTP parser or a limit refused, by the code of the problem',
    labelNames: ['problem'],
    registers: [registry],
  });
  const webhooks = new Counter({
    name: 'api_webhooks_total',
    help: 'Webhooks accepted from seQura, by what became of them',
    labelNames: ['merchant_id', 'outcome'],
    registers: [registry],
  });
  const webhookSeconds = new Histogram({
    name: 'api_webhook_duration_seconds',
    help: 'How long it took until Temporal had recorded a webhook, by what became of it',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers: [registry],
  });
  const buffered: Gauge = new Gauge({
    name: 'api_webhooks_held',
    help: 'Webhooks that wait in this process until Temporal can take them',
    registers: [registry],
    collect: () => buffered.set(load.bufferedWebhooks()),
  });
  const bufferedBytes: Gauge = new Gauge({
    name: 'api_webhooks_held_bytes',
    help: 'What these webhooks take in memory, about',
    registers: [registry],
    collect: () => bufferedBytes.set(load.bufferedBytes()),
  });
  const waiting: Gauge = new Gauge({
    name: 'api_held_answers',
    help: 'Answers that wait until their order changes, or send each change',
    registers: [registry],
    collect: () => waiting.set(load.waitingReads()),
  });
  const watched: Gauge<'how'> = new Gauge({
    name: 'api_watched_orders',
    help: 'Orders that somebody waits for, by how this process hears of their changes',
    labelNames: ['how'],
    registers: [registry],
    collect() {
      const { watched: all, followed } = load.watchedOrders();
      watched.set({ how: 'followed' }, followed);
      watched.set({ how: 'looked_at' }, all - followed);
    },
  });
  const lastUsed = new Map<string, number>();
  const keyUse: Gauge<'key'> = new Gauge({
    name: 'api_key_last_used_timestamp_seconds',
    help: 'When an API key was presented to this process last, by its id; none since the start: no value',
    labelNames: ['key'],
    registers: [registry],
    collect() {
      keyUse.reset();
      for (const { id } of load.apiKeys()) {
        const usedMs = lastUsed.get(id);
        if (usedMs !== undefined) keyUse.set({ key: id }, usedMs / 1_000);
      }
    },
  });
  const keyEnd: Gauge<'key'> = new Gauge({
    name: 'api_key_expires_timestamp_seconds',
    help: 'When an API key expires, by its id; those that never do are left out',
    labelNames: ['key'],
    registers: [registry],
    collect() {
      keyEnd.reset();
      for (const { id, expiresAtMs } of load.apiKeys())
        if (expiresAtMs !== undefined) keyEnd.set({ key: id }, expiresAtMs / 1_000);
    },
  });
  return {
    keyUsed: (id) => void lastUsed.set(id, Date.now()),
    requestRefused: (problem) => refused.inc({ problem }),
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    webhookEnded(merchantId, outcome, seconds) {
      webhooks.inc({ merchant_id: merchantId, outcome });
      webhookSeconds.observe({ outcome }, seconds);
    },
  };
}

/** Counts webhooks that Temporal could not take and that have no room in the buffer: they are left to seQura's repeats. */
export function droppedWebhooksCounter(registry: Registry): (merchantId: string) => void {
  const dropped = new Counter({
    name: 'api_webhooks_dropped_total',
    help: 'Webhooks that Temporal could not take and this process has no room for: seQura has to repeat them',
    labelNames: ['merchant_id'],
    registers: [registry],
  });
  return (merchantId) => dropped.inc({ merchant_id: merchantId });
}

/** Counts unmatched webhooks by the status of the order that they may have been meant for. */
export function nearlyMatchedCounter(registry: Registry): (merchantId: string, status: OrderStatus) => void {
  const near = new Counter({
    name: 'webhooks_nearly_matched_total',
    help: 'Orders whose reference is close to that of a webhook which matched no order, by their status then',
    labelNames: ['merchant_id', 'status'],
    registers: [registry],
  });
  return (merchantId, status) => near.inc({ merchant_id: merchantId, status });
}

/** Counts the tries of notifications: `delivered`, `gone`, `not_wanted`, or a word for what went wrong. */
export function notificationsCounter(registry: Registry): (merchantId: string, outcome: string) => void {
  const tries = new Counter({
    name: 'notifications_total',
    help: 'Tries to tell an endpoint of a change of an order, by how they ended',
    labelNames: ['merchant_id', 'outcome'],
    registers: [registry],
  });
  return (merchantId, outcome) => tries.inc({ merchant_id: merchantId, outcome });
}

/** Whether webhooks can come in, as this worker found it last. No value before the first look. */
export function webhooksOpenGauge(registry: Registry): (outcome: string) => void {
  const open = new Gauge({
    name: 'webhooks_open',
    help: 'Whether the address for webhooks answers: 1, or 0 where a confirmation could not come in',
    registers: [registry],
  });
  const looks = new Counter({
    name: 'webhooks_looks_total',
    help: 'Looks at the address for webhooks, by what was found: open, or a word for what is wrong',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return (outcome) => {
    open.set(outcome === 'open' ? 1 : 0);
    looks.inc({ outcome });
  };
}

/** Counts calls to seQura that Temporal held up. */
export function heldUpCounter(registry: Registry): () => void {
  const found = new Counter({
    name: 'orders_held_up_total',
    help: 'Calls to seQura that somebody held up in Temporal, found by this worker: each of these orders asks a human',
    registers: [registry],
  });
  return () => found.inc();
}

/** The provider, with every call counted by how it ended. */
export function countedSequra(sequra: Sequra, registry: Registry): Sequra {
  const durations = new Histogram({
    name: 'sequra_call_duration_seconds',
    help: 'Calls to seQura, by what is known of their outcome',
    labelNames: ['call', 'outcome'],
    buckets: SECONDS,
    registers: [registry],
  });
  const calls = new Counter({
    name: 'sequra_calls_total',
    help: 'Calls to seQura for each merchant, by what is known of their outcome',
    labelNames: ['merchant_id', 'call', 'outcome'],
    registers: [registry],
  });
  const counted = async <Result>(
    call: keyof Sequra,
    { merchantId }: CallOptions,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const startedAtMs = performance.now();
    let outcome = 'done';
    try {
      return await work();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      durations.observe({ call, outcome }, (performance.now() - startedAtMs) / 1000);
      calls.inc({ merchant_id: merchantId, call, outcome });
    }
  };
  return {
    createOrder: (request, options) => counted('createOrder', options, () => sequra.createOrder(request, options)),
    sendSms: (id, phone, options) => counted('sendSms', options, () => sequra.sendSms(id, phone, options)),
    cancelOrder: (id, options) => counted('cancelOrder', options, () => sequra.cancelOrder(id, options)),
  };
}

function outcomeOf(error: unknown): string {
  if (error instanceof NotSentError) return error.code;
  if (error instanceof RefusedError) return isUnauthorized(error) ? 'unauthorized' : 'refused';
  return error instanceof OutcomeUnknownError ? `unknown_${error.reason}` : 'failed';
}
