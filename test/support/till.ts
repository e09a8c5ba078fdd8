// The API as a shop's backend calls it, with the key of its till.
import { AssertionError } from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import type { OrderView } from '../../src/order/view.ts';
import { API_KEY, PERSON } from './canaries.ts';
import { checkAnswer } from './declared.ts';
import { orderPath, orderRequest } from './orders.ts';
import { until } from './waits.ts';

type Answer<Body> = { status: number; headers: IncomingHttpHeaders; body: Body; ms: number };
type CallOptions = { method?: 'GET' | 'POST'; headers?: Record<string, string>; json?: unknown; keepAlive?: boolean };

/** One request. By default it has a connection of its own, because processes come and go on the same port. */
export async function call<Body>(
  url: string,
  { method = 'GET', headers = {}, json, keepAlive = false }: CallOptions = {},
): Promise<Answer<Body>> {
  const startedAt = performance.now();
  const answer = await request(url, {
    method,
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: json === undefined ? null : JSON.stringify(json),
    reset: !keepAlive,
  });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  // A proxy may have compressed it.
  const text = String(answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes);
  const isJson = /\bjson\b/.test(String(answer.headers['content-type']));
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : text) as Body,
    ms: performance.now() - startedAt,
  };
}

/** An order, a list or a problem. */
type OrderBody = OrderView & {
  code?: string;
  detail?: string;
  errors?: { pointer: string }[];
  order?: OrderView;
  success?: boolean;
  data?: OrderView[];
  unreadable?: string[];
  next_cursor?: string | null;
};
export type OrderAnswer = Answer<OrderBody>;

export type Till = {
  /** Of the API. A test may put a proxy in front of it. */
  url: string;
  call(path: string, options?: CallOptions): Promise<OrderAnswer>;
  /** `POST /v1/orders` with any body. */
  place(body: object, headers?: Record<string, string>): Promise<OrderAnswer>;
  /** `POST /v1/orders`, for the customer of the canaries. */
  post(reference: string): Promise<OrderAnswer>;
  /** `cancel`, `send_sms` or `resolve`. */
  act(id: string, action: string, body?: unknown, headers?: Record<string, string>): Promise<OrderAnswer>;
  /** Null if it is not answered 200. */
  read(id: string): Promise<OrderView | null>;
  /** The order as soon as `holds` is true, even if the API is away meanwhile; throws with the last one that was read. */
  see(id: string, what: string, holds: (order: OrderView) => boolean, waitMs?: number): Promise<OrderView>;
};

/** Null if no answer came. Throws if an answer came that its route does not declare. */
export function noAnswer(error: unknown): null {
  if (error instanceof AssertionError) throw error;
  return null;
}

type TillOptions = {
  key?: string;
  /** Whether connections are used again. */
  keepAlive?: boolean;
  /** Throws if an answer is not as its route declares. */
  check?: typeof checkAnswer;
  /** Called with the id of each order that was taken. */
  placed?: (id: string) => void;
};

export function till(url: string, options: TillOptions = {}): Till {
  const { key = API_KEY, keepAlive = false, check = checkAnswer, placed = () => {} } = options;
  const self: Till = {
    url,
    async call(path, { headers = {}, ...options } = {}) {
      const answer = await call<OrderBody>(self.url + path, {
        headers: { authorization: `Bearer ${key}`, ...headers },
        keepAlive,
        ...options,
      });
      const { status, body } = answer;
      check({
        method: options.method ?? 'GET',
        path,
        status,
        header: (name) => answer.headers[name.toLowerCase()]?.toString() ?? null,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return answer;
    },
    async place(json, headers = {}) {
      const answer = await self.call('/v1/orders', { method: 'POST', json, headers });
      if (answer.status < 300) placed(answer.body.id);
      return answer;
    },
    post: (reference) => self.place(orderRequest({ reference, ...PERSON })),
    act: (id, action, json, headers = {}) => self.call(orderPath(id, `/${action}`), { method: 'POST', json, headers }),
    async read(id) {
      const { status, body } = await self.call(orderPath(id));
      // A limit is no answer to whether there is an order.
      if (status === 429) throw new Error(`${id}: ${JSON.stringify(body)}`);
      return status === 200 ? body : null;
    },
    async see(id, what, holds, waitMs) {
      let seen: OrderView | null = null;
      return until(
        what,
        async () => {
          seen = await self.read(id).catch(noAnswer);
          return seen !== null && holds(seen) ? seen : null;
        },
        waitMs,
      ).catch((error: unknown) => {
        throw new Error(`never saw ${what}: ${JSON.stringify(seen, null, 2)}`, { cause: error });
      });
    },
  };
  return self;
}
