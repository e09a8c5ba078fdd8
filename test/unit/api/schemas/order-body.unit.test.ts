// The body of an order: what is taken, what is refused, and where each mistake is said to be.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { orderBody } from '../../../../src/api/schemas/order-body.ts';
import { Problem } from '../../../../src/api/http/problem.ts';
import type { FieldErrorCode } from '../../../../src/api/http/validation.ts';
import type { FieldError } from '../../../../src/api/schemas/problem.ts';
import { validated } from '../../../../src/api/http/validation.ts';
import { EXAMPLE_REQUEST } from '../../../../src/order/example.ts';
import { TODAY } from '../../../support/api-fixtures.ts';

const SCHEMA = orderBody({ country: 'ES', ninChecksum: 'warn', clock: () => TODAY });

function mistakes(body: unknown): FieldError[] {
  try {
    validated(SCHEMA, body, 'invalid_body');
    return [];
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error.extras.errors ?? [];
  }
}

/** The example with one place changed; undefined takes the field away. */
function withValue(pointer: string, value: unknown): unknown {
  const body: unknown = structuredClone(EXAMPLE_REQUEST);
  const path = pointer.slice(1).split('/');
  const name = path.pop() ?? '';
  let parent = body as Record<string, unknown>;
  for (const part of path) parent = parent[part] as Record<string, unknown>;
  if (value === undefined) delete parent[name];
  else parent[name] = value;
  return body;
}

function codesOf(errors: FieldError[]): [string, string][] {
  return errors.map(({ pointer, code }) => [pointer, code]);
}

const TEXTS = ['/operator_ref', '/given_names', '/surnames', '/address', '/city', '/cart_items/0/name'];
const LONG_TEXT = 'ñ'.repeat(256);

const WRONG: [pointer: string, value: unknown, code: FieldErrorCode][] = [
  ...[...TEXTS, '/cart_items/0/reference'].flatMap((pointer): [string, unknown, FieldErrorCode][] => [
    [pointer, '', 'too_short'],
    [pointer, ' \u00A0 ', 'blank'],
    [pointer, LONG_TEXT, 'too_long'],
    [pointer, 'a\u0000b', 'invalid_characters'],
    [pointer, 'a\u0085b', 'invalid_characters'],
    [pointer, 'a\uD800b', 'invalid_characters'],
  ]),
  ...['/merchant/id', '/merchant/store_ref', '/reference'].map((pointer): [string, unknown, FieldErrorCode] => [
    pointer,
    'x'.repeat(65),
    'too_long',
  ]),
  ...[...TEXTS, '/merchant/store_ref', '/reference', '/mobile_phone', '/date_of_birth', '/nin', '/postal_code'].flatMap(
    (pointer): [string, unknown, FieldErrorCode][] => [
      [pointer, undefined, 'required'],
      [pointer, null, 'invalid_type'],
      [pointer, 17, 'invalid_type'],
      [pointer, ['x'], 'invalid_type'],
    ],
  ),
  ['/merchant', 'merchant_1', 'invalid_type'],
  ['/merchant/id', undefined, 'required'],
  ['/merchant/id', 7, 'invalid_type'],
  ['/reference', 'a\nb', 'invalid_characters'],
  ['/reference', '\uDC00', 'invalid_characters'],
  ['/mobile_phone', '', 'too_short'],
  ['/mobile_phone', '934000000', 'invalid_phone'],
  ['/mobile_phone', '+3466612345', 'invalid_phone'],
  ['/mobile_phone', 'call 666123456', 'invalid_phone'],
  ['/mobile_phone', '666123456 ext 5', 'invalid_phone'],
  ['/date_of_birth', '1990-1-1', 'invalid_date'],
  ['/date_of_birth', '1990-02-29', 'invalid_date'],
  ['/date_of_birth', '1990-13-01', 'invalid_date'],
  ['/date_of_birth', '1899-12-31', 'invalid_date'],
  ['/date_of_birth', '1990-01-01T00:00:00Z', 'invalid_date'],
  ['/date_of_birth', '2008-11-23', 'not_adult'],
  ['/date_of_birth', '2030-01-01', 'not_adult'],
  ['/nin', '123456789', 'invalid_nin'],
  ['/nin', '1234567A', 'invalid_nin'],
  ['/nin', 'A12345678', 'invalid_nin'],
  ['/postal_code', '', 'too_short'],
  ['/postal_code', '  ', 'blank'],
  ['/postal_code', '08001!', 'invalid_format'],
  ['/postal_code', '0'.repeat(17), 'invalid_format'],
  ['/cart_items', undefined, 'required'],
  ['/cart_items', [], 'too_short'],
  ['/cart_items', {}, 'invalid_type'],
  ['/cart_items', Array.from({ length: 101 }, () => EXAMPLE_REQUEST.cart_items[0]), 'too_long'],
  ['/cart_items/0', 'x', 'invalid_type'],
  ['/cart_items/0/price_with_tax', -1, 'too_small'],
  ['/cart_items/0/price_with_tax', 100_000_001, 'too_big'],
  ['/cart_items/0/price_with_tax', 1e300, 'too_big'],
  ['/cart_items/0/price_with_tax', Infinity, 'invalid_type'],
  ['/cart_items/0/price_with_tax', 0.5, 'invalid_type'],
  ['/cart_items/0/price_with_tax', '25000', 'invalid_type'],
  ['/cart_items/0/quantity', 0, 'too_small'],
  ['/cart_items/0/quantity', 10_001, 'too_big'],
  ['/cart_items/0/quantity', undefined, 'required'],
  ['/cart_items/0/quantity', true, 'invalid_type'],
  ['/confirm_within_seconds', 59, 'too_small'],
  ['/confirm_within_seconds', 2_592_001, 'too_big'],
  ['/confirm_within_seconds', '60', 'invalid_type'],
  ['/order_id', 1, 'unknown_field'],
  ['/merchant/name', 'x', 'unknown_field'],
  ['/cart_items/0/sku', 'x', 'unknown_field'],
];

