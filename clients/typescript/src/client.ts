// The API as a shop's backend uses it. Requests are repeated by the rules of its contract, so that each is carried out once.
import { randomUUID } from 'node:crypto';
import type { Client as Http } from 'openapi-fetch';
import createHttp from 'openapi-fetch';
import type { components, paths } from './api.ts';
import { changes } from './changes.ts';
import { ProblemError } from './errors.ts';
import type { Order } from './order.ts';
import type { Fetch } from './repeat.ts';
import { repeating } from './repeat.ts';

type Schemas = components['schemas'];

export type Options = {
  /** Of the API, such as `https://orders.example`. */
  baseUrl: string;
  /** With the scopes `orders:write` and `orders:read`. */
  apiKey: string;
  /** How long a call goes on where no answer comes, or one that may pass; by default a minute. 0: once. */
  repeatForMs?: number;
  /** In place of that of Node.js. */
  fetch?: Fetch;
};

export type Placed = {
  order: Order;
  /** 201: seQura has it. 202: taken, seQura is asked next, or nobody knows yet. 200: this request has placed it before. */
  status: 200 | 201 | 202;
};

type Call = { signal?: AbortSignal };
/** A name for what is wanted, where it has to outlive this process: the same again is carried out once. By default a random one. */
type Keyed = Call & { idempotencyKey?: string };

export type Client = {
  /**
   * Places an order, or finds the one that the same request has placed before. Throws `ProblemError` where it is refused; where it ended as
   * `failed`, with its `order`: the reference is used up.
   */
  placeOrder(order: Schemas['PlaceOrderBody'], options?: Call & { waitSeconds?: number }): Promise<Placed>;
  getOrder(id: string, options?: Call): Promise<Order>;
  /** The order as it is, then as it changes, until it has ended and no human has to look. */
  changes(id: string, options?: Call): AsyncGenerator<Order, void>;
  /** The order once it has ended and no human has to look, however long that takes: `signal` gives up. */
  untilFinal(id: string, options?: Call & { onChange?: (order: Order) => void }): Promise<Order>;
  /** Sends the link again. */
  sendSms(id: string, options?: Keyed & { mobilePhone?: string }): Promise<Schemas['OrderWithMessage']>;
  /** Withdraws an order, a confirmed one included. `not_cancellable` with a confirmed `order`: the customer was faster, the sale stands. */
  cancel(id: string, options?: Keyed): Promise<Schemas['OrderWithMessage']>;
  /** Every route with its types, by openapi-fetch, repeated as all others. */
  http: Http<paths>;
};

const REPEAT_FOR_MS = 60_000;
const WAIT_SECONDS = 5;

export function connect(options: Options): Client {
  const { apiKey, repeatForMs = REPEAT_FOR_MS, fetch = globalThis.fetch } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, '');
  const headers = { authorization: `Bearer ${apiKey}` };
  const http = httpOf(repeatForMs);
  const watched = { baseUrl, headers, fetch, http: httpOf(Infinity) };

  function httpOf(forMs: number): Http<paths> {
    const client = createHttp<paths>({ baseUrl, headers, fetch: repeating(fetch, forMs) });
    client.use({
      onRequest({ request, schemaPath }) {
        // A new order is safe by its reference. A key for it would cost a record.
        if (request.method === 'POST' && schemaPath !== '/v1/orders' && !request.headers.has('idempotency-key'))
          request.headers.set('idempotency-key', randomUUID());
      },
    });
    return client;
  }

  return {
    http,

    async placeOrder(body, { waitSeconds = WAIT_SECONDS, signal } = {}) {
      const header = waitSeconds > 0 ? { Prefer: `wait=${waitSeconds}` } : {};
      const { data, error, response } = await http.POST('/v1/orders', {
        params: { header },
        body,
        ...given({ signal }),
      });
      if (data === undefined) throw new ProblemError(response, error);
      return { order: data, status: response.status as Placed['status'] };
    },

    async getOrder(id, { signal } = {}) {
      return orThrow(await http.GET('/v1/orders/{id}', { params: { path: { id } }, ...given({ signal }) }));
    },

    changes: (id, { signal } = {}) => changes(watched, id, signal ?? new AbortController().signal),

    async untilFinal(id, { signal, onChange } = {}) {
      let last: Order | null = null;
      for await (const order of this.changes(id, given({ signal }))) {
        last = order;
        onChange?.(order);
      }
      return last ?? this.getOrder(id, given({ signal }));
    },

    async sendSms(id, { mobilePhone, ...options } = {}) {
      const body = mobilePhone === undefined ? {} : { mobile_phone: mobilePhone };
      return orThrow(await http.POST('/v1/orders/{id}/send_sms', { ...keyed(id, options), body }));
    },

    async cancel(id, options = {}) {
      return orThrow(await http.POST('/v1/orders/{id}/cancel', keyed(id, options)));
    },
  };
}

/** Without what is not there. */
const given = ({ signal }: { signal: AbortSignal | undefined }) => (signal === undefined ? {} : { signal });

function keyed(id: string, { idempotencyKey, signal }: Keyed) {
  const header = idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey };
  return { params: { path: { id }, header }, ...given({ signal }) };
}

function orThrow<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data === undefined) throw new ProblemError(response, error);
  return data;
}
