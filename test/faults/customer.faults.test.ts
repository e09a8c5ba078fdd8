// Faults 14–23 and 26: SMS, cancels and webhooks that are lost, late, refused, doubled, or cross each other.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { createSequraClient } from '../../src/sequra/client.ts';
import type { OrderPolicy } from '../../src/order/request.ts';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import { ACCOUNT } from '../support/merchants.ts';
import { resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';
import { ends } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

/** On a busy machine an answer takes its time. */
const SEQURA_TIMEOUT_MS = 4_000;

describe('an order that is at seQura', () => {
  let service: Service;
  before(
    async () => (service = await startService({ policy: { settleSeconds: 1, sequraTimeoutMs: SEQURA_TIMEOUT_MS } })),
  );
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const ledger = () => service.simulator.ledger;
  const hear = (one: Case, event: string, eventId: string) =>
    service.webhook({ event, event_id: eventId, order_ref_1: one.reference });
  const proves = (one: Case, call: 'send_sms' | 'cancel' | 'webhook', kind: string) =>
    one.proves(kind, ledger().hits(one.reference, call, kind));

  /** With a policy of its own it does not come in over HTTP, which has no say in that. */
  async function placed(one: Case, policy?: Partial<OrderPolicy>): Promise<void> {
    if (policy === undefined) await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
    else
      await service.place({
        request: { reference: one.reference },
        policy: { settleSeconds: 1, sequraTimeoutMs: SEQURA_TIMEOUT_MS, ...policy },
      });
  }
  async function waiting(one: Case, policy?: Partial<OrderPolicy>): Promise<void> {
    await placed(one, policy);
    await service.see(one.id, 'the SMS', smsSent);
  }
  const asks = async (one: Case, reason: string) =>
    assert.equal((await service.see(one.id, reason, asksHuman)).attention?.reason, reason);

  describe('side by side', { concurrency: 6 }, () => {
    for (const kind of ['timeout_after_effect', 'reset_before_effect', 'http_503'] as const) {
      fault(14, `an SMS whose answer is lost: ${kind}`, async (one) => {
        service.simulator.faults.set(one.reference, 'send_sms', { kind, times: 1 });
        await placed(one);
        const { sms } = await service.see(one.id, 'the repeat', (order) => order.sms.sent === 2);
        proves(one, 'send_sms', kind);
        assert.deepEqual([sms.last_outcome, sms.can_resend], ['sent', true]);
        service.simulator.confirm(one.reference);
        await ends(service, one.id, 'confirmed');
      });
    }

    fault(14, 'an SMS whose answer is lost twice, with a limit of two', async (one) => {
      service.simulator.faults.set(one.reference, 'send_sms', { kind: 'timeout_after_effect', times: null });
      await placed(one, { smsLimit: 2 });
      await asks(one, 'sms_not_sent');
      proves(one, 'send_sms', 'timeout_after_effect');
      assert.equal((await service.api.act(one.id, 'send_sms')).body.code, 'sms_limit_reached');
      assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).body.code, 'action_not_allowed');
      assert.equal((await service.api.act(one.id, 'resolve', resolution('dismiss'))).status, 200);
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
    });

    for (const input of [
      { kind: 'refuse', status: 422, code: 'sms_limit_reached' },
      { kind: 'rate_limited', retry_after: '1', times: 3 },
      { kind: 'refuse', status: 401, shape: 'plain' },
    ] satisfies FaultInput<'send_sms'>[]) {
      fault(15, `an SMS that seQura does not send: ${input.status ?? 429}`, async (one) => {
        service.simulator.faults.set(one.reference, 'send_sms', input);
        await placed(one);
        await asks(one, 'sms_not_sent');
        proves(one, 'send_sms', input.kind);
        service.simulator.faults.clear({ reference: one.reference });
        assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).status, 200);
        await waiting(one);
        service.simulator.confirm(one.reference);
        await ends(service, one.id, 'confirmed');
      });
    }

    fault(15, 'an SMS that seQura refuses, asked for over and over past the deadline', async (one) => {
      service.simulator.faults.set(one.reference, 'send_sms', { kind: 'refuse', status: 422, times: null });
      await placed(one, { confirmWithinSeconds: 2 });
      const { confirm_by: confirmBy } = await service.see(one.id, 'it is there', (order) => order.confirm_by !== null);
      const asking = Array.from({ length: 6 }, async () => {
        while (Date.now() < Date.parse(confirmBy ?? '') + 2_000) await service.api.act(one.id, 'send_sms');
      });
      await ends(service, one.id, 'expired');
      await Promise.all(asking);
      proves(one, 'send_sms', 'refuse');
      const late = ledger()
        .calls(one.reference, 'send_sms')
        .filter(({ at }) => Date.parse(at) > Date.parse(confirmBy ?? '') + 500);
      assert.deepEqual(late, []);
    });

    for (const kind of ['timeout_after_effect', 'reset_after_effect', 'http_500'] as const) {
      fault(16, `a cancel whose answer is lost, then 422: ${kind}`, async (one) => {
        const effect = kind === 'http_500' ? { effect: true } : {};
        service.simulator.faults.set(one.reference, 'cancel', { kind, ...effect });
        await waiting(one);
        const { status, body } = await service.api.act(one.id, 'cancel');
        proves(one, 'cancel', kind);
        assert.deepEqual([status, body.order?.status], [200, 'cancelled']);
        assert.deepEqual(
          ledger()
            .calls(one.reference, 'cancel')
            .map(({ http_status }) => http_status)
            .at(-1),
          422,
        );
        assert.equal(ledger().orders(one.reference)[0]?.status, 'cancelled');
      });
    }

    fault(17, 'a confirmation while the cancel is in flight', async (one) => {
      service.simulator.faults.set(one.reference, 'cancel', { kind: 'delay', delay_ms: 6_000, before_effect: true });
      await waiting(one, { sequraTimeoutMs: 12_000 });
      const cancel = service.api.act(one.id, 'cancel');
      await service.see(one.id, 'the cancel', () => ledger().hits(one.reference, 'cancel', 'delay') === 1);
      service.simulator.confirm(one.reference);
      await service.simulator.idle();
      proves(one, 'cancel', 'delay');
      assert.notEqual((await cancel).status, 200);
      await asks(one, 'confirm_cancel_crossed');
      for (const wrong of ['retry', 'attach', 'give_up', 'dismiss'])
        assert.ok([409, 422].includes((await service.api.act(one.id, 'resolve', resolution(wrong))).status), wrong);
      assert.equal((await service.api.act(one.id, 'resolve', resolution('mark_confirmed'))).status, 200);
      await ends(service, one.id, 'confirmed');
    });

    fault(17, 'a confirmation that explains a refused cancel', async (one) => {
      service.simulator.faults.set(one.reference, 'webhook', { kind: 'never' });
      service.simulator.faults.set(one.reference, 'cancel', { kind: 'refuse', status: 422 });
      await waiting(one, { settleSeconds: 8 });
      service.simulator.confirm(one.reference);
      const cancel = service.api.act(one.id, 'cancel');
      await until('the refusal', () => ledger().hits(one.reference, 'cancel', 'refuse') === 1);
      service.simulator.sendWebhook(one.reference, { event: 'order/confirmed' });
      const { status, body } = await cancel;
      proves(one, 'cancel', 'refuse');
      assert.deepEqual([status, body.code, body.order?.status], [422, 'not_cancellable', 'confirmed']);
    });

    fault(18, 'a cancel answered 401 for this order only', async (one) => {
      service.simulator.faults.set(one.reference, 'cancel', { kind: 'refuse', status: 401, times: 1 });
      await waiting(one);
      assert.equal((await service.api.act(one.id, 'cancel')).status, 202);
      await asks(one, 'cancel_refused');
      proves(one, 'cancel', 'refuse');
      assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).status, 200);
      await ends(service, one.id, 'cancelled');
    });

    fault(19, 'a cancel that is not answered for longer than cancel_overdue_seconds', async (one) => {
      service.simulator.faults.set(one.reference, 'cancel', { kind: 'http_503', times: null });
      await waiting(one, { cancelOverdueSeconds: 1, confirmWithinSeconds: 1 });
      await asks(one, 'cancel_overdue');
      proves(one, 'cancel', 'http_503');
      const { detail } = (await service.api.act(one.id, 'resolve', resolution('retry'))).body;
      assert.match(detail ?? '', /clears by itself/);
      service.simulator.faults.clear({ reference: one.reference });
      await ends(service, one.id, 'expired');
      assert.equal(ledger().orders(one.reference)[0]?.status, 'cancelled');
    });

    fault(20, 'the same event ten times at once', async (one) => {
      service.simulator.faults.set(one.reference, 'webhook', { kind: 'duplicate', copies: 10 });
      await waiting(one);
      service.simulator.confirm(one.reference);
      await service.simulator.idle();
      proves(one, 'webhook', 'duplicate');
      assert.equal(ledger().webhooks(one.reference).length, 10);
      await ends(service, one.id, 'confirmed');
      const { timeline } = await service.see(one.id, 'the end', closed);
      assert.equal(timeline.filter(({ event }) => event === 'confirmed').length, 1);
    });

    fault(20, 'the same event again after the order closed, and after it closed again', async (one) => {
      service.simulator.faults.set(one.reference, 'webhook', { kind: 'duplicate', copies: 3, gap_ms: 800 });
      await waiting(one);
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
      assert.equal((await service.api.act(one.id, 'cancel')).body.order?.status, 'cancellation_requested');
      await service.simulator.idle();
      proves(one, 'webhook', 'duplicate');
      await ends(service, one.id, 'cancellation_requested');
    });

    fault(21, 'a cancel event before the confirmation that came before it', async (one) => {
      await waiting(one);
      service.simulator.faults.set(one.reference, 'webhook', { kind: 'late', delay_ms: 500 });
      service.simulator.confirm(one.reference);
      service.simulator.cancel(one.reference);
      await ends(service, one.id, 'cancelled');
      await service.simulator.idle();
      proves(one, 'webhook', 'late');
      await asks(one, 'confirm_cancel_crossed');
      assert.equal((await service.api.act(one.id, 'resolve', resolution('mark_cancelled'))).status, 200);
      await ends(service, one.id, 'cancelled');
    });

    fault(21, 'debt states before and after the confirmation, in the wrong order', async (one) => {
      await waiting(one);
      for (const event of ['order/account_in_debt', 'order/account_up_to_date'])
        service.simulator.sendWebhook(one.reference, { event });
      await service.simulator.idle();
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
      service.simulator.sendWebhook(one.reference, { event: 'order/account_in_debt' });
      await service.simulator.idle();
      const noted = (o: { timeline: { event: string }[] }) =>
        o.timeline.filter(({ event }) => event === 'webhook_noted').length;
      await service.see(one.id, 'all three', (o) => noted(o) === 3 && closed(o));
      one.proves('events out of order', 3);
    });

    fault(22, 'a confirmation before the answer of the create', async (one) => {
      service.simulator.faults.set(one.reference, 'create', { kind: 'delay', delay_ms: 500 });
      const posted = one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
      await until('the create', () => ledger().orders(one.reference).length === 1);
      assert.equal(await hear(one, 'order/confirmed', '22'), 200);
      one.proves('the create was in flight', ledger().calls(one.reference, 'create')[0]?.outcome === 'under_way');
      assert.equal((await posted).body.status, 'confirmed');
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
      assert.equal(ledger().calls(one.reference, 'send_sms').length, 0);
    });

    fault(22, 'a confirmation while nobody knows whether there is an order', async (one) => {
      service.simulator.faults.set(one.reference, 'create', { kind: 'timeout_after_effect' });
      await placed(one);
      await asks(one, 'create_outcome_unknown');
      one.proves('held', ledger().hits(one.reference, 'create'));
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
    });

    for (const [when, ending] of [
      ['the deadline', 'expired'],
      ['a cancel', 'cancelled'],
    ] as const) {
      fault(23, `a confirmation after ${when}`, async (one) => {
        await waiting(one, when === 'the deadline' ? { confirmWithinSeconds: 1 } : undefined);
        if (when === 'a cancel') assert.equal((await service.api.act(one.id, 'cancel')).status, 200);
        await ends(service, one.id, ending);
        assert.equal(await hear(one, 'order/confirmed', '23'), 200);
        const order = await service.see(one.id, 'the question', asksHuman);
        assert.deepEqual([order.status, order.attention?.reason], [ending, 'confirm_cancel_crossed']);
        one.proves('it came after the end', order.closed_at !== null);
        assert.equal(await hear(one, 'order/confirmed', '23'), 200);
        assert.equal((await service.api.act(one.id, 'resolve', resolution('mark_cancelled'))).status, 200);
        await ends(service, one.id, 'cancelled');
      });
    }

    fault(23, 'a cancel event after the confirmation', async (one) => {
      await waiting(one);
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
      service.simulator.cancel(one.reference);
      await asks(one, 'confirm_cancel_crossed');
      one.proves('it came after the end', ledger().webhooks(one.reference).length === 2);
      assert.equal((await service.api.act(one.id, 'resolve', resolution('mark_cancelled'))).status, 200);
      await ends(service, one.id, 'cancelled');
    });

    fault(26, 'our answer is lost after we have accepted the confirmation', async (one) => {
      service.simulator.faults.set(one.reference, 'webhook', { kind: 'lost_answer', times: 3 });
      await waiting(one);
      service.simulator.confirm(one.reference);
      await ends(service, one.id, 'confirmed');
      await service.simulator.idle();
      proves(one, 'webhook', 'lost_answer');
      const [delivery] = ledger().webhooks(one.reference);
      assert.deepEqual(
        delivery?.tries.map(({ http_status, answer_lost }) => [http_status, answer_lost]),
        [
          [200, true],
          [200, true],
          [200, true],
          [200, false],
        ],
      );
      assert.equal((await service.orders.get(one.id))?.timeline.filter(({ event }) => event === 'confirmed').length, 1);
    });
  });

  describe('one at a time', () => {
    fault(17, 'a confirmation while the cancel waits for its next try, none of which arrived', async (one) => {
      await waiting(one);
      await service.simulator.goOffline();
      const cancel = service.api.act(one.id, 'cancel');
      await service.failedTry(one.id);
      assert.equal(await hear(one, 'confirmed', '17'), 200);
      await service.simulator.goOnline();
      // Tries of a cancel are up to a minute apart.
      await ends(service, one.id, 'confirmed', 70_000);
      one.proves('the two met', (await cancel).body.order?.status === 'confirmed');
      assert.deepEqual(ledger().calls(one.reference, 'cancel'), []);
      service.simulator.confirm(one.reference);
    });

    fault([9, 18], 'a password that was changed in mid-life, and put right', async (one) => {
      await waiting(one);
      await service.stopWorker();
      const merchants = new Map([[ACCOUNT.id, { ...ACCOUNT, password: 'yesterday’s' }]]);
      await service.startWorker({ sequra: createSequraClient({ baseUrl: service.simulator.url, merchants }) });
      assert.equal((await service.api.act(one.id, 'send_sms')).body.code, 'sms_refused');
      assert.equal((await service.api.act(one.id, 'cancel')).status, 202);
      await asks(one, 'cancel_refused');
      one.proves(
        'seQura said 401',
        ledger()
          .calls(one.reference)
          .filter(({ http_status }) => http_status === 401).length === 2,
      );
      await service.stopWorker();
      await service.startWorker();
      assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).status, 200);
      await ends(service, one.id, 'cancelled');
    });
  });
});
