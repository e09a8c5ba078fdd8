// Whatever a caller writes into a header, a parameter, a path or a field is read in linear time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { accepts } from '../../../src/api/accept.ts';
import { presentedKey } from '../../../src/api/auth.ts';
import { matchesEtag } from '../../../src/api/etag.ts';
import { parametrised } from '../../../src/api/header-values.ts';
import { exceeds, repeatsName } from '../../../src/api/json.ts';
import { orderBody } from '../../../src/api/schemas/order-body.ts';
import { preferredWaitSeconds } from '../../../src/api/prefer.ts';
import { readQuery } from '../../../src/api/query.ts';
import { resolveBody } from '../../../src/api/routes/resolve-order.ts';
import { readWebhook } from '../../../src/api/webhook-body.ts';
import { parseOrderId } from '../../../src/order/ids.ts';
import type { Api } from '../../support/api-fixtures.ts';
import {
  anApiKey,
  anOrderView,
  API_KEY,
  EXAMPLE_BODY,
  ORDER,
  ORDER_PATH,
  ordersOf,
  startApi,
  TODAY,
  WEBHOOK_TOKEN,
} from '../../support/api-fixtures.ts';
import { growth, isLinear, WORST } from '../../support/growth.ts';

const FORM = 'application/x-www-form-urlencoded';
const order = anOrderView();
const keys = [anApiKey()];
const rules = { country: 'ES', ninChecksum: 'reject', clock: () => TODAY } as const;
const query = z.strictObject({ wait: z.string().optional() });

function quietly(run: () => unknown): unknown {
  try {
    return run();
  } catch {
    return null;
  }
}

const READERS: Record<string, (text: string) => unknown> = {
  Accept: (text) => accepts(text, 'application/json'),
  Prefer: preferredWaitSeconds,
  'If-None-Match': (text) => matchesEtag(text, order),
  'Content-Type': parametrised,
  Authorization: (text) => presentedKey(keys, text),
  'an id': parseOrderId,
  'a query': (text) => quietly(() => readQuery({ originalUrl: `/?${text}` }, query)),
  'names of a JSON text': repeatsName,
  'depth and values of a JSON text': (text) => exceeds(text, { depth: 32, values: 1e9 }),
  'a webhook': (text) => readWebhook(Buffer.from(text), FORM),
  'a webhook’s reference': (text) => readWebhook(Buffer.from(`event=x&order_ref_1=${encodeURIComponent(text)}`), FORM),
  'a webhook in JSON': (text) =>
    readWebhook(Buffer.from(JSON.stringify({ event: text, order_ref_1: text, [text]: text })), 'application/json'),
};

