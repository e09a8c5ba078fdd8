// What every test of the seQura client needs: an order, a client, and the three ways in which a call can fail.
import type { TestContext } from 'node:test';
import { createSequraClient } from '../../src/sequra/client.ts';
import type { CallOptions, Sequra } from '../../src/sequra/sequra.ts';

export const PASSWORD = 'pässword-canary-7f3a';

/** Long enough for a retry of the client's own, if it had one, to reach the provider. */
export const RETRY_WOULD_SHOW_MS = 150;

export const OPTIONS: CallOptions = { merchantId: 'merchant_1', timeoutMs: 5000 };

export { setTimeout as sleep } from 'node:timers/promises';
export { orderRequest } from '../support/orders.ts';

/** The cart object of sequra.md. */
export function cart(overrides: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: 4567,
    reference: 'pos_1234',
    status: 'pending',
    total_with_tax: '250.00',
    currency: 'EUR',
    customer_data: { given_names: 'María', surnames: 'García López' },
    order_uuid: null,
    can_resend_sms: true,
    ...overrides,
  });
}

export function sequraAt(
  t: TestContext,
  baseUrl: string,
  options: { connectTimeoutMs?: number } = {},
): Sequra & { close(): Promise<void> } {
  const merchants = new Map([['merchant_1', { username: 'merchant_1', password: PASSWORD }]]);
  const sequra = createSequraClient({ baseUrl, merchants, ...options });
  t.after(() => sequra.close());
  return sequra;
}

export const unreachable = { name: 'NotSentError', code: 'unreachable', httpStatus: null, retryAfterMs: null };

export function rateLimited(retryAfterMs: number | null) {
  return { name: 'NotSentError', code: 'rate_limited', httpStatus: 429, retryAfterMs };
}

export function refused(httpStatus: number, ...codes: string[]) {
  return { name: 'RefusedError', httpStatus, errors: codes.map((code) => ({ code })) };
}

export function unknown(reason: string, httpStatus: number | null = null) {
  return { name: 'OutcomeUnknownError', reason, httpStatus };
}

/** seQura's four error bodies (sequra.md), and the codes that may be kept of each. */
export const ERROR_BODIES = [
  { shape: 'coded', body: '{"errors":[{"code":"invalid_nin","title":"El NIF no es válido"}]}', codes: ['invalid_nin'] },
  { shape: 'texts', body: '{"errors":["El NIF no es válido"]}', codes: [] },
  { shape: 'plain text', body: 'HTTP Basic: Access denied.', codes: [] },
  { shape: 'HTML', body: '<!doctype html><title>Error</title>', codes: [] },
] as const;

/** The milliseconds a promise took, settled either way. */
export async function elapsedMs(promise: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.allSettled([promise]);
  return performance.now() - start;
}
