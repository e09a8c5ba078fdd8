// Orders as an operator sees and repairs them in the Temporal UI: buttons, and messages typed in plain JSON.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '@temporalio/client';
import { createPeoplesCodec } from '../../src/temporal/codec.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import { idOf, orderPath, orderRequest, resolution } from '../support/orders.ts';
import { LEAVE_OUT, reset } from '../support/resets.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { asksHuman, closed, ended, smsSent } from '../support/waits.ts';

describe('an operator in the Temporal UI', () => {
  let service: Service;
  let byHand: Client;
  before(async () => {
    service = await startService({ policy: { cancelOverdueSeconds: 1 } });
    // Like the UI with a codec endpoint.
    const payloadCodecs = [createPeoplesCodec(PAYLOAD_KEYS)];
    byHand = new Client({ connection: service.client.connection, dataConverter: { payloadCodecs } });
  });
  after(() => service.close());

  const placed = async (reference: string) => {
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    await service.see(body.id, 'the SMS', smsSent);
    return body.id;
  };

  it('cancels an order at seQura with the Cancel button, and the workflow then ends', async () => {
    const id = await placed('button');
    await byHand.workflow.getHandle(id).cancel();
    assert.equal((await service.see(id, 'the end', closed)).status, 'cancelled');
    assert.equal(service.simulator.ledger.orders('button')[0]?.status, 'cancelled');
    const handle = service.client.workflow.getHandle(id);
    await handle.result();
    assert.equal((await handle.describe()).status.name, 'COMPLETED');
  });

  it('confirms an order with a signal typed by hand', async () => {
    const id = await placed('typed signal');
    await byHand.workflow.getHandle(id).signal('sequra_event', { event: 'order/confirmed' });
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
  });

  it('says with a signal what an event means that no rule knew, by the same name', async () => {
    const id = await placed('typed twice');
    const event = 'order/accepted';
    assert.equal(await service.webhook({ event, order_ref_1: 'typed twice' }), 200);
    await service.see(id, 'the attention', asksHuman);
    await byHand.workflow.getHandle(id).signal('sequra_event', { event, kind: 'confirm' });
    assert.equal((await service.see(id, 'the end', ended)).status, 'confirmed');
  });

  it('is asked to look where the signal cannot be read', async () => {
    const id = await placed('unreadable signal');
    await byHand.workflow.getHandle(id).signal('sequra_event', 42);
    assert.equal((await service.see(id, 'the attention', asksHuman)).attention?.reason, 'unrecognised_event');
    await byHand.workflow.getHandle(id).executeUpdate('resolve', { args: [resolution('dismiss')] });
    assert.equal((await service.api.call(orderPath(id))).body.attention, null);
  });

  it('resolves with an update typed by hand, and is refused with the reason', async () => {
    service.simulator.faults.set('typed update', 'create', { kind: 'cut_body' });
    const { body } = await service.api.place(orderRequest({ reference: 'typed update' }), { prefer: 'wait=10' });
    assert.equal(body.attention?.reason, 'create_outcome_unknown');
    const handle = service.client.workflow.getHandle(body.id);
    const typed = (answer: unknown) =>
      byHand.workflow.getHandle(body.id).startUpdate('resolve', { args: [answer], waitForStage: 'ACCEPTED' });
    const length = async () => (await handle.fetchHistory()).events?.length;
    const before = await length();
    for (const wrong of [{}, 'give_up', { action: 'give_up' }, resolution('dismiss')]) {
      const refused = await typed(wrong);
      await assert.rejects(
        refused.result(),
        ({ cause }: Error) => (cause as { type?: string }).type === 'action_not_allowed',
      );
    }
    const refusedEvents = ((await length()) ?? 0) - (before ?? 0);
    assert.equal(refusedEvents, 0, 'a refused update leaves no trace');
    await typed(resolution('give_up'));
    const end = await service.see(body.id, 'the end', closed);
    assert.deepEqual([end.status, end.failure?.code], ['failed', 'given_up']);
  });

  it('reads in words what the order waits for', async () => {
    const id = await placed('in words');
    const description = await service.client.workflow.getHandle(id).describe();
    assert.match((await description.staticSummary()) ?? '', /^in words · 250\.00 EUR · merchant_1 \/ store_1$/);
    const { currentDetails } = await service.client.workflow
      .getHandle(id)
      .query<{ currentDetails: string }>('__temporal_workflow_metadata');
    assert.match(currentDetails, /^\*\*awaiting_customer\*\*/);
    assert.match(currentDetails, /waits for the customer/);
  });

  it('reads in a short call stack where in the code it waits', async () => {
    const id = await placed('call stack');
    const stacks = (await byHand.workflow.getHandle(id).query<string>('__stack_trace')).split('\n\n');
    assert.ok(
      stacks.some((stack) => /at wait \(.*steps\.ts:.*\n.*order-workflow\.ts:/.test(stack)),
      stacks.join('\n\n'),
    );
    assert.ok(Math.max(...stacks.map((stack) => stack.split('\n').length)) <= 4);
  });

  it('reads times in a zone of its own, where the workflow runs', async () => {
    const { id } = await service.place({ request: { reference: 'in Madrid' }, policy: { timeZone: 'Europe/Madrid' } });
    const { confirm_by: deadline } = await service.see(id, 'the SMS', smsSent);
    const { currentDetails } = await service.client.workflow
      .getHandle(id)
      .query<{ currentDetails: string }>('__temporal_workflow_metadata');
    const local = new Date(deadline ?? '').toLocaleString('sv-SE', { timeZone: 'Europe/Madrid' });
    assert.ok(currentDetails.includes(` UTC (${local} Europe/Madrid)`), currentDetails);
  });

  describe('sees in the history which calls were not done', () => {
    const MISSED = [
      ['create', { kind: 'refuse', status: 422 }, 'createOrder', 'seQura refused it (refused, HTTP 422)'],
      ['create', { kind: 'cut_body' }, 'createOrder', 'the outcome is unknown: it may have been done'],
      ['send_sms', { kind: 'refuse', status: 422 }, 'sendSms', 'seQura refused it'],
      ['cancel', { kind: 'refuse', status: 401 }, 'cancelOrder', 'seQura refused it'],
    ] as const;
    for (const [call, fault, activity, why] of MISSED)
      it(`${call}: ${why}`, async () => {
        const reference = `missed ${call} ${fault.kind}`;
        service.simulator.faults.set(reference, call, fault);
        await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
        const id = idOf(reference);
        if (call === 'cancel') {
          await service.see(id, 'the SMS', smsSent);
          await service.api.act(id, 'cancel');
        }
        await service.see(id, 'what came of it', (order) => asksHuman(order) || ended(order));
        const events = (await byHand.workflow.getHandle(id).fetchHistory()).events ?? [];
        const scheduled = events.find(
          ({ activityTaskScheduledEventAttributes: of }) => of?.activityType?.name === activity,
        );
        const failed = events.flatMap(({ activityTaskFailedEventAttributes: of }) => of ?? [])[0];
        assert.equal(String(failed?.scheduledEventId), String(scheduled?.eventId));
        const [payload] = await createPeoplesCodec(PAYLOAD_KEYS).decode(
          [failed?.failure?.encodedAttributes ?? {}],
          undefined,
        );
        const shown = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as object;
        assert.deepEqual(shown, { message: why, stack_trace: '' });
        assert.deepEqual(failed?.failure?.message, 'Encoded failure');
      });
  });

  it('terminates a workflow: the order shows it, and `retry` carries it on', async () => {
    const id = await placed('terminated');
    await byHand.workflow.getHandle(id).terminate('by mistake');
    const stopped = (await service.api.call(orderPath(id))).body;
    assert.deepEqual([stopped.status, stopped.attention?.reason], ['awaiting_customer', 'workflow_stopped']);
    const carried = await service.api.act(id, 'resolve', resolution('retry'));
    assert.deepEqual([carried.status, carried.body.attention], [200, null]);
    service.simulator.confirm('terminated');
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
  });

  it('terminates a workflow, and a webhook carries it on', async () => {
    const id = await placed('terminated too');
    await byHand.workflow.getHandle(id).terminate();
    service.simulator.confirm('terminated too');
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
  });

  const atSequra = (reference: string) => service.simulator.ledger.orders(reference).map(({ status }) => status);

  it('resets an order to before its create: it goes on where it was, with the order that exists, its SMS and its revision', async () => {
    const id = await placed('reset');
    assert.equal((await service.api.act(id, 'send_sms')).status, 200);
    const before = (await service.api.call(orderPath(id))).body;
    await reset(service.client, id);
    const after = await service.see(id, 'the knowledge of before', ({ revision }) => revision > before.revision);
    assert.deepEqual({ ...after, revision: 0 }, { ...before, revision: 0 });
    service.simulator.confirm('reset');
    assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
    const [order, ...others] = service.simulator.ledger.orders('reset');
    assert.deepEqual([order?.sms.length, others], [2, []]);
    assert.equal(service.simulator.ledger.calls('reset', 'create').length, 1);
  });

  it('resets an order again and again: no SMS goes out beyond the limit', async () => {
    const id = await placed('reset often');
    for (let times = 1; times <= 3; times += 1) {
      const { revision } = (await service.api.call(orderPath(id))).body;
      await reset(service.client, id);
      await service.see(id, 'the knowledge of before', (order) => order.revision > revision);
    }
    const answers = [];
    for (let times = 0; times < 3; times += 1) answers.push(await service.api.act(id, 'send_sms'));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 409],
    );
    assert.equal(service.simulator.ledger.orders('reset often')[0]?.sms.length, 3);
  });

  it('resets a confirmed order and leaves its signals out: it is confirmed all the same, and nothing is sent', async () => {
    const id = await placed('reset confirmed');
    service.simulator.confirm('reset confirmed');
    const end = await service.see(id, 'the end', closed);
    await reset(service.client, id, () => 0, [LEAVE_OUT.signals]);
    const again = await service.see(id, 'the end again', (o) => closed(o) && o.revision > end.revision);
    assert.deepEqual([again.status, again.attention], ['confirmed', null]);
    assert.equal(service.simulator.ledger.calls('reset confirmed').length, 2);
  });

  it('resets an order whose create is in doubt: it waits for an operator again, and heeds the answer', async () => {
    const reference = 'reset in doubt';
    service.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect' });
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    await reset(service.client, body.id);
    const held = await service.see(body.id, 'the question', (o) => asksHuman(o) && o.revision > body.revision);
    assert.deepEqual([held.status, held.attention?.reason], ['creating', 'create_outcome_unknown']);
    const [order] = service.simulator.ledger.orders(reference);
    const found = { ...resolution('attach'), sequra_order_id: String(order?.id) };
    assert.equal((await service.api.act(body.id, 'resolve', found)).status, 200);
    await service.see(body.id, 'the SMS', smsSent);
    assert.equal(service.simulator.ledger.calls(reference, 'create').length, 1);
  });

  it('resets an order whose cancel seQura does not answer: the cancel goes on, and ends as asked', async () => {
    const reference = 'reset while cancelling';
    const id = await placed(reference);
    service.simulator.faults.set(reference, 'cancel', { kind: 'http_503', times: null });
    const cancel = service.api.act(id, 'cancel');
    const cancelling = await service.see(id, 'the cancel', ({ status }) => status === 'cancelling');
    await reset(service.client, id);
    await cancel;
    await service.see(id, 'it again', (o) => o.status === 'cancelling' && o.revision > cancelling.revision);
    assert.deepEqual(atSequra(reference), ['pending']);
    assert.ok(service.simulator.ledger.hits(reference, 'cancel', 'http_503') > 0);
    service.simulator.faults.clear({ reference });
    assert.equal((await service.see(id, 'the end', closed)).status, 'cancelled');
    assert.deepEqual(atSequra(reference), ['cancelled']);
    assert.equal(service.simulator.ledger.calls(reference, 'create').length, 1);
  });

  it('resets an order that had ended: it ends the same, and nothing is sent', async () => {
    const id = await placed('reset ended');
    await service.api.act(id, 'cancel');
    const end = await service.see(id, 'the end', closed);
    await reset(service.client, id);
    const again = await service.see(id, 'the end again', (o) => closed(o) && o.revision > end.revision);
    assert.deepEqual([again.status, again.closed_at], ['cancelled', end.closed_at]);
    assert.equal(service.simulator.ledger.calls('reset ended').length, 3);
  });

  it('starts a workflow like this one: it does nothing, and the order is read as before', async () => {
    const id = await placed('start like this');
    service.simulator.confirm('start like this');
    const end = await service.see(id, 'the end', closed);
    const handle = service.client.workflow.getHandle(id);
    await handle.result();
    const { events } = await handle.fetchHistory();
    const input = await service.client.options.loadedDataConverter.payloadCodecs[0]?.decode(
      events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [],
    );
    const args = (input ?? []).map(({ data }) => JSON.parse(Buffer.from(data ?? []).toString('utf8')) as unknown);
    await byHand.workflow.start('orderWorkflow', { workflowId: id, taskQueue: TASK_QUEUE, args });
    await assert.rejects(
      byHand.workflow.getHandle(id).result(),
      ({ cause }: Error) => (cause as { type?: string }).type === 'not_placed_through_the_api',
    );
    await service.pass(1_500);
    assert.equal((await service.api.call(orderPath(id))).body.revision, end.revision);
    assert.equal(service.simulator.ledger.orders('start like this').length, 1);
  });
});
