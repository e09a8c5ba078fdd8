// Whatever a caller writes into a header, a parameter, a path or a field is read in linear time.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { accepts } from '../../../src/api/http/accept.ts';
import { presentedKey } from '../../../src/api/http/auth.ts';
import { matchesEtag } from '../../../src/api/http/etag.ts';
import { parametrised } from '../../../src/api/http/header-values.ts';
import { exceeds, repeatsName } from '../../../src/api/http/json.ts';
import { orderBody } from '../../../src/api/schemas/order-body.ts';
import { preferredWaitSeconds } from '../../../src/api/http/prefer.ts';
import { readQuery } from '../../../src/api/http/query.ts';
import { resolveBody } from '../../../src/api/routes/resolve-order.ts';
import { readWebhook } from '../../../src/api/schemas/webhook-body.ts';
import { parseOrderId } from '../../../src/order/ids.ts';
import { EXAMPLE_REQUEST } from '../../../src/order/example.ts';
import { anOrderView, TODAY } from '../../support/api-fixtures.ts';
import { growth, isLinear, WORST } from '../../support/growth.ts';
import { anApiKey } from '../../support/merchants.ts';

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
  READERS[`field ${path}`] = (text) => body.safeParse(withField(EXAMPLE_REQUEST, path.split('.'), text));
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
