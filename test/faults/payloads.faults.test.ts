// Fault 49: whoever may write to Temporal, and has no key, puts a payload in the place of another order's, or one of their own.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Client } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { acceptOrder } from '../../src/order/order.ts';
import { createPeoplesCodec } from '../../src/temporal/codec.ts';
import { failureConverterPath } from '../../src/temporal/connection.ts';
import { newOrder } from '../../src/gateway/start.ts';
import { ORDER_WORKFLOW } from '../../src/contract/names.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import { idOf, orderPath, orderPolicy, orderRequest, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { unboundCodec } from '../support/unbound.ts';
import { asksHuman, smsSent } from '../support/waits.ts';
import { ends, signs, waiting } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

/** What answers them is encrypted; that somebody reads it makes their refusals sure to be the order's. */
const readers = createPeoplesCodec(PAYLOAD_KEYS);

type Event = temporal.api.history.v1.IHistoryEvent;
type Stolen = temporal.api.common.v1.IPayload | null | undefined;

const OTHER_PHONE = '+34687654321';

describe('whoever may write to Temporal', () => {
  let service: Service;
  before(async () => (service = await startService({ policy: { settleSeconds: 1 } })));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const get = (id: string) => service.api.call(orderPath(id));
  const events = async (id: string): Promise<Event[]> =>
    (await service.client.workflow.getHandle(id).fetchHistory()).events ?? [];
  const byHand = (codec: PayloadCodec) =>
    new Client({
      connection: service.client.connection,
      dataConverter: { payloadCodecs: [codec], failureConverterPath },
    }).workflow;
  const inPlain = () =>
    byHand({ encode: async (payloads) => payloads, decode: (payloads) => readers.decode(payloads) });

  /** Sends what it stole wherever its owner would write the name of it. */
  const thief = (stolen: Record<string, Stolen>) =>
    byHand({
      encode: async (payloads) =>
        payloads.map((payload) => {
          const name = String(JSON.parse(Buffer.from(payload.data ?? []).toString() || 'null'));
          return (stolen[name] as Payload | undefined) ?? payload;
        }),
      decode: (payloads) => readers.decode(payloads),
    });
  const bytes = (payload: Stolen) => Buffer.from(payload?.data ?? []).toString('base64');

  /** Of an order that was signed: the webhook that said so, as Temporal keeps it. */
  async function confirmationOf(one: Case, name: string): Promise<Stolen> {
    const reference = one.another(name);
    await waiting(service, one, reference);
    await signs(service, reference);
    const signals = (await events(idOf(reference))).flatMap(
      (event) => event.workflowExecutionSignaledEventAttributes ?? [],
    );
    return signals[0]?.input?.payloads?.[0];
  }

  async function holds(id: string, stolen: Stolen): Promise<boolean> {
    return (await events(id)).some((event) =>
      [
        event.workflowExecutionSignaledEventAttributes?.input,
        event.workflowExecutionStartedEventAttributes?.input,
      ].some((input) => input?.payloads?.some((payload) => bytes(payload) === bytes(stolen)) === true),
    );
  }

  async function asksAndGoesOn(one: Case): Promise<void> {
    const order = await service.see(one.id, 'the question', asksHuman);
    assert.deepEqual([order.status, order.attention?.reason], ['awaiting_customer', 'unrecognised_event']);
    assert.equal((await service.api.act(one.id, 'resolve', resolution('dismiss'))).status, 200);
    await signs(service, one.reference);
  }

  fault(49, 'copies a confirmation to another order: that one asks, and is not confirmed', async (one) => {
    const confirmation = await confirmationOf(one, 'signed');
    await waiting(service, one);
    await thief({ it: confirmation }).getHandle(one.id).signal('sequra_event', 'it');
    one.proves('the very same bytes are there', await holds(one.id, confirmation));
    await asksAndGoesOn(one);
  });

  fault(49, 'copies a confirmation to an order that was stopped: it is not confirmed', async (one) => {
    const confirmation = await confirmationOf(one, 'signed');
    await waiting(service, one);
    await service.stopWorker();
    await thief({ it: confirmation }).getHandle(one.id).signal('sequra_event', 'it');
    await service.client.workflow.getHandle(one.id).terminate('by mistake');
    one.proves('the very same bytes are there', await holds(one.id, confirmation));
    assert.equal((await get(one.id)).body.status, 'awaiting_customer');
    await service.startWorker();
    for (
      let open = await service.orders.get(one.id);
      open?.attention != null;
      open = await service.orders.get(one.id)
    ) {
      const action = open.attention.reason === 'workflow_stopped' ? 'retry' : 'dismiss';
      assert.equal((await service.api.act(one.id, 'resolve', resolution(action))).status, 200);
    }
    await signs(service, one.reference);
  });

  fault(49, 'copies an update to another order, or types one in plain: no SMS goes to that phone', async (one) => {
    const reference = one.another('asked');
    await waiting(service, one, reference);
    const asked = idOf(reference);
    const there = { mobile_phone: OTHER_PHONE };
    assert.equal((await service.api.act(asked, 'send_sms', there)).status, 200);
    const updates = (await events(asked)).flatMap(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes ?? [],
    );
    const update = updates[0]?.acceptedRequest?.input?.args?.payloads?.[0];
    assert.ok(update != null);
    await waiting(service, one);
    const before = service.simulator.ledger.orders(one.reference)[0]?.sms.length;
    let refused = 0;
    for (const send of [
      () =>
        thief({ it: update })
          .getHandle(one.id)
          .executeUpdate('send_sms', { args: ['it'] }),
      () =>
        inPlain()
          .getHandle(one.id)
          .executeUpdate('send_sms', { args: [there] }),
      () =>
        inPlain()
          .getHandle(one.id)
          .executeUpdate('resolve', { args: [resolution('dismiss')] }),
    ]) {
      await assert.rejects(send());
      refused += 1;
    }
    one.proves('refused by the order', refused);
    const sms = service.simulator.ledger.orders(one.reference)[0]?.sms ?? [];
    assert.equal(sms.length, before);
    assert.ok(sms.every(({ phone }) => phone !== OTHER_PHONE));
    await inPlain()
      .getHandle(one.id)
      .executeUpdate('send_sms', { args: [{}] });
    assert.equal(service.simulator.ledger.orders(one.reference)[0]?.sms.length, (before ?? 0) + 1);
    for (const each of [reference, one.reference]) await signs(service, each);
  });

  fault(49, 'confirms an order in plain: it asks; cancels it in plain: that needs no trust', async (one) => {
    await waiting(service, one);
    await inPlain().getHandle(one.id).signal('sequra_event', { event: 'order/confirmed', kind: 'confirm' });
    const order = await service.see(one.id, 'the question', asksHuman);
    one.proves('it was taken up, and noted', JSON.stringify(order.timeline).includes('(typed without the codec)'));
    assert.equal(order.status, 'awaiting_customer');
    await inPlain().getHandle(one.id).executeUpdate('cancel');
    assert.equal((await get(one.id)).body.status, 'cancelled');
    assert.equal((await service.api.act(one.id, 'resolve', resolution('dismiss'))).status, 200);
  });

  fault(
    49,
    'copies what an operator typed: to another order it counts neither later nor where it names its own',
    async (one) => {
      await waiting(service, one);
      const target = one.id;
      const event = 'order/confirmed';
      for (const [typedAt, typed, why] of [
        [Date.now() - 3_600_000, { event }, '(typed too long ago)'],
        [Date.now(), { event, id: idOf('another') }, '(typed for another order)'],
      ] as const) {
        const people = createPeoplesCodec(PAYLOAD_KEYS, () => typedAt);
        await byHand(people).getHandle(target).signal('sequra_event', typed);
        await service.see(target, why, ({ timeline }) => JSON.stringify(timeline).includes(why));
        one.proves(why, true);
      }
      await asksAndGoesOn(one);
    },
  );

  fault(
    49,
    'starts a run under an order’s id with the memo of another order, or a plain one: it is not served',
    async (one) => {
      await waiting(service, one);
      const other = acceptOrder(
        orderRequest({ reference: one.reference, merchant: { id: 'merchant_2', store_ref: 's' } }),
        orderPolicy(),
        'EUR',
        new Date().toISOString(),
      );
      await service.client.workflow.start(ORDER_WORKFLOW, {
        ...newOrder('nobody', { order: other, digest: 'd', digests: {} }, orderRequest()),
        workflowId: other.id,
      });
      const { raw } = await service.client.workflow.getHandle(other.id).describe();
      const fields = raw.workflowExecutionInfo?.memo?.fields ?? {};
      const input = (await events(other.id))[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
      const foreign = thief({ input, order: fields['order'], digest: fields['digest'] });
      const confirmed = { ...other, id: one.id, merchantId: 'merchant_1', status: 'confirmed' as const };
      const merchant = [{ key: { name: 'MerchantId', type: 'KEYWORD' as const }, value: 'merchant_1' }];
      const squat = async (how: string, workflowId: string) => {
        const options = { workflowId, taskQueue: 'nobody', workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const };
        const start = { ...options, typedSearchAttributes: merchant };
        if (how === 'foreign') {
          await foreign.start(ORDER_WORKFLOW, {
            ...start,
            args: ['input'],
            memo: { order: 'order', digest: 'digest' },
          });
          one.proves('the very same bytes are there', await holds(workflowId, input));
        } else {
          const order = { ...confirmed, id: workflowId };
          await inPlain().start(ORDER_WORKFLOW, { ...start, args: [{ order }], memo: { order, digest: 'd' } });
        }
      };

      for (const how of ['foreign', 'plain']) {
        const reference = one.another(`squatted ${how}`);
        await squat(how, idOf(reference));
        assert.equal((await get(idOf(reference))).status, 404);
        const placed = await service.api.place(orderRequest({ reference }));
        assert.deepEqual([placed.status, placed.body.code], [503, 'order_stuck']);
        assert.deepEqual(service.simulator.ledger.orders(reference), []);
        await service.client.workflow.getHandle(idOf(reference)).terminate('not an order');
        await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }), { reference });
        await service.see(idOf(reference), 'the SMS', smsSent);
        await signs(service, reference);
        await squat(how, idOf(reference));
        await service.see(idOf(reference), 'its own end', ({ status }) => status === 'confirmed');
        await service.client.workflow.getHandle(idOf(reference)).terminate('not an order');
      }
      // The whole of an order of another merchant, found under this one.
      await service.client.workflow.getHandle(other.id).terminate('to take its place');
      await foreign.start(ORDER_WORKFLOW, {
        workflowId: other.id,
        taskQueue: 'nobody',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        typedSearchAttributes: merchant,
        args: ['input'],
        memo: { order: 'order', digest: 'digest' },
      });
      assert.equal((await get(other.id)).status, 404);
      await service.pass(2_000);
      const list = await service.api.call('/v1/orders?limit=100');
      assert.ok(list.body.data?.every((order) => order.merchant_id === 'merchant_1'));
      await service.client.workflow.getHandle(other.id).terminate('not an order');
      await signs(service, one.reference);
    },
  );

  fault(
    49,
    'copies what is older than such bonds: it counts for orders that are as old, and for no other',
    async (one) => {
      const old = one.another('old');
      const before = byHand(unboundCodec(PAYLOAD_KEYS[0]));
      const request = orderRequest({ reference: old });
      const order = acceptOrder(request, orderPolicy({ settleSeconds: 1 }), 'EUR', new Date().toISOString());
      await before.start(ORDER_WORKFLOW, newOrder(TASK_QUEUE, { order, digest: 'test:0', digests: {} }, request));
      const id = idOf(old);
      await service.see(id, 'the SMS', smsSent);
      assert.equal((await get(id)).body.status, 'awaiting_customer');
      await before.getHandle(id).signal('sequra_event', { event: 'order/confirmed', event_id: 'e', kind: 'confirm' });
      await ends(service, id, 'confirmed');
      const signals = (await events(id)).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
      const unbound = signals[0]?.input?.payloads?.[0];

      // As it is at seQura, too.
      service.simulator.confirm(old);
      await waiting(service, one);
      await thief({ it: unbound }).getHandle(one.id).signal('sequra_event', 'it');
      one.proves('the very same bytes are there', await holds(one.id, unbound));
      await asksAndGoesOn(one);
    },
  );
});
