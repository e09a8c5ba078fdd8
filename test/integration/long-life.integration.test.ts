// An order with a history longer than Temporal likes continues in a new run, and nobody outside notices.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, smsSent } from '../support/waits.ts';

const EVENTS_BEFORE_CONTINUING = 60;
const WEBHOOKS = 60;

describe('an order that hears the same over and over', () => {
  let service: Service;
  before(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': EVENTS_BEFORE_CONTINUING };
    service = await startService({ dynamicConfig });
  });
  after(() => service.close());

  it('takes every webhook that comes in the moment in which it continues', async () => {
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    const { runId } = await service.client.workflow.getHandle(id).describe();
    // Temporal refuses signals while a run closes: a webhook that then waits for too long throws.
    for (let times = 0; times < 6 * WEBHOOKS; times += 1)
      await service.orders.webhook('merchant_1', reference, {
        event: 'order/account_in_debt',
        event_id: 'n',
        kind: 'note',
      });
    assert.notEqual((await service.client.workflow.getHandle(id).describe()).runId, runId);
    await service.orders.webhook('merchant_1', reference, { event: 'confirmed', event_id: '1', kind: 'confirm' });
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
  });

  it('continues as new where it was: same order, same deadline, no second effect', async () => {
    const { id, reference } = await service.place();
    const sent = await service.see(id, 'the SMS', smsSent);
    const { runId } = await service.client.workflow.getHandle(id).describe();
    const debt = { event: 'order/account_in_debt', event_id: 'again', kind: 'note' } as const;
    for (let times = 0; times < WEBHOOKS; times += 1) await service.orders.webhook('merchant_1', reference, debt);
    const repeats = ({ timeline }: typeof sent) => timeline.filter(({ event }) => event === 'webhook_duplicate').length;
    const heard = await service.see(id, 'every repeat', (order) => repeats(order) === WEBHOOKS - 1);
    assert.notEqual((await service.client.workflow.getHandle(id).describe()).runId, runId);
    assert.deepEqual([heard.status, heard.confirm_by], ['awaiting_customer', sent.confirm_by]);
    assert.equal((await service.orders.sendSms(id, null))?.outcome, 'sent');

    await service.orders.webhook('merchant_1', reference, { event: 'confirmed', event_id: '1', kind: 'confirm' });
    const end = await service.see(id, 'the end', closed);
    assert.equal(end.status, 'confirmed');
    const [order, ...others] = service.simulator.ledger.orders(reference);
    assert.deepEqual([order?.sms.length, others.length], [2, 0]);
    await service.pass(2_000);
    const { data } = await service.orders.list({ merchantIds: ['merchant_1'], limit: 10 });
    assert.equal(data.filter((listed) => listed.id === id).length, 1);
  });
});