describe('the body of an order', () => {
  it("takes the provider's own example as it is", () => {
    const example = { ...EXAMPLE_REQUEST, nin: '12345678A' };
    assert.deepEqual(SCHEMA.parse(example), example);
  });

  it('writes the fields in one order, whatever the order they came in', () => {
    const turned = Object.fromEntries(Object.entries(EXAMPLE_REQUEST).toReversed());
    assert.equal(JSON.stringify(SCHEMA.parse(turned)), JSON.stringify(EXAMPLE_REQUEST));
  });

  for (const [pointer, value, code] of WRONG) {
    it(`says ${code} at ${pointer} for ${(JSON.stringify(value) ?? 'nothing').slice(0, 40)}`, () => {
      assert.deepEqual(codesOf(mistakes(withValue(pointer, value))), [[pointer, code]]);
    });
  }

  const RIGHT: [pointer: string, value: unknown][] = [
    ['/reference', ' '],
    ['/reference', '😀'.repeat(64)],
    ['/given_names', 'ñ'.repeat(255)],
    ['/date_of_birth', '2008-11-22'],
    ['/date_of_birth', '2000-02-29'],
    ['/nin', '12345678Z'],
    ['/nin', 'X1234567L'],
    ['/postal_code', 'SW1A 1AA'],
    ['/cart_items/0/price_with_tax', 1],
    ['/cart_items/0/quantity', 10_000],
    ['/cart_items', Array.from({ length: 100 }, () => EXAMPLE_REQUEST.cart_items[0])],
    ['/confirm_within_seconds', 60],
    ['/confirm_within_seconds', 2_592_000],
  ];
  for (const [pointer, value] of RIGHT) {
    it(`takes ${JSON.stringify(value).slice(0, 40)} at ${pointer}, unchanged`, () => {
      const body = withValue(pointer, value);
      assert.deepEqual(SCHEMA.parse(body), body);
    });
  }

  it('refuses a total of 0, though single items may be free', () => {
    const [item] = EXAMPLE_REQUEST.cart_items;
    const free = { ...item, price_with_tax: 0 };
    assert.deepEqual(codesOf(mistakes(withValue('/cart_items', [free]))), [['/cart_items', 'zero_total']]);
    assert.deepEqual(mistakes(withValue('/cart_items', [free, item])), []);
  });

  it('names all mistakes at once, one per place', () => {
    const body = {
      ...EXAMPLE_REQUEST,
      city: '',
      nin: 'x'.repeat(65),
      merchant: { id: 'merchant_1' },
      cart_items: [{ reference: 'a', name: 'b', price_with_tax: '1', quantity: 0, vat: 1 }],
      extra: true,
    };
    assert.deepEqual(
      new Map(codesOf(mistakes(body))),
      new Map([
        ['/cart_items/0/price_with_tax', 'invalid_type'],
        ['/cart_items/0/quantity', 'too_small'],
        ['/cart_items/0/vat', 'unknown_field'],
        ['/city', 'too_short'],
        ['/extra', 'unknown_field'],
        ['/merchant/store_ref', 'required'],
        ['/nin', 'too_long'],
      ]),
    );
  });

  it('points at the whole body where that is not an object', () => {
    for (const body of [null, 1, 'x', [], true]) {
      assert.deepEqual(codesOf(mistakes(body)), [['', 'invalid_type']]);
    }
  });

  it('finds fields that hide behind the prototype', () => {
    const text = JSON.stringify(EXAMPLE_REQUEST);
    const hidden = JSON.parse(`{"__proto__":{"x":1},"constructor":1,${text.slice(1)}`) as unknown;
    assert.deepEqual(codesOf(mistakes(hidden)), [
      ['/__proto__', 'unknown_field'],
      ['/constructor', 'unknown_field'],
    ]);
    const inherited = JSON.parse('{"__proto__":{"city":"Barcelona"}}') as unknown;
    assert.ok(codesOf(mistakes(inherited)).some(([pointer, code]) => pointer === '/city' && code === 'required'));
  });

  it('cuts and escapes the names of unknown fields', () => {
    const [error] = mistakes({ ...EXAMPLE_REQUEST, [`a/b~c${'😀'.repeat(100)}`]: 1 });
    assert.equal(error?.pointer, `/a~1b~0c${'😀'.repeat(59)}`);
  });

  it('lists at most 100 mistakes', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`field_${index}`, 1]));
    assert.equal(mistakes(many).length, 100);
  });

  it('never throws anything but the problem, and never says a value back', () => {
    const canary = 'CANARY-4711';
    const anything = fc.anything({
      withNullPrototype: true,
      values: [fc.string().map((text) => `${canary}${text}`), fc.integer(), fc.constant(`+34${canary}`)],
    });
    const pointers = WRONG.map(([pointer]) => pointer);
    fc.assert(
      fc.property(fc.constantFrom(...pointers), anything, (pointer, value) => {
        const errors = mistakes(withValue(pointer, value));
        const said = errors.map(({ code, message }) => `${code} ${message}`).join('\n');
        assert.ok(!said.includes(canary), said);
        // A name that the caller made up is the only thing that comes back.
        for (const error of errors) {
          assert.ok(!error.pointer.includes(canary) || error.code === 'unknown_field', error.pointer);
        }
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(anything, (body) => mistakes(body).length > 0));
  });
});
