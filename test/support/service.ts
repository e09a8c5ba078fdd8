// The whole service on loopback: the API on a port, a worker, Temporal's dev server and the simulator, which sends its webhooks to the API.
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { watchWayIn } from '../../src/activities/way-in.ts';
import { createApp } from '../../src/api/app.ts';
import { createHttpServer } from '../../src/api/http/server.ts';
import type { OrderPolicy } from '../../src/order/request.ts';
import type { OrderView } from '../../src/order/view.ts';
import { watched } from './declared.ts';
import { orderPolicy, orderRequest } from './orders.ts';
import type { Stack, StackOptions } from './stack.ts';
import { startDevServerStack } from './stack.ts';
import { API_KEY, WEBHOOK_TOKEN } from './canaries.ts';
import { ACCOUNT, aMerchant, anApiKey } from './merchants.ts';

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

export type Service = Stack & {
  /** Where `api` and `webhook` call it. */
  url: string;
  /** Every line the API has logged. */
  logs: string[];
  /** Calls the API with the key of the till; a body is sent as JSON. */
  api(method: 'GET' | 'POST', path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** `POST /v1/orders`. */
  post(overrides?: object, headers?: Record<string, string>): Promise<Answer>;
  /** What seQura would send; answers with the HTTP status. */
  webhook(fields: Record<string, string>): Promise<number>;
};

export async function startService(
  policy: Partial<OrderPolicy> = {},
  options: Pick<StackOptions, 'codecEndpoint' | 'dynamicConfig'> & {
    /** The port at which seQura, and the worker’s looks, reach the API that listens on this one; left out: the same, and there are no looks. */
    seenAt?: (port: number) => Promise<number>;
    /** False: no looks all the same. */
    looks?: boolean;
  } = {},
): Promise<Service> {
  const logs: string[] = [];
  const log = pino(new Writable({ write: (chunk: Buffer, _encoding, done) => (logs.push(chunk.toString()), done()) }));
  let app: RequestListener = (_req, res) => res.writeHead(503).end();
  const server = createHttpServer((req, res) => app(req, res), { log });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { seenAt, looks = seenAt !== undefined, ...ofStack } = options;
  const seen = seenAt && `http://127.0.0.1:${await seenAt((server.address() as AddressInfo).port)}`;
  const stack = await startDevServerStack({
    ...ofStack,
    webhookUrl: `${seen ?? url}/webhooks/sequra/${WEBHOOK_TOKEN}`,
    ...(!looks ? {} : { wayIn: watchWayIn({ url: `${seen}/webhooks/sequra/probe`, everyMs: 500 }) }),
  });
  const quick = orderPolicy({ createRetrySeconds: 5, settleSeconds: 1, sequraTimeoutMs: 2_000, ...policy });
  const merchants = new Map([[ACCOUNT.id, aMerchant({ policy: quick })]]);
  const { listener, check } = watched(createApp({ orders: stack.orders, merchants, apiKeys: [anApiKey()], log }));
  app = listener;

  const service: Service = {
    ...stack,
    url,
    logs,

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
      check();
      const text = await answer.text();
      const parsed = (text === '' ? {} : JSON.parse(text)) as Body;
      return { status: answer.status, headers: answer.headers, body: parsed, ms: performance.now() - startedAt };
    },

    async post(overrides = {}, headers = {}) {
      const answer = await service.api('POST', '/v1/orders', orderRequest(overrides), headers);
      if (answer.status < 300) stack.replayAtEnd(answer.body.id);
      return answer;
    },

    async webhook(fields) {
      const body = new URLSearchParams({ order_ref_2: '""', utf8: '✓', ...fields });
      const { status } = await fetch(`${service.url}/webhooks/sequra/${WEBHOOK_TOKEN}`, { method: 'POST', body });
      check();
      return status;
    },

    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await stack.close();
      check();
    },
  };
  return service;
}
