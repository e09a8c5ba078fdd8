// For unit tests of the API: an order as it is shown, orders without Temporal, and the API in front of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { AppOptions } from '../../src/api/app.ts';
import { createApp } from '../../src/api/app.ts';
import { rateLimited } from '../../src/api/http/rate-limit.ts';
import type { ServerOptions } from '../../src/api/http/server.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import { PROBLEMS } from '../../src/api/http/problem.ts';
import type { OrderView } from '../../src/order/view.ts';
import type { Orders } from '../../src/gateway/orders.ts';
import { API_KEY } from './canaries.ts';
import { watched } from './declared.ts';
import { aMerchant, anApiKey } from './merchants.ts';
import { orderPath } from './orders.ts';

export const TODAY = new Date('2026-11-22T10:00:00Z');

export function anOrderView(overrides: Partial<OrderView> = {}): OrderView {
  return {
    id: 'order:merchant_1:pos_1234',
    reference: 'pos_1234',
    merchant_id: 'merchant_1',
    store_ref: 'store_1',
    status: 'awaiting_customer',
    attention: null,
    revision: 3,
    total_with_tax: 25_000,
    currency: 'EUR',
    sequra_order_id: '4567',
    order_uuid: null,
    sms: { sent: 1, last_sent_at: '2026-11-22T10:00:01.000Z', last_outcome: 'sent', can_resend: true },
    created_at: '2026-11-22T10:00:00.000Z',
    confirm_by: '2026-11-23T10:00:00.000Z',
    closed_at: null,
    failure: null,
    timeline: [{ at: '2026-11-22T10:00:00.000Z', event: 'accepted' }],
    ...overrides,
  };
}

export const ORDER = anOrderView();
export const ORDER_PATH = orderPath(ORDER.id);

/** The body of a webhook that confirms it, and its type. */
export const CONFIRMATION = 'event=order%2Fconfirmed&order_ref_1=pos_1234';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Orders that always answer with one order: enough to test HTTP. */
export function ordersOf(order: OrderView, overrides: Partial<Orders> = {}): Orders {
  return {
    place: () => Promise.resolve({ outcome: 'started', order }),
    get: (id) => Promise.resolve(id === order.id ? order : null),
    latest: () => null,
    async *changes() {
      yield order;
    },
    watch: () => Promise.resolve(order),
    list: () => Promise.resolve({ data: [order], unreadable: [], nextCursor: null }),
    sendSms: () => Promise.resolve({ outcome: 'sent', order, repeat: false }),
    cancel: () => Promise.resolve({ end: order.status, order, repeat: false }),
    resolve: () => Promise.resolve({ order, repeat: false }),
    isKnown: () => Promise.resolve(false),
    testNotification: (merchantId) => Promise.resolve({ id: `notify:test:${merchantId}:1`, repeat: false }),
    webhook: () => Promise.resolve('signalled'),
    ...overrides,
  };
}

export type Api = AsyncDisposable & {
  url: string;
  port: number;
  logged: unknown[];
  /** A request with the API key and, where a body is given, as JSON. */
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;
  /** Throws if the API has given an answer that its route does not declare; once for each. */
  check: () => void;
};

/** The API on a free port, in front of these orders; it limits no rate. */
export async function apiInFrontOf(orders: Orders, overrides: Partial<AppOptions & ServerOptions> = {}): Promise<Api> {
  const logged: unknown[] = [];
  const write = (...line: unknown[]) => void logged.push(line);
  const merchant = aMerchant();
  const options = {
    orders,
    merchants: new Map([[merchant.id, merchant]]),
    apiKeys: [anApiKey()],
    clock: () => TODAY,
    rateLimit: rateLimited(0),
    log: { info: write, warn: write, error: write },
    ...overrides,
  };
  const { listener, check } = watched(createApp(options));
  const server = createHttpServer(listener, { ...options, ending: options.draining });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    logged,
    check,
    async call(method, path, body, headers = {}) {
      const answer = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${API_KEY}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      check();
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      check();
    },
  };
}

export type ProblemBody = {
  code: keyof typeof PROBLEMS;
  errors?: { pointer: string; code: string }[];
  order?: OrderView;
};

/** The body of a problem with this code, which no cache may keep. `watched` has checked that it is complete. */
export async function problem(res: Response, code: keyof typeof PROBLEMS): Promise<ProblemBody & { instance: string }> {
  const body = (await res.json()) as ProblemBody & { instance: string };
  const seen = [res.status, body.code, res.headers.get('content-type'), res.headers.get('cache-control')];
  assert.deepEqual(seen, [PROBLEMS[code].status, code, 'application/problem+json', 'no-store']);
  return body;
}

export async function withApi(
  orders: Partial<Orders>,
  check: (api: Api) => Promise<void>,
  options: Partial<AppOptions & ServerOptions> = {},
): Promise<void> {
  await using api = await apiInFrontOf(ordersOf(ORDER, orders), options);
  await check(api);
}
