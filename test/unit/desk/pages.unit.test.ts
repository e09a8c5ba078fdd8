// What the desk writes into its pages: nothing that an order carries becomes markup, and a reader's page has no customer in it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Html } from '../../../src/admin/html.ts';
import { htmlText } from '../../../src/admin/html.ts';
import { homePage } from '../../../src/desk/home.ts';
import { listPage } from '../../../src/desk/list.ts';
import { isOfAge, oldestFirst } from '../../../src/desk/needs.ts';
import { orderPage } from '../../../src/desk/order.ts';
import { foundPage, searchesFor } from '../../../src/desk/search.ts';
import type { Order } from '../../../src/order/order.ts';
import { orderView } from '../../../src/order/view.ts';
import { PERSON } from '../../support/canaries.ts';
import { after, awaiting, happen, newOrder, orderRequest } from '../../support/orders.ts';

const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;
const NO_LINKS = { temporalUiUrl: null, docsUrl: null, namespace: 'default' };

function hostile(): Order {
  const asking = after(newOrder(), happen.createStarted, happen.createUnknown);
  const named = { reference: MARKUP, storeRef: MARKUP, merchantId: MARKUP, currency: MARKUP, sequraOrderId: MARKUP };
  return { ...asking, ...named, id: `order:merchant_1:${encodeURIComponent(MARKUP)}` };
}

function assertTame(page: Html): void {
  const text = htmlText(page);
  assert.ok(text.includes('&lt;script&gt;'), 'it is shown');
  assert.doesNotMatch(text, /<script|<img|onerror=alert\(1\)>|alert\(1\)<\/script>/);
}

describe('a page of the desk', () => {
  const order = hostile();
  const chosen = { orders: [orderView(order)], unreadable: [MARKUP], isAll: true };

  it('shows the markup of an order as text', () => {
    assertTame(homePage({ asking: chosen, late: 0, stuck: 0, nearMisses: 0, untold: 0 }, NO_LINKS));
    assertTame(listPage({ name: 'attention', page: 1, mayAnswer: true }, chosen));
    assertTame(foundPage(chosen));
    const customer = orderRequest({ given_names: MARKUP, surnames: MARKUP, nin: MARKUP, operator_ref: MARKUP });
    const story = { lines: [{ at: order.createdAt, what: MARKUP }], customer };
    for (const isRevealed of [true, false])
      assertTame(orderPage({ order, story, links: NO_LINKS, isRevealed, mayAct: true, errand: null }));
  });

  it('has boxes to tick and answers for an operator, and none for a reader', () => {
    const page = (mayAnswer: boolean) => htmlText(listPage({ name: 'attention', page: 1, mayAnswer }, chosen));
    assert.match(page(true), /type="checkbox".*value="dismiss"/s);
    assert.doesNotMatch(page(false), /<form|<input|<button/);
  });

  it('has the customer only where somebody may see it, and asked', () => {
    const story = { lines: [], customer: orderRequest(PERSON) };
    const page = (isRevealed: boolean, mayAct: boolean) =>
      htmlText(orderPage({ order: awaiting(), story, links: NO_LINKS, isRevealed, mayAct, errand: null }));
    for (const value of [PERSON.given_names, PERSON.surnames, PERSON.mobile_phone, PERSON.nin, PERSON.operator_ref]) {
      assert.ok(page(true, true).includes(value), value);
      assert.ok(!page(false, true).includes(value), value);
    }
    assert.ok(page(false, true).includes('Show the customer'));
    assert.equal(page(false, false).includes('<button'), false, 'a reader has nothing to press');
    for (const isRevealed of [true, false])
      for (const value of [...Object.values(PERSON), '•••', '<dt>Name'])
        assert.ok(!page(isRevealed, false).includes(value), `a reader sees ${value}`);
  });
});

describe('what somebody types to find an order', () => {
  const kinds = (words: string, ofPersons = true) =>
    searchesFor(words, ofPersons).map(({ reference, sequraOrderId, person }) =>
      reference !== undefined ? 'reference' : sequraOrderId !== undefined ? 'number' : person?.what,
    );

  for (const [words, expected] of [
    ['pos_1234', ['reference', 'number']],
    ['any text ✓', ['reference']],
    ['287007550690', ['reference', 'number', 'document']],
    ['+34 666 12 34 56', ['reference', 'phone']],
    ['666123456', ['reference', 'number', 'phone', 'document']],
    ['12345678-Z', ['reference', 'number', 'document']],
    ['x'.repeat(300), []],
  ] as const)
    it(`may be ${expected.join(', ') || 'nothing'}: ${words.slice(0, 20)}`, () => {
      assert.deepEqual(kinds(words), expected);
      const isOfOrders = (kind: string) => kind === 'reference' || kind === 'number';
      assert.deepEqual(kinds(words, false), expected.filter(isOfOrders), 'a reader asks for nobody');
    });
});

describe('a list', () => {
  const NOW = Date.parse('2026-11-22T10:00:00Z');
  const ago = (ms: number) => new Date(NOW - ms).toISOString();
  const view = (since: string) => {
    const one = orderView(after(newOrder(), happen.createStarted, happen.createUnknown));
    return { ...one, attention: { reason: 'create_outcome_unknown' as const, since } };
  };

  it('has each order in exactly one age', () => {
    for (const [ms, name] of [
      [-5_000, 'new'],
      [3_599_999, 'new'],
      [3_600_000, 'day'],
      [86_399_999, 'day'],
      [86_400_000, 'old'],
    ] as const) {
      const ages = (['new', 'day', 'old'] as const).filter((age) => isOfAge(ago(ms), age, NOW));
      assert.deepEqual(ages, [name], String(ms));
    }
  });

  it('has the oldest question first', () => {
    const orders = [view(ago(1)), view(ago(3)), view(ago(2))];
    assert.deepEqual(
      oldestFirst(orders, 'attention').map(({ attention }) => attention?.since),
      [ago(3), ago(2), ago(1)],
    );
  });
});
