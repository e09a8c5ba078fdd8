// Webhooks that wait in the process for Temporal.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { TemporalUnavailableError } from '../../src/temporal/errors.ts';
import { holdingWebhooks } from '../../src/temporal/held-webhooks.ts';
import type { Orders } from '../../src/temporal/orders.ts';
import { until } from '../until.ts';

it('a held webhook that cannot be handed over keeps back no other', async () => {
  const taken: string[] = [];
  let isAway = true;
  const webhook: Orders['webhook'] = (_merchantId, reference) => {
    if (isAway || reference === 'never') return Promise.reject(new TemporalUnavailableError('away'));
    taken.push(reference);
    return Promise.resolve('signalled');
  };
  const { orders, held } = holdingWebhooks({ webhook } as Orders);
  for (const reference of ['never', 'first', 'second', 'second'])
    await assert.rejects(orders.webhook('merchant_1', reference, { event: 'order/confirmed', event_id: 'c' }));
  assert.equal(held.count(), 3);
  isAway = false;
  await until('the others', () => held.count() === 1);
  assert.deepEqual(taken, ['first', 'second']);
  held.stop();
});
