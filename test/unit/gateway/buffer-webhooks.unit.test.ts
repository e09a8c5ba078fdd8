// Webhooks that wait in the process for Temporal.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TemporalUnavailableError } from '../../../src/gateway/errors.ts';
import { bufferWebhooks } from '../../../src/gateway/buffer-webhooks.ts';
import type { Orders } from '../../../src/gateway/orders.ts';
import { until } from '../../support/waits.ts';

const EVENT = { event: 'order/confirmed', event_id: 'c' };
const away = () => Promise.reject(new TemporalUnavailableError('away'));

function buffering(webhook: Orders['webhook'], limits?: { bytes: number; count: number }) {
  const dropped: string[] = [];
  const { orders, buffer } = bufferWebhooks(
    { webhook } as Orders,
    (merchantId) => void dropped.push(merchantId),
    limits,
  );
  const send = (merchantId: string, reference: string) => assert.rejects(orders.webhook(merchantId, reference, EVENT));
  return { buffer, dropped, send };
}

describe('a buffered webhook', () => {
  it('that cannot be handed over keeps back no other', async () => {
    const taken: string[] = [];
    let isAway = true;
    const { buffer, send } = buffering((_merchantId, reference) => {
      if (isAway || reference === 'never') return away();
      taken.push(reference);
      return Promise.resolve('signalled');
    });
    for (const reference of ['never', 'first', 'second', 'second']) await send('merchant_1', reference);
    assert.equal(buffer.count(), 3);
    isAway = false;
    await until('the others', () => buffer.count() === 1);
    assert.deepEqual(taken, ['first', 'second']);
    buffer.stop();
  });

  it('of a merchant with few is handed over before the rest of a merchant with many', async () => {
    const taken: string[] = [];
    let isAway = true;
    const { buffer, send } = buffering((merchantId) => {
      if (isAway) return away();
      taken.push(merchantId);
      return Promise.resolve('signalled');
    });
    for (let number = 0; number < 30; number += 1) await send('many', String(number));
    await send('few', '1');
    isAway = false;
    await until('all', () => buffer.count() === 0);
    assert.ok(taken.indexOf('few') <= 1, String(taken.indexOf('few')));
    assert.equal(taken.length, 31);
    assert.equal(buffer.bytes(), 0);
  });

  it('is never pushed out by a merchant who holds more, whatever comes, within the limits', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 300 })), { maxLength: 60 }),
        fc.integer({ min: 1_000, max: 20_000 }),
        fc.integer({ min: 1, max: 40 }),
        async (webhooks, bytes, count) => {
          const { buffer, dropped, send } = buffering(away, { bytes, count });
          const sent = new Set<string>();
          for (const [merchantId, reference] of webhooks) {
            await send(merchantId, reference);
            sent.add(JSON.stringify([merchantId, reference]));
            assert.ok(buffer.bytes() <= bytes && buffer.count() <= count);
          }
          assert.ok(buffer.count() + dropped.length >= sent.size);
          buffer.stop();
        },
      ),
      { numRuns: 50 },
    ));

  it('stays, where another merchant floods', async () => {
    const { buffer, dropped, send } = buffering(away, { bytes: 20_000, count: 1_000 });
    await send('modest', 'pos_1');
    for (let number = 0; number < 100; number += 1) await send('greedy', `flood ${number}`);
    assert.ok(dropped.length > 50);
    assert.deepEqual(new Set(dropped), new Set(['greedy']));
    for (let number = 2; number < 8; number += 1) await send('modest', `pos_${number}`);
    assert.deepEqual(new Set(dropped), new Set(['greedy']));
    assert.ok(buffer.bytes() <= 20_000);
    buffer.stop();
  });

  it('has a reference that an order could have: any other is left to seQura’s repeats', async () => {
    const { buffer, dropped, send } = buffering(away);
    await send('merchant_1', 'x'.repeat(16_000));
    assert.equal(buffer.count(), 0);
    assert.deepEqual(dropped, ['merchant_1']);
    await send('merchant_1', ' pos_1234\r\n');
    assert.equal(buffer.count(), 1);
    buffer.stop();
  });
});
