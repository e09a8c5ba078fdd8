// Fault 50: seQura cannot reach the API while workers go on and deadlines pass.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { resolution } from '../support/orders.ts';
import type { Proxy } from '../support/proxy.ts';
import { openProxy } from '../support/proxy.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, smsSent } from '../support/waits.ts';
import { ends } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

describe('a deadline while webhooks cannot come in', () => {
  let service: Service;
  let way: Proxy;
  before(async () => {
    const seenAt = async (port: number) => (way = await openProxy(() => port)).port;
    service = await startService({ seenAt });
  });
  after(async () => {
    await service.close();
    await way.close();
  });
  const fault = openCourt(import.meta.url, () => service);

  const POLICY = { confirmWithinSeconds: 2, settleSeconds: 2 };
  async function waiting(one: Case, policy = POLICY): Promise<void> {
    await service.place({ request: { reference: one.reference }, policy });
    await service.see(one.id, 'the SMS', smsSent);
  }
  const cancels = ({ reference }: Case) => service.simulator.ledger.calls(reference, 'cancel').length;
  async function shutOut(one: Case): Promise<void> {
    const order = await service.see(one.id, 'the question', asksHuman);
    assert.deepEqual([order.status, order.attention?.reason], ['awaiting_customer', 'webhooks_unreachable']);
    assert.equal(order.sms.can_resend, false);
    assert.equal(cancels(one), 0);
  }

  fault(50, 'the customer has signed: the order is confirmed once the way is open', async (one) => {
    await waiting(one);
    way.cut();
    service.simulator.confirm(one.reference);
    await shutOut(one);
    one.proves('cut off', way.met.cut);
    const sms = await service.api.act(one.id, 'send_sms');
    assert.deepEqual([sms.status, sms.body.code], [409, 'sms_not_possible']);
    way.heal();
    await ends(service, one.id, 'confirmed');
    assert.equal(cancels(one), 0);
  });

  fault(50, 'nobody signs: the order is cancelled after the way has been open for the settle time', async (one) => {
    await waiting(one);
    way.cut();
    await shutOut(one);
    one.proves('cut off', way.met.cut);
    const openedMs = Date.now();
    way.heal();
    await ends(service, one.id, 'expired');
    const [cancel] = service.simulator.ledger.calls(one.reference, 'cancel');
    assert.ok(Date.parse(cancel?.at ?? '') - openedMs >= POLICY.settleSeconds * 1000, 'the repeats had their time');
  });

  fault(50, 'an operator lets the cancel go out', async (one) => {
    await waiting(one);
    way.cut();
    await shutOut(one);
    one.proves('cut off', way.met.cut);
    assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).status, 409);
    assert.equal((await service.api.act(one.id, 'resolve', resolution('dismiss'))).status, 200);
    await ends(service, one.id, 'expired');
    way.heal();
  });

  fault(50, 'a backend cancels meanwhile', async (one) => {
    await waiting(one);
    way.cut();
    await shutOut(one);
    one.proves('cut off', way.met.cut);
    assert.equal((await service.api.act(one.id, 'cancel')).body.order?.status, 'cancelled');
    way.heal();
  });

  fault(50, 'the way opens just before the deadline: the repeats have their time', async (one) => {
    await waiting(one, { confirmWithinSeconds: 6, settleSeconds: 8 });
    way.cut();
    service.simulator.faults.set(one.reference, 'webhook', { kind: 'late', delay_ms: 7_000 });
    service.simulator.confirm(one.reference);
    await service.pass(4_000);
    one.proves('cut off', way.met.cut);
    way.heal();
    await ends(service, one.id, 'confirmed');
    assert.equal(cancels(one), 0);
  });
});
