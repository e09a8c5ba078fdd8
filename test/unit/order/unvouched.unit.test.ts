// Who is believed: what our processes wrote for this order, and of what people typed only what is surely meant for it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { acceptOrder, orderOf } from '../../../src/order/order.ts';
import { readSignal } from '../../../src/order/read-messages.ts';
import type { Opened } from '../../../src/order/unvouched.ts';
import { distrust, ofBefore, opened, ownValue, unvouched } from '../../../src/order/unvouched.ts';
import { orderPolicy, orderRequest } from '../../support/orders.ts';

const AT = '2026-11-25T12:00:00.000Z';
const MINUTE_MS = 60_000;
const order = acceptOrder(orderRequest(), orderPolicy(), 'EUR', AT);
const trusting = { ...order, policy: { ...order.policy, trustPlain: true } };

const typed = (value: unknown, ageMs = 0): Opened => ({
  how: 'typed',
  value,
  typedAt: new Date(Date.parse(AT) - ageMs).toISOString(),
});
const plain = (value: unknown): Opened => ({ how: 'plain', value, typedAt: '' });

describe('what a payload says of itself', () => {
  it('comes back from its mark, and a mark is never taken for a value of ours', () =>
    fc.assert(
      fc.property(fc.constantFrom('plain', 'typed', 'unbound'), fc.jsonValue(), (how, value) => {
        const marked = JSON.parse(JSON.stringify(unvouched(how, value, AT))) as unknown;
        assert.deepEqual(opened(marked), { how, value: JSON.parse(JSON.stringify(value)), typedAt: AT });
        assert.equal(ownValue(marked) === undefined, how !== 'unbound');
      }),
    ));
});

describe('what was started before payloads were bound', () => {
  it('is believed where it is as old, and nothing else is unwrapped', () => {
    const value = { event: 'order/confirmed' };
    assert.equal(ofBefore(unvouched('unbound', value)), value);
    assert.equal(ofBefore(value), value);
    assert.equal(ofBefore(undefined), undefined);
    const typed = unvouched('typed', value, AT);
    assert.equal(ofBefore(typed), typed);
    assert.deepEqual(opened(value), { how: 'vouched', value, typedAt: '' });
    assert.deepEqual(opened({ unvouched: 'plain', typed_at: 7, value }), { how: 'plain', value, typedAt: '' });
  });
});

describe('a message to an order', () => {
  const value = fc.oneof(fc.jsonValue(), fc.constant({ event: 'order/confirmed' }));

  it('is believed where a process of ours wrote it for this order', () =>
    fc.assert(
      fc.property(value, (given) => distrust({ how: 'vouched', value: given, typedAt: '' }, order, AT) === null),
    ));

  it('is not believed in plain, unless the order’s policy says so', () =>
    fc.assert(
      fc.property(value, (given) => {
        assert.notEqual(distrust(plain(given), order, AT), null);
        const { id } = (given ?? {}) as { id?: unknown };
        if (id === undefined) assert.equal(distrust(plain(given), trusting, AT), null);
      }),
    ));

  it('is never believed where it names another order', () => {
    for (const to of [order, trusting]) {
      for (const given of [typed({ id: 'order:merchant_1:other' }), plain({ id: 7 })])
        assert.equal(distrust(given, to, AT), 'typed for another order');
    }
  });

  it('is believed as typed for a quarter of an hour, or for good where it names this order', () =>
    fc.assert(
      fc.property(fc.integer({ min: -60, max: 60 }), (minutes) => {
        const why = distrust(typed({ event: 'order/confirmed' }, minutes * MINUTE_MS), order, AT);
        assert.equal(why, Math.abs(minutes) <= 15 ? null : 'typed too long ago');
        assert.equal(distrust(typed({ id: order.id }, minutes * MINUTE_MS), order, AT), null);
      }),
    ));

  it('is not believed where it is older than the order’s bonds, or has no time', () => {
    assert.notEqual(distrust({ how: 'unbound', value: {}, typedAt: '' }, trusting, AT), null);
    assert.equal(distrust({ how: 'typed', value: {}, typedAt: 'soon' }, order, AT), 'typed too long ago');
  });

  it('asks a human as a signal that is not believed, and never confirms', () => {
    const signal = readSignal(unvouched('plain', { event: 'order/confirmed', kind: 'confirm' }), order, AT);
    assert.deepEqual(signal, { event: '(typed without the codec)', kind: 'unknown' });
  });
});

describe('an order under an id', () => {
  it('is the one that says throughout that it is of this id', () => {
    assert.equal(orderOf(order.id, order), order);
    for (const other of [
      { ...order, id: 'order:merchant_1:other' },
      { ...order, merchantId: 'merchant_2' },
      { ...order, reference: 'other' },
      null,
      undefined,
      'order',
      {},
      [],
      { id: order.id },
    ]) {
      assert.equal(orderOf(order.id, other), null);
    }
  });
});
