// All that one key, one webhook token and one page can do, each with what shows that it was met.
import { gzipSync } from 'node:zlib';
import { EXAMPLE_REQUEST } from '../../src/order/example.ts';
import { WORST } from '../support/growth.ts';
import type { Flood } from './flood.ts';

/** What the hostile merchant has been given. */
export type Target = {
  port: number;
  adminPort: number;
  /** Sees all of its merchants, and has every scope. */
  apiKey: string;
  /** Of the first of its merchants. */
  webhookToken: string;
  merchantIds: string[];
  /** Of the first of its merchants: they wait for their customer. */
  orderIds: string[];
  /** For the codec: some hundred bytes that become 40,000. */
  sealedPayload: object;
  /** Of an operator, for the codec. */
  accessToken: string;
};

export type Attack = {
  floods: (target: Target) => Piece[];
  /** Each of these has to be seen: statuses, or what became of connections. */
  meets: string[];
  /** `slow`: takes its time, and goes on beside others. `outage`: for when Temporal is away. */
  when?: 'slow' | 'outage';
};

/** On the public port, and waiting for answers, unless it says otherwise. */
type Piece = Pick<Flood, 'connections' | 'next'> & Partial<Flood>;
type Headers = Record<string, string>;

const LONGEST = 15 * 1024;
const JSON_BODY = { 'content-type': 'application/json' };
const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' };

let made = 0;
const nextNumber = () => (made += 1);
const oneOf = <T>(all: readonly T[], number: number): T => all[number % all.length] as T;

const WORST_TEXTS = Object.values(WORST);
const worst = (length: number) => oneOf(WORST_TEXTS, nextNumber())(length);
const inHeader = (text: string) => text.replaceAll(/[^\t\x20-\x7e]/g, 'e');
const inPath = (text: string) => text.replaceAll(/[^\x21-\x7e]|[?#]/g, 'e');

function request(line: string, headers: Headers = {}, body: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(body);
  const all = { host: 'api', ...(bytes.length > 0 && { 'content-length': String(bytes.length) }), ...headers };
  const head = [`${line} HTTP/1.1`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), bytes]);
}

/** One request after the other, of those that `make` makes. */
function each(connections: number, make: () => Buffer | string, times = 1): Piece {
  return {
    connections,
    next: () => ({ bytes: Buffer.concat(Array.from({ length: times }, () => Buffer.from(make()))), answers: times }),
  };
}

const bearer = ({ apiKey }: Target): Headers => ({ authorization: `Bearer ${apiKey}` });
const decoding = ({ adminPort, accessToken }: Target, body: string, headers: Headers = {}) =>
  request(
    'POST /codec/decode',
    { host: `127.0.0.1:${adminPort}`, authorization: `Bearer ${accessToken}`, ...JSON_BODY, ...headers },
    body,
  );
/** It names the key that has signed the token, which did not sign this one. */
const forged = ({ accessToken }: Target) =>
  `${accessToken.slice(0, -40)}${String(nextNumber()).padStart(20, '0')}${accessToken.slice(-20)}`;
const orderPath = ({ orderIds }: Target) => `/v1/orders/${encodeURIComponent(oneOf(orderIds, nextNumber()))}`;
const heldRead = (target: Target) =>
  request(`GET ${orderPath(target)}?wait=60`, { ...bearer(target), 'if-none-match': '*' });

function order(target: Target, overrides: object = {}): string {
  const merchant = { id: target.merchantIds[0], store_ref: 'store_1' };
  return JSON.stringify({ ...EXAMPLE_REQUEST, merchant, reference: `rogue ${nextNumber()}`, ...overrides });
}
const post = (target: Target, body: string | Buffer, headers: Headers = {}) =>
  request('POST /v1/orders', { ...bearer(target), ...JSON_BODY, ...headers }, body);
const webhook = (target: Target, body: string | Buffer, headers: Headers = {}) =>
  request(`POST /webhooks/sequra/${target.webhookToken}`, { ...FORM_BODY, ...headers }, body);

