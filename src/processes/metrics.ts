// What the processes count, for Prometheus. Labels are words of ours: no ids, no names, nothing a person typed.
import { Counter, Histogram, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { ApiMetrics } from '../api/route.ts';
import { NotSentError, OutcomeUnknownError, RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

export function apiMetrics(registry: Registry): ApiMetrics {
  const requests = new Histogram({
    name: 'api_request_duration_seconds',
    help: 'Requests on the public port',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  const webhooks = new Counter({
    name: 'api_webhooks_total',
    help: 'Webhooks accepted from seQura, by what became of them',
    labelNames: ['merchant_id', 'outcome'],
    registers: [registry],
  });
  return {
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    webhookEnded: (merchantId, outcome) => webhooks.inc({ merchant_id: merchantId, outcome }),
  };
}

/** The provider, with every call counted by how it ended. */
export function countedSequra(sequra: Sequra, registry: Registry): Sequra {
  const calls = new Histogram({
    name: 'sequra_call_duration_seconds',
    help: 'Calls to seQura, by what is known of their outcome',
    labelNames: ['call', 'outcome'],
    buckets: SECONDS,
    registers: [registry],
  });
  const counted = async <Result>(call: keyof Sequra, work: () => Promise<Result>): Promise<Result> => {
    const startedAtMs = performance.now();
    let outcome = 'done';
    try {
      return await work();
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      calls.observe({ call, outcome }, (performance.now() - startedAtMs) / 1000);
    }
  };
  return {
    createOrder: (...args) => counted('createOrder', () => sequra.createOrder(...args)),
    sendSms: (...args) => counted('sendSms', () => sequra.sendSms(...args)),
    cancelOrder: (...args) => counted('cancelOrder', () => sequra.cancelOrder(...args)),
  };
}

function outcomeOf(error: unknown): string {
  if (error instanceof NotSentError) return error.code;
  if (error instanceof RefusedError) return 'refused';
  return error instanceof OutcomeUnknownError ? `unknown_${error.reason}` : 'failed';
}
