// The API as a shop's backend calls it, with the key of its till.
import { AssertionError } from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'undici';
import type { OrderView } from '../../src/order/view.ts';
import { API_KEY, PERSON } from './canaries.ts';
import { checkAnswer } from './declared.ts';
import { orderPath, orderRequest } from './orders.ts';
import { until } from './waits.ts';

export type Answer<Body> = { status: number; headers: IncomingHttpHeaders; body: Body; ms: number };
type CallOptions = { method?: 'GET' | 'POST'; headers?: Record<string, string>; json?: unknown; keepAlive?: boolean };

/** Over a connection of its own unless it is kept: processes come and go on the same port. */
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
  const text = await answer.body.text();
  const isJson = /\bjson\b/.test(String(answer.headers['content-type']));
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: (isJson ? JSON.parse(text) : text) as Body,
    ms: performance.now() - startedAt,
  };
}

type OrderAnswer = OrderView & { code?: string; order?: OrderView };

export type Till = {
  url: string;
  call(path: string, options?: CallOptions): Promise<Answer<OrderAnswer>>;
  /** `POST /v1/orders` with any body. */
  place(body: object, headers?: Record<string, string>): Promise<Answer<OrderAnswer>>;
  /** `POST /v1/orders`, for a person whose data is looked for afterwards. */
  post(reference: string): Promise<Answer<OrderAnswer>>;
  /** `cancel`, `send_sms` or `resolve`. */
  act(id: string, action: string, body?: object): Promise<Answer<OrderAnswer>>;
  /** Null where it is not answered 200. */
  read(id: string): Promise<OrderView | null>;
  /** The order as soon as `holds`, whoever does not answer meanwhile; throws with what it was last. */
  see(id: string, what: string, holds: (order: OrderView) => boolean, waitMs?: number): Promise<OrderView>;
};

/** Null where no answer came; throws where one came that is not as its route declares. */
export function noAnswer(error: unknown): null {
  if (error instanceof AssertionError) throw error;
  return null;
}

export function till(url: string, key: string = API_KEY): Till {
  const self: Till = {
    url,
    async call(path, { headers = {}, ...options } = {}) {
      const answer = await call<OrderAnswer>(url + path, {
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...options,
      });
      const { status, body } = answer;
      checkAnswer({
        method: options.method ?? 'GET',
        path,
        status,
        header: (name) => answer.headers[name.toLowerCase()]?.toString() ?? null,
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return answer;
    },
    place: (json, headers = {}) => self.call('/v1/orders', { method: 'POST', json, headers }),
    post: (reference) => self.place(orderRequest({ reference, ...PERSON })),
    act: (id, action, json) => self.call(orderPath(id, `/${action}`), { method: 'POST', json }),
    async read(id) {
      const { status, body } = await self.call(orderPath(id));
      return status === 200 ? body : null;
    },
    async see(id, what, holds, waitMs = 40_000) {
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