const chunked = (headers: Headers, path = '/v1/orders') =>
  Buffer.concat([
    request(`POST ${path}`, { ...JSON_BODY, 'transfer-encoding': 'chunked', ...headers }),
    Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`.repeat(8)),
  ]);

const HEADERS = [
  'accept',
  'if-none-match',
  'cookie',
  'last-event-id',
  'request-id',
  'prefer',
  'content-type',
  'host',
  'x',
];
const FIELDS = [
  'operator_ref',
  'reference',
  'mobile_phone',
  'given_names',
  'date_of_birth',
  'nin',
  'address',
  'postal_code',
  'x',
];
const PARAMETERS = ['merchant_id', 'reference', 'status', 'attention', 'limit', 'cursor', 'x'];
const MOST_BODY = 99 * 1024;
/** 50 MB. */
const BOMB = gzipSync(Buffer.alloc(50 * 2 ** 20));

export const UNREAD_CODEC = 'answers of the codec that nobody reads';

export const ATTACKS: Record<string, Attack> = {
  'the worst values in every header': {
    floods: (target) => [
      each(50, () =>
        request(`GET ${orderPath(target)}?wait=1`, {
          ...bearer(target),
          [oneOf(HEADERS, nextNumber())]: inHeader(worst(LONGEST)),
        }),
      ),
      each(50, () => request(`GET ${orderPath(target)}`, { authorization: inHeader(worst(LONGEST)) })),
    ],
    meets: ['200', '401', '406'],
  },
  'thousands of parameters, and the worst in each': {
    floods: (target) => [
      each(50, () =>
        request(`GET /v1/orders?${oneOf(PARAMETERS, nextNumber())}=${inPath(worst(LONGEST))}`, bearer(target)),
      ),
      each(50, () =>
        request(
          `GET ${orderPath(target)}?${Array.from({ length: 1_800 }, (_, at) => `p${at}=1`).join('&')}`,
          bearer(target),
        ),
      ),
      each(20, () => request(`GET /v1/orders/${inPath(worst(LONGEST))}`, bearer(target))),
    ],
    meets: ['422', '404'],
  },
  'the worst in every field': {
    floods: (target) => [
      each(50, () => post(target, order(target, { [oneOf(FIELDS, nextNumber())]: worst(MOST_BODY / 4) }))),
      each(50, () => webhook(target, `event=x&order_ref_1=${encodeURIComponent(worst(5_000)).slice(0, 15_000)}`)),
    ],
    meets: ['422', '200'],
  },
  'deep, wide and doubled JSON': {
    floods: (target) => [
      each(30, () => post(target, '['.repeat(MOST_BODY))),
      each(30, () => post(target, `{${Array.from({ length: 9_000 }, (_, at) => `"k${at}":1`).join(',')}}`)),
      each(30, () => post(target, `{${'"a":1,'.repeat(12_000)}"a":1}`)),
      each(30, () => post(target, order(target, { cart_items: Array.from({ length: 20_000 }, () => 0) }))),
    ],
    meets: ['400'],
  },
  'held reads': { floods: (target) => [each(2_000, () => heldRead(target))], meets: ['429'] },
  'held reads on one connection': {
    floods: (target) => [each(1, () => heldRead(target), 2_000)],
    meets: ['304'],
  },
  'waiting creates': {
    floods: (target) => [
      each(600, () =>
        post(target, order(target, { reference: 'the same' }), { prefer: `wait=30, ${inHeader(worst(LONGEST))}` }),
      ),
    ],
    meets: ['200'],
  },
  'bodies beyond the limit': {
    floods: (target) => [
      each(20, () => chunked(bearer(target))),
      each(20, () => chunked({})),
      each(20, () => chunked(FORM_BODY, `/webhooks/sequra/${target.webhookToken}`)),
      each(20, () => chunked(FORM_BODY, '/webhooks/sequra/nobody')),
      each(20, () => post(target, BOMB, { 'content-encoding': 'gzip' })),
    ],
    meets: ['413', '401', '404'],
  },
  'slow uploads': {
    floods: (target) => [
      {
        ...each(1_000, () => post(target, order(target, { operator_ref: 'a'.repeat(MOST_BODY) }))),
        behaviour: 'slowly',
      },
      { ...each(500, () => webhook(target, `event=x&order_ref_1=${'a'.repeat(15_000)}`)), behaviour: 'slowly' },
      { ...each(500, () => request(`GET ${orderPath(target)}`, bearer(target))), behaviour: 'slowly' },
      {
        ...each(200, () =>
          request('POST /v1/orders', {
            ...bearer(target),
            ...JSON_BODY,
            expect: '100-continue',
            'content-length': '9',
          }),
        ),
        behaviour: 'nothing',
      },
    ],
    meets: ['408', '100'],
    when: 'slow',
  },
  'webhooks of no order': {
    floods: (target) => [
      each(200, () => webhook(target, `event=x&order_ref_1=%20A%CC%81${nextNumber()}%20`)),
      each(50, () => webhook(target, `event=order%2Fconfirmed&order_ref_1=${'%C3%A9'.repeat(2_500)}${nextNumber()}`)),
      each(50, () => webhook(target, 'a=1&'.repeat(4_000))),
      each(20, () => webhook(target, `event=${encodeURIComponent('subscriptions/x')}&order_ref_1=1`)),
    ],
    meets: ['200', '400', '501'],
  },
  'webhooks in an outage': {
    floods: (target) => [
      each(50, () =>
        webhook(target, `event=${nextNumber()}&event_id=${'i'.repeat(7_000)}&order_ref_1=${'a'.repeat(7_000)}`),
      ),
      each(200, () =>
        webhook(target, `event=order%2Fconfirmed&event_id=${nextNumber()}&order_ref_1=${'a'.repeat(60)}`),
      ),
    ],
    meets: ['503'],
    when: 'outage',
  },
  'webhooks of one order': {
    floods: (target) => [
      each(200, () => webhook(target, `event=order%2Faccount_in_debt&event_id=${nextNumber()}&order_ref_1=rogue%200`)),
    ],
    meets: ['200'],
  },
  lists: {
    floods: (target) => [
      each(50, () => request(`GET /v1/orders?limit=${(nextNumber() % 100) + 1}`, bearer(target))),
      each(50, () => request(`GET /v1/orders?merchant_id=${oneOf(target.merchantIds, nextNumber())}`, bearer(target))),
      each(50, () => request(`GET /v1/orders?reference=r${nextNumber()}`, bearer(target))),
    ],
    meets: ['200', '422'],
  },
  reads: {
    floods: (target) => [
      each(200, () => request(`GET ${orderPath(target)}`, bearer(target))),
      each(200, () => request(`GET /v1/orders/order%3Arogue_0%3A${nextNumber()}`, bearer(target))),
    ],
    meets: ['200', '404'],
  },
  // Some twenty a second, as many as two processors carry: how much more a machine carries is not what is asked here.
  creates: {
    floods: (target) => [
      each(10, () =>
        post(
          target,
          order(target, {
            cart_items: Array.from({ length: 100 }, () => ({
              ...EXAMPLE_REQUEST.cart_items[0],
              name: 'x'.repeat(200),
            })),
          }),
        ),
      ),
    ],
    meets: ['202'],
  },
  commands: {
    floods: (target) => [
      each(50, () => request(`POST ${orderPath(target)}/send_sms`, bearer(target))),
      each(50, () =>
        request(
          `POST ${orderPath(target)}/resolve`,
          { ...bearer(target), ...JSON_BODY },
          JSON.stringify({ action: 'retry', operator: 'x', note: 'x' }),
        ),
      ),
    ],
    meets: ['409'],
  },
  'keys that are none': {
    floods: (target) => [
      each(200, () => request(`GET ${orderPath(target)}`, { authorization: `Bearer ${nextNumber()}` })),
      each(100, () => request(`POST /webhooks/sequra/${nextNumber()}`, FORM_BODY, 'event=x&order_ref_1=1')),
    ],
    meets: ['401', '404'],
  },
  'no HTTP': {
    floods: (target) => [
      each(50, () => 'nonsense\r\n\r\n'),
      each(50, () => request('GET /', { a: 'x'.repeat(17_000) })),
      each(20, () => request('POST /', { ...bearer(target), 'transfer-encoding': 'chunked', 'content-length': '1' })),
      each(20, () => request('CONNECT api:1')),
      each(20, () => request('GET /', { expect: 'a miracle' })),
      each(20, () => `GET / HTTP/1.1\r\nHost: api\r\n${'a:\r\n'.repeat(4_000)}\r\n`),
    ],
    meets: ['400', '431', '417', '404'],
  },
  'two of a header': {
    floods: (target) => [
      each(50, () => request(`GET ${orderPath(target)}`, { ...bearer(target), Authorization: 'Bearer x' })),
    ],
    meets: ['400'],
  },
  'requests in one packet': {
    floods: (target) => [
      each(4, () => 'GET / HTTP/1.1\r\n\r\n', 3_000),
      each(4, () => request('GET /v1/orders/x', bearer(target)), 500),
      each(4, () => request('GET /v1/orders/x', {}), 500),
      each(4, () => webhook(target, 'event=x'), 300),
    ],
    meets: ['400', '404', '401'],
  },
  'requests whose sender has gone': {
    floods: (target) => [
      { ...each(100, () => request(`GET ${orderPath(target)}`, bearer(target))), behaviour: 'reset' },
      { ...each(50, () => webhook(target, `event=x&order_ref_1=${nextNumber()}`)), behaviour: 'reset' },
      { ...each(50, () => heldRead(target)), behaviour: 'reset' },
    ],
    meets: ['connected'],
  },
  'answers that nobody reads': {
    floods: (target) => [
      {
        ...each(100, () => request(`GET /v1/orders?merchant_id=${target.merchantIds[0]}&limit=100`, bearer(target))),
        behaviour: 'unread',
      },
      { ...each(100, () => request(`GET ${orderPath(target)}`, bearer(target))), behaviour: 'unread' },
    ],
    meets: ['connected'],
  },
  'streams of events': {
    floods: (target) => [
      each(200, () =>
        request(`GET ${orderPath(target)}/events`, { ...bearer(target), 'last-event-id': inHeader(worst(LONGEST)) }),
      ),
    ],
    meets: ['connected'],
  },
  'connections that say nothing': {
    floods: () => [{ ...each(4_000, () => 'GET / HTTP/1.1\r\nHost: api\r\n'), behaviour: 'nothing' }],
    meets: ['connected'],
  },
  'calls of the codec': {
    floods: (target) => {
      const { adminPort } = target;
      const payload = (bytes: number) => ({
        metadata: { encoding: 'YmluYXJ5L2VuY3J5cHRlZA==' },
        data: 'A'.repeat(bytes),
      });
      const large = JSON.stringify({ payloads: Array.from({ length: 950 }, () => payload(4_000)) });
      const one = JSON.stringify({ payloads: [payload(3_800_000)] });
      const decode = (body: string, headers: Headers = {}) => decoding(target, body, headers);
      return [
        { ...each(6, () => decode(large)), port: adminPort },
        { ...each(6, () => decode(one)), port: adminPort },
        { ...each(10, () => decode('{}', { host: 'evil.example' })), port: adminPort },
        { ...each(10, () => decode('{}', { origin: 'http://evil.example' })), port: adminPort },
        { ...each(10, () => decode('payloads=1', FORM_BODY)), port: adminPort },
        { ...each(10, () => decode('{}', { 'content-type': 'text/plain' })), port: adminPort },
      ];
    },
    meets: ['200', '403', '415', '429'],
  },
  'people whom the codec knows or does not': {
    floods: (target) => [
      { ...each(100, () => decoding(target, '{}'), 10), port: target.adminPort },
      {
        ...each(100, () => decoding(target, '{}', { authorization: `Bearer ${forged(target)}` }), 10),
        port: target.adminPort,
      },
      { ...each(20, () => decoding(target, '{}', { authorization: inHeader(worst(100)) })), port: target.adminPort },
    ],
    meets: ['200', '401', '429'],
  },
  [UNREAD_CODEC]: {
    floods: (target) => {
      const { adminPort, sealedPayload } = target;
      const body = JSON.stringify({ payloads: Array.from({ length: 200 }, () => sealedPayload) });
      const metrics = () => request('GET /metrics', { host: `127.0.0.1:${adminPort}` });
      return [
        { ...each(100, () => decoding(target, body)), port: adminPort, behaviour: 'unread' },
        { ...each(50, metrics), port: adminPort, behaviour: 'unread' },
      ];
    },
    meets: ['connected'],
  },
};
