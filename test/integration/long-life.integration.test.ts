// An order with a history longer than Temporal likes continues in a new run, and nobody outside notices.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Stack } from '../support/stack.ts';
import { startDevServerStack } from '../support/stack.ts';
import { closed, smsSent } from '../support/waits.ts';

const EVENTS_BEFORE_CONTINUING = 60;
const WEBHOOKS = 60;

describe('an order that hears the same over and over', () => {
  let stack: Stack;
  before(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': EVENTS_BEFORE_CONTINUING };
    stack = await startDevServerStack({ dynamicConfig });
  });
  after(() => stack.close());

  it('takes every webhook that comes in the moment in which it continues', async () => {
    const { id, reference } = await stack.place();
    await stack.see(id, 'the SMS', smsSent);
    const { runId } = await stack.client.workflow.getHandle(id).describe();
    // Temporal refuses signals while a run closes: a webhook that then waits for too long throws.
    for (let times = 0; times < 6 * WEBHOOKS; times += 1)
      await stack.orders.webhook('merchant_1', reference, {
        event: 'order/account_in_debt',
        event_id: 'n',
        kind: 'note',
      });
    assert.notEqual((await stack.client.workflow.getHandle(id).describe()).runId, runId);
    await stack.orders.webhook('merchant_1', reference, { event: 'confirmed', event_id: '1', kind: 'confirm' });
    assert.equal((await stack.see(id, 'the end', closed)).status, 'confirmed');
  });

  it('continues as new where it was: same order, same deadline, no second effect', async () => {
    const { id, reference } = await stack.place();
    const sent = await stack.see(id, 'the SMS', smsSent);
    const { runId } = await stack.client.workflow.getHandle(id).describe();
    const debt = { event: 'order/account_in_debt', event_id: 'again', kind: 'note' } as const;
    for (let times = 0; times < WEBHOOKS; times += 1) await stack.orders.webhook('merchant_1', reference, debt);
    const repeats = ({ timeline }: typeof sent) => timeline.filter(({ event }) => event === 'webhook_duplicate').length;
    const heard = await stack.see(id, 'every repeat', (order) => repeats(order) === WEBHOOKS - 1);
    assert.notEqual((await stack.client.workflow.getHandle(id).describe()).runId, runId);
    assert.deepEqual([heard.status, heard.confirm_by], ['awaiting_customer', sent.confirm_by]);
    assert.equal((await stack.orders.sendSms(id, null))?.outcome, 'sent');

    await stack.orders.webhook('merchant_1', reference, { event: 'confirmed', event_id: '1', kind: 'confirm' });
    const end = await stack.see(id, 'the end', closed);
    assert.equal(end.status, 'confirmed');
    const [order, ...others] = stack.simulator.ledger.orders(reference);
    assert.deepEqual([order?.sms.length, others.length], [2, 0]);
    await stack.pass(2_000);
    const { data } = await stack.orders.list({ merchantIds: ['merchant_1'], limit: 10 });
    assert.equal(data.filter((listed) => listed.id === id).length, 1);
  });
});
