// An operator in the Temporal UI's own pages: reads an order in clear, and repairs it with the buttons and forms that are there.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { asksHuman, closed, smsSent } from '../support/waits.ts';
import { skipWithoutChromium } from './browser.ts';
import type { Operator } from './operator.ts';
import { startOperator } from './operator.ts';

describe('an operator in the Temporal UI', { ...skipWithoutChromium(), timeout: 240_000 }, () => {
  let operator: Operator;
  let service: Service;
  let page: Page;
  before(async () => {
    operator = await startOperator();
    ({ service, page } = operator);
  });
  after(() => operator?.close());

  test('reads in words what the order waits for, and its payloads in clear', async () => {
    const { id } = await service.place({ request: { reference: 'in-words' } });
    await service.see(id, 'the SMS', smsSent);
    await operator.open(id);
    await page.getByText('Create 250.00 EUR at seQura').waitFor();
    await page.getByText('"merchant_1"').first().waitFor();
    await page.getByText('User Metadata').click();
    await operator.reads('in-words · 250.00 EUR · merchant_1 / store_1');
    await operator.reads('waits for the customer');
    await operator.open(id, 'metadata');
    await page.getByText('"awaiting_customer"').first().waitFor();
  });

  test('says what an event means that no rule knows, and answers the attention, both typed in plain JSON', async () => {
    const reference = 'typed';
    service.simulator.faults.set(reference, 'webhook', { kind: 'other_event', event: 'order/accepted' });
    const { id } = await service.place({ request: { reference } });
    await service.see(id, 'the SMS', smsSent);
    service.simulator.confirm(reference);
    const odd = await service.see(id, 'the attention', asksHuman);
    assert.equal(odd.attention?.reason, 'unrecognised_event');
    await operator.open(id, 'user-metadata');
    await operator.reads('Noted: order/accepted.');
    const meant = { event: 'order/accepted', kind: 'confirm' };
    await operator.send('Send a Signal', 'sequra_event', meant);
    await service.see(id, 'the end', ({ status }) => status === 'confirmed');
    await operator.send('Send an Update', 'resolve', resolution('dismiss'));
    const end = await service.see(id, 'the answer', ({ attention }) => attention === null);
    assert.equal(end.timeline.at(-1)?.event, 'resolved');
  });

  test('sees in the line of a create what was answered before it', async () => {
    service.simulator.faults.set('red', 'create', { kind: 'cut_body' });
    const { id } = await service.place({ request: { reference: 'red' } });
    await service.see(id, 'the attention', asksHuman);
    await service.api.act(id, 'resolve', resolution('retry'));
    await service.see(id, 'the SMS', smsSent);
    await operator.open(id);
    await page.getByText('Create 250.00 EUR at seQura · answered: retry').waitFor();
  });

  test('has the link sent to another number, once it is written as one', async () => {
    const { id, reference } = await service.place({ request: { reference: 'number' } });
    await service.see(id, 'the SMS', smsSent);
    await operator.open(id);
    await operator.send('Send an Update', 'send_sms', { mobile_phone: '687 654 321' });
    await operator.isRefused('mobile_phone must be written as E.164, such as +34666123456.');
    await operator.send('Send an Update', 'send_sms', { mobile_phone: '+34687654321' });
    await service.see(id, 'the other SMS', ({ sms }) => sms.sent === 2);
    assert.equal(service.simulator.ledger.orders(reference)[0]?.sms.at(-1)?.phone, '+34687654321');
  });

  test('resets an order that was terminated by mistake: it goes on where it was', async () => {
    const { id, reference } = await service.place({ request: { reference: 'reset' } });
    const before = await service.see(id, 'the SMS', smsSent);
    await operator.open(id);
    await operator.terminate('by mistake');
    await service.see(id, 'the stop', ({ attention }) => attention?.reason === 'workflow_stopped');
    await operator.reset();
    const after = await service.see(id, 'it knows again', (order) => order.attention === null && order.sms.sent === 1);
    assert.deepEqual({ ...after, revision: 0 }, { ...before, revision: 0 });
    await operator.open(id);
    await operator.reads('What the order knew before it was reset');
    service.simulator.confirm(reference);
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
    assert.equal(service.simulator.ledger.calls(reference).length, 2);
  });

  test('cancels the order at seQura with Request Cancellation', async () => {
    const { id, reference } = await service.place({ request: { reference: 'button' } });
    await service.see(id, 'the SMS', smsSent);
    await operator.open(id);
    await page.getByRole('button', { name: 'Request Cancellation' }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    assert.equal((await service.see(id, 'the end', closed)).status, 'cancelled');
    assert.equal(service.simulator.ledger.orders(reference)[0]?.status, 'cancelled');
  });
});
