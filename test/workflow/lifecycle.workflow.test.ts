// Orders in which much time passes, on the time-skipping server with a real provider on a socket.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Stack } from '../support/stack.ts';
import { startTimeSkippingStack } from '../support/stack.ts';
import { closed, heeded, smsSent } from '../support/waits.ts';
import { confirmation } from '../support/orders.ts';

const DAY_MS = 86_400_000;

describe('an order over time', () => {
  let stack: Stack;
  before(async () => (stack = await startTimeSkippingStack()));
  after(() => stack.close());

  it('expires after a day without an answer, cancelled at seQura first', async () => {
    const { id, reference } = await stack.place();
    const sent = await stack.see(id, 'the SMS', smsSent);
    const waitMs = Date.parse(sent.confirm_by ?? '') - Date.parse(sent.timeline[1]?.at ?? '');
    assert.equal(waitMs, DAY_MS);
    await stack.pass(DAY_MS + 60_000);
    const order = await stack.see(id, 'the end', closed);
    assert.equal(order.status, 'expired');
    assert.deepEqual(
      stack.simulator.ledger.orders(reference).map(({ status }) => status),
      ['cancelled'],
    );
    assert.ok(Date.parse(order.closed_at ?? '') >= Date.parse(order.confirm_by ?? ''));
  });

  it('is confirmed by a webhook just before the deadline, and never cancelled', async () => {
    const { id, reference } = await stack.place();
    await stack.see(id, 'the SMS', smsSent);
    await stack.pass(DAY_MS - 60_000);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    assert.equal((await stack.see(id, 'the end', closed)).status, 'confirmed');
    await stack.pass(DAY_MS);
    assert.deepEqual(stack.simulator.ledger.calls(reference, 'cancel'), []);
  });

  it('tries a create again while seQura refuses connections, and gives up after the window', async () => {
    await stack.simulator.goOffline();
    const { id, reference } = await stack.place({ policy: { createRetrySeconds: 60 } });
    await stack.pass(90_000);
    const order = await stack.see(id, 'the end', closed);
    await stack.simulator.goOnline();
    assert.deepEqual([order.status, order.failure?.code], ['failed', 'unreachable']);
    assert.deepEqual(stack.simulator.ledger.orders(reference), []);
  });

  it('waits as long as Retry-After says before it creates', async () => {
    const reference = 'slow down';
    stack.simulator.faults.set(reference, 'create', { kind: 'rate_limited', retry_after: '120' });
    const { id } = await stack.place({ request: { reference } });
    await stack.pass(130_000);
    const order = await stack.see(id, 'the SMS', smsSent);
    assert.equal(stack.simulator.ledger.hits(reference, 'create', 'rate_limited'), 1);
    const [accepted, created] = order.timeline;
    assert.ok(Date.parse(created?.at ?? '') - Date.parse(accepted?.at ?? '') >= 120_000);
  });

  it('waits for a confirmation that explains a refused cancel, then asks an operator', async () => {
    const reference = 'not cancellable';
    stack.simulator.faults.set(reference, 'cancel', { kind: 'refuse', status: 422 });
    const { id } = await stack.place({ request: { reference } });
    await stack.see(id, 'the SMS', smsSent);
    await stack.pass(DAY_MS + 1_000);
    await stack.pass(600_000 + 1_000);
    const order = await stack.see(id, 'the attention', heeded);
    assert.deepEqual([order.status, order.attention?.reason], ['cancelling', 'cancel_refused']);
    await stack.orders.webhook('merchant_1', reference, confirmation);
    const end = await stack.see(id, 'the end', closed);
    assert.deepEqual([end.status, end.attention], ['confirmed', null]);
  });

  it('says so when a cancel is overdue, and goes on trying until seQura answers', async () => {
    const reference = 'no answer';
    stack.simulator.faults.set(reference, 'cancel', { kind: 'http_503', times: null });
    const { id } = await stack.place({ request: { reference }, policy: { cancelOverdueSeconds: 1_800 } });
    await stack.see(id, 'the SMS', smsSent);
    await stack.pass(DAY_MS + 1_800_000 + 60_000);
    const overdue = await stack.see(id, 'the attention', heeded);
    assert.deepEqual([overdue.status, overdue.attention?.reason], ['cancelling', 'cancel_overdue']);
    assert.ok(stack.simulator.ledger.hits(reference, 'cancel', 'http_503') > 3);
    stack.simulator.faults.clear({ reference });
    await stack.pass(61_000);
    const end = await stack.see(id, 'the end', closed);
    assert.deepEqual([end.status, end.attention], ['expired', null]);
  });
});
