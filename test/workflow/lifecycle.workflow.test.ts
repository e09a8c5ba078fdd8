// Orders in which much time passes, on the time-skipping server with a real provider on a socket.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { confirmation } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent } from '../support/waits.ts';

const DAY_MS = 86_400_000;

describe('an order over time', () => {
  let service: Service;
  before(async () => (service = await startService({ temporal: 'time-skipping' })));
  after(() => service.close());

  it('expires after a day without an answer, cancelled at seQura first', async () => {
    const { id, reference } = await service.place();
    const sent = await service.see(id, 'the SMS', smsSent);
    const waitMs = Date.parse(sent.confirm_by ?? '') - Date.parse(sent.timeline[1]?.at ?? '');
    assert.equal(waitMs, DAY_MS);
    await service.pass(DAY_MS + 60_000);
    const order = await service.see(id, 'the end', closed);
    assert.equal(order.status, 'expired');
    assert.deepEqual(
      service.simulator.ledger.orders(reference).map(({ status }) => status),
      ['cancelled'],
    );
    assert.ok(Date.parse(order.closed_at ?? '') >= Date.parse(order.confirm_by ?? ''));
  });

  it('is confirmed by a webhook just before the deadline, and never cancelled', async () => {
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    await service.pass(DAY_MS - 60_000);
    await service.orders.webhook('merchant_1', reference, confirmation);
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
    await service.pass(DAY_MS);
    assert.deepEqual(service.simulator.ledger.calls(reference, 'cancel'), []);
  });

  it('tries a create again while seQura refuses connections, and gives up after the window', async () => {
    await service.simulator.goOffline();
    const { id, reference } = await service.place({ policy: { createRetrySeconds: 60 } });
    await service.pass(90_000);
    const order = await service.see(id, 'the end', closed);
    await service.simulator.goOnline();
    assert.deepEqual([order.status, order.failure?.code], ['failed', 'unreachable']);
    assert.deepEqual(service.simulator.ledger.orders(reference), []);
  });

  it('waits as long as Retry-After says before it creates', async () => {
    const reference = 'slow down';
    service.simulator.faults.set(reference, 'create', { kind: 'rate_limited', retry_after: '120' });
    const { id } = await service.place({ request: { reference } });
    await service.pass(130_000);
    const order = await service.see(id, 'the SMS', smsSent);
    assert.equal(service.simulator.ledger.hits(reference, 'create', 'rate_limited'), 1);
    const [accepted, created] = order.timeline;
    assert.ok(Date.parse(created?.at ?? '') - Date.parse(accepted?.at ?? '') >= 120_000);
  });

  it('waits for a confirmation that explains a refused cancel, then asks an operator', async () => {
    const reference = 'not cancellable';
    service.simulator.faults.set(reference, 'cancel', { kind: 'refuse', status: 422 });
    const { id } = await service.place({ request: { reference } });
    await service.see(id, 'the SMS', smsSent);
    await service.pass(DAY_MS + 1_000);
    await service.pass(600_000 + 1_000);
    const order = await service.see(id, 'the attention', asksHuman);
    assert.deepEqual([order.status, order.attention?.reason], ['cancelling', 'cancel_refused']);
    await service.orders.webhook('merchant_1', reference, confirmation);
    const end = await service.see(id, 'the end', closed);
    assert.deepEqual([end.status, end.attention], ['confirmed', null]);
  });

  const HOUR_MS = 3_600_000;
  const REMIND = { smsReminderAfterSeconds: 3_600 };
  const smsOf = (reference: string) => service.simulator.ledger.orders(reference)[0]?.sms.length;

  it('sends the link once more after a silence, and never again', async () => {
    const { id, reference } = await service.place({ policy: REMIND });
    const { sms } = await service.see(id, 'the SMS', smsSent);
    await service.pass(HOUR_MS + 1_000);
    const order = await service.see(id, 'the reminder', (seen) => seen.sms.sent === 2);
    assert.deepEqual(
      order.timeline.map(({ event }) => event),
      ['accepted', 'created', 'sms_sent', 'sms_sent'],
    );
    const gapMs = Date.parse(order.sms.last_sent_at ?? '') - Date.parse(sms.last_sent_at ?? '');
    assert.ok(gapMs >= HOUR_MS && gapMs < HOUR_MS + 60_000, `${gapMs} ms`);
    await service.pass(DAY_MS);
    assert.equal((await service.see(id, 'the end', closed)).status, 'expired');
    assert.equal(smsOf(reference), 2);
  });

  it('sends no reminder to who has signed, nor in the last tenth of a short time', async () => {
    const signed = await service.place({ policy: REMIND });
    await service.see(signed.id, 'the SMS', smsSent);
    await service.orders.webhook('merchant_1', signed.reference, confirmation);
    const hasty = await service.place({ policy: { ...REMIND, confirmWithinSeconds: 3_900 } });
    await service.see(hasty.id, 'the SMS', smsSent);
    await service.pass(2 * HOUR_MS);
    assert.equal((await service.see(signed.id, 'the end', closed)).status, 'confirmed');
    assert.equal((await service.see(hasty.id, 'the end', closed)).status, 'expired');
    assert.deepEqual([smsOf(signed.reference), smsOf(hasty.reference)], [1, 1]);
  });

  it('says so when a cancel is overdue, and goes on trying until seQura answers', async () => {
    const reference = 'no answer';
    service.simulator.faults.set(reference, 'cancel', { kind: 'http_503', times: null });
    const { id } = await service.place({ request: { reference }, policy: { cancelOverdueSeconds: 1_800 } });
    await service.see(id, 'the SMS', smsSent);
    await service.pass(DAY_MS + 1_800_000 + 60_000);
    const overdue = await service.see(id, 'the attention', asksHuman);
    assert.deepEqual([overdue.status, overdue.attention?.reason], ['cancelling', 'cancel_overdue']);
    assert.ok(service.simulator.ledger.hits(reference, 'cancel', 'http_503') > 3);
    service.simulator.faults.clear({ reference });
    await service.pass(61_000);
    const end = await service.see(id, 'the end', closed);
    assert.deepEqual([end.status, end.attention], ['expired', null]);
  });
});