function withField(body: object, path: readonly (string | number)[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const inner = (body as Record<string | number, object>)[first] ?? {};
  return Array.isArray(body)
    ? body.with(Number(first), withField(inner, rest, value))
    : { ...body, [first]: withField(inner, rest, value) };
}

const body = orderBody(rules);
for (const path of [
  'operator_ref',
  'reference',
  'mobile_phone',
  'given_names',
  'surnames',
  'date_of_birth',
  'nin',
  'address',
  'postal_code',
  'city',
  'unknown',
  'cart_items.0.reference',
  'cart_items.0.name',
  'cart_items.0.quantity',
  'merchant.id',
  'merchant.store_ref',
  'merchant.unknown',
])
  READERS[`field ${path}`] = (text) => body.safeParse(withField(EXAMPLE_BODY, path.split('.'), text));
READERS['field sequra_order_id'] = (text) =>
  resolveBody.safeParse({ action: 'attach', operator: text, note: text, sequra_order_id: text });

describe('the time to read', () => {
  for (const [what, read] of Object.entries(READERS)) {
    it(`${what} grows as its length`, async () => {
      for (const [input, write] of Object.entries(WORST)) {
        const found = await growth((length) => read(write(length)), 4 * 1024, 128 * 1024);
        assert.ok(isLinear(found), `${input}: ${found.toFixed(1)} times for eight times the length`);
      }
    });
  }
});

describe('the time of requests', () => {
  let api: Api;
  before(async () => (api = await startApi(ordersOf(ORDER))));
  after(() => api[Symbol.asyncDispose]());

  /** Several on one connection, so that what is measured is more than the way there. */
  const AT_ONCE = 3;
  async function ask(head: string, content = ''): Promise<void> {
    const socket = connect(api.port, '127.0.0.1');
    const end = `Content-Length: ${Buffer.byteLength(content)}\r\n`;
    socket.write(`${head}${end}\r\n${content}`.repeat(AT_ONCE - 1));
    socket.write(`${head}${end}Connection: close\r\n\r\n${content}`);
    socket.resume();
    await once(socket, 'close');
  }

  /** Together with everything else still below the 16 KB that headers may have. */
  const LONGEST = 15 * 1024;
  const KEY = `Authorization: Bearer ${API_KEY}\r\n`;
  const GET = `GET ${ORDER_PATH}?wait=1 HTTP/1.1\r\nHost: x\r\n`;
  const POST = `POST /v1/orders HTTP/1.1\r\nHost: x\r\n${KEY}`;
  // A header may hold neither line ends nor what is not Latin; the ends are blanks to Node.
  const inHeader = (text: string) => text.replaceAll(/[^\t\x20-\x7e]/g, 'e');
  const inPath = (text: string) => text.replaceAll(/[^\x21-\x7e]|[?#]/g, 'e');
  const REQUESTS: Record<string, (text: string) => Promise<void>> = {
    'in the header If-None-Match': (text) => ask(`${GET}${KEY}If-None-Match: ${inHeader(text)}\r\n`),
    'in the header Accept': (text) => ask(`${GET}${KEY}Accept: ${inHeader(text)}\r\n`),
    'in the header Authorization': (text) => ask(`${GET}Authorization: ${inHeader(text)}\r\n`),
    'in the header Cookie': (text) => ask(`${GET}${KEY}Cookie: ${inHeader(text)}\r\n`),
    'in the header Last-Event-ID': (text) => ask(`${GET}${KEY}Last-Event-ID: ${inHeader(text)}\r\n`),
    'in the header Request-Id': (text) => ask(`${GET}${KEY}Request-Id: ${inHeader(text)}\r\n`),
    'in the header Prefer': (text) =>
      ask(`${POST}Content-Type: application/json\r\nPrefer: ${inHeader(text)}\r\n`, JSON.stringify(EXAMPLE_BODY)),
    'in the header Content-Type': (text) => ask(`${POST}Content-Type: ${inHeader(text)}\r\n`, '{}'),
    'in the header Content-Encoding': (text) =>
      ask(`${POST}Content-Type: application/json\r\nContent-Encoding: ${inHeader(text)}\r\n`, '{}'),
    'in the header Host': (text) => ask(`GET / HTTP/1.1\r\nHost: ${inHeader(text)}\r\n`),
    'in the type of a webhook': (text) =>
      ask(
        `POST /webhooks/sequra/${WEBHOOK_TOKEN} HTTP/1.1\r\nContent-Type: ${inHeader(text)}\r\n`,
        'event=x&order_ref_1=a',
      ),
    'in many headers': (text) => ask(`${GET}${KEY}${'a:\r\n'.repeat(text.length / 5)}`),
    'in the path': (text) => ask(`GET /v1/orders/${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
    'behind the path': (text) => ask(`POST ${ORDER_PATH}/${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
    'in the path of a webhook': (text) => ask(`POST /webhooks/${inPath(text)} HTTP/1.1\r\nHost: x\r\n`),
    'in the query of a read': (text) => ask(`GET ${ORDER_PATH}?wait=${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
    ...Object.fromEntries(
      ['merchant_id', 'reference', 'status', 'attention', 'limit', 'cursor', 'x'].map((name) => [
        `in the parameter ${name}`,
        (text: string) => ask(`GET /v1/orders?${name}=${inPath(text)} HTTP/1.1\r\nHost: x\r\n${KEY}`),
      ]),
    ),
  };
  for (const [where, request] of Object.entries(REQUESTS)) {
    it(`grows as what is written ${where}`, async () => {
      for (const [input, write] of Object.entries(WORST)) {
        const found = await growth((length) => request(write(length)), LONGEST, LONGEST);
        assert.ok(isLinear(found), `${input}: ${found.toFixed(1)} times for eight times the length`);
      }
    });
  }
});
