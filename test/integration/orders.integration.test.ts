// Orders through the API as a backend system sees them: real sockets, a real Temporal server, the simulator as the other side.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { orderPath, orderRequest, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

describe('an order through the API', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  it('is taken with seQura’s own example body, signed on the checkout page, and confirmed by the webhook', async () => {
    const taken = await service.api.place(orderRequest());
    assert.equal(taken.status, 202);
    assert.equal(taken.headers.location, orderPath('order:merchant_1:pos_1234'));
    assert.equal(taken.body.status, 'creating');
    const { id } = taken.body;
    await service.see(id, 'the SMS', smsSent);
    const [order] = service.simulator.ledger.orders('pos_1234');
    assert.equal(order?.total_with_tax, 25_000);
    const [sms] = order.sms;
    assert.equal(sms?.phone, '+34666123456');
    const signed = await fetch(`${sms.link}/confirm`, { method: 'POST', body: new URLSearchParams({ code: '23456' }) });
    assert.equal(signed.status, 200);
    const end = await service.see(id, 'the end', closed);
    assert.equal(end.status, 'confirmed');
    assert.equal(end.order_uuid, order.uuid);
    assert.deepEqual(
      end.timeline.map(({ event }) => event),
      ['accepted', 'created', 'sms_sent', 'confirmed'],
    );
  });

  it('answers 201 once seQura has it, with `Prefer: wait`', async () => {
    const { status, headers, body } = await service.api.place(orderRequest({ reference: 'waited' }), {
      prefer: 'wait=10',
    });
    assert.deepEqual([status, headers['preference-applied']], [201, 'wait=10']);
    assert.match(body.sequra_order_id ?? '', /^\d+$/);
  });

  it('answers 422 or 502 with `Prefer: wait` where it came to nothing', async () => {
    service.simulator.faults.set('refused', 'create', { kind: 'refuse', status: 422 });
    const refused = await service.api.place(orderRequest({ reference: 'refused' }), { prefer: 'wait=10' });
    assert.deepEqual([refused.status, refused.body.code], [422, 'order_refused']);
    assert.equal(refused.body.order?.failure?.http_status, 422);
    await service.simulator.goOffline();
    const unreachable = await service.api.place(orderRequest({ reference: 'unreachable' }), { prefer: 'wait=20' });
    await service.simulator.goOnline();
    assert.deepEqual([unreachable.status, unreachable.body.code], [502, 'sequra_unreachable']);
    assert.deepEqual(service.simulator.ledger.orders('unreachable'), []);
  });

  it('is made once at seQura by twenty identical requests at a time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.api.place(orderRequest({ reference: 'twenty' }))),
    );
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [...Array<number>(19).fill(200), 202],
    );
    const replayed = answers.filter(({ headers }) => headers['idempotent-replayed'] === 'true');
    assert.equal(replayed.length, 19);
    const [first] = answers;
    await service.see(first?.body.id ?? '', 'the SMS', smsSent);
    assert.equal(service.simulator.ledger.orders('twenty').length, 1);
  });

  it('is the same order for the same body, and a conflict for another one', async () => {
    await service.api.place(orderRequest({ reference: 'repeated' }));
    const spelt = await service.api.place(orderRequest({ reference: 'repeated', mobile_phone: '666 123 456' }));
    assert.equal(spelt.status, 200);
    const other = await service.api.place(orderRequest({ reference: 'repeated', city: 'Girona' }));
    assert.deepEqual([other.status, other.body.code], [409, 'reference_conflict']);
  });

  it('is refused where its id would be longer than Temporal keeps, with the field to change', async () => {
    assert.equal((await service.api.place(orderRequest({ reference: 'x'.repeat(64) }))).status, 202);
    assert.equal((await service.api.place(orderRequest({ reference: 'ñ'.repeat(30) }))).status, 202);
    const { status, body } = await service.api.place(orderRequest({ reference: 'ñ'.repeat(64) }));
    assert.deepEqual([status, body.code, body.errors?.[0]?.pointer], [422, 'invalid_body', '/reference']);
    const webhook = await service.webhook({ event: 'confirmed', event_id: 'long', order_ref_1: 'ñ'.repeat(64) });
    assert.equal(webhook, 200);
    const read = await service.api.call(orderPath(`order:merchant_1:${encodeURIComponent('ñ'.repeat(64))}`));
    assert.equal(read.status, 404);
  });

  it('holds a read until the order changes', async () => {
    const { body } = await service.api.place(orderRequest({ reference: 'held' }));
    const order = await service.see(body.id, 'the SMS', smsSent);
    const etag = (await service.api.call(orderPath(body.id))).headers.etag ?? '';
    const none = await service.api.call(`${orderPath(body.id)}?wait=1`, { headers: { 'if-none-match': etag } });
    assert.equal(none.status, 304);
    const held = service.api.call(`${orderPath(body.id)}?wait=20`, { headers: { 'if-none-match': etag } });
    service.simulator.confirm('held');
    const changed = await held;
    assert.equal(changed.status, 200);
    assert.ok(changed.body.revision > order.revision);
    assert.ok(changed.ms < 10_000);
  });

  it('is cancelled while pending, and at the financing provider once confirmed and closed', async () => {
    const pending = await service.api.place(orderRequest({ reference: 'pending' }), { prefer: 'wait=10' });
    const cancelled = await service.api.act(pending.body.id, 'cancel');
    assert.deepEqual(
      [cancelled.status, cancelled.body.success, cancelled.body.order?.status],
      [200, true, 'cancelled'],
    );
    assert.equal(service.simulator.ledger.orders('pending')[0]?.status, 'cancelled');
    const again = await Promise.all(Array.from({ length: 6 }, () => service.api.act(pending.body.id, 'cancel')));
    for (const { status, body } of again) assert.deepEqual([status, body.order?.status], [200, 'cancelled']);
    assert.equal(service.simulator.ledger.calls('pending', 'cancel').length, 1, 'nothing more was sent');

    const { body } = await service.api.place(orderRequest({ reference: 'signed' }), { prefer: 'wait=10' });
    await service.see(body.id, 'the SMS', smsSent);
    service.simulator.confirm('signed');
    await service.see(body.id, 'the end', closed);
    await untilClosed(service, body.id);
    const asked = await service.api.act(body.id, 'cancel');
    assert.deepEqual([asked.status, asked.body.order?.status], [200, 'cancellation_requested']);
    const listed = await listOf(service, 'status=confirmed');
    assert.equal(
      listed.some(({ id }) => id === body.id),
      false,
      'a run that a later one replaced is not listed',
    );
  });

  it('is confirmed by a webhook whose reference came back with a line end, or in another normal form', async () => {
    for (const [reference, back] of [
      ['blank behind', 'blank behind \r\n'],
      ['ma\u0303e', 'm\u00e3e'],
      ['p\u00e9', '\ufeffpe\u0301'],
    ] as const) {
      const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
      await service.see(body.id, 'the SMS', smsSent);
      const taken = await service.orders.webhook('merchant_1', back, {
        event: 'confirmed',
        event_id: back,
        kind: 'confirm',
      });
      assert.equal(taken, 'signalled');
      assert.equal((await service.see(body.id, 'the end', closed)).status, 'confirmed');
    }
  });

  it('sends the link again on request, up to the limit', async () => {
    const { body } = await service.api.place(orderRequest({ reference: 'again' }), { prefer: 'wait=10' });
    await service.see(body.id, 'the SMS', smsSent);
    const other = await service.api.act(body.id, 'send_sms', { mobile_phone: '677 123 456' });
    assert.deepEqual([other.status, other.body.order?.sms.sent], [200, 2]);
    assert.equal(service.simulator.ledger.orders('again')[0]?.sms[1]?.phone, '+34677123456');
    assert.equal((await service.api.act(body.id, 'send_sms')).body.order?.sms.sent, 3);
    const beyond = await service.api.act(body.id, 'send_sms');
    assert.deepEqual([beyond.status, beyond.body.code], [409, 'sms_limit_reached']);
    assert.equal(service.simulator.ledger.orders('again')[0]?.sms.length, 3);
  });

  it('expires where nobody answers, and asks an operator about a confirmation after that', async () => {
    const { body } = await service.api.place({
      ...orderRequest({ reference: 'abandoned' }),
      confirm_within_seconds: 60,
    });
    assert.equal(body.confirm_by, null);
    const short = await service.place({ request: { reference: 'short' }, policy: { confirmWithinSeconds: 1 } });
    const end = await service.see(short.id, 'the end', closed);
    assert.equal(end.status, 'expired');
    assert.equal(service.simulator.ledger.orders('short')[0]?.status, 'cancelled');
    await untilClosed(service, short.id);
    assert.equal(await service.webhook({ event: 'approved', event_id: 'late', order_ref_1: 'short' }), 200);
    const late = await service.see(short.id, 'the attention', asksHuman);
    assert.deepEqual([late.status, late.attention?.reason], ['expired', 'confirm_cancel_crossed']);
    const resolve = (action: string) => service.api.act(short.id, 'resolve', resolution(action));
    const wrong = await resolve('dismiss');
    assert.deepEqual([wrong.status, wrong.body.code], [409, 'action_not_allowed']);
    const both = await Promise.all([resolve('mark_confirmed'), resolve('mark_confirmed')]);
    assert.deepEqual(
      both.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    );
    assert.equal((await service.api.call(orderPath(short.id))).body.status, 'confirmed');
  });

  it('whose create was lost is held, and goes on with the id an operator found', async () => {
    service.simulator.faults.set('lost', 'create', { kind: 'reset_after_effect' });
    const { status, body } = await service.api.place(orderRequest({ reference: 'lost' }), { prefer: 'wait=10' });
    assert.deepEqual([status, body.attention?.reason], [202, 'create_outcome_unknown']);
    assert.equal(service.simulator.ledger.hits('lost', 'create', 'reset_after_effect'), 1);
    const waiting = await service.api.act(body.id, 'cancel');
    assert.equal(waiting.status, 202);
    const [order] = service.simulator.ledger.orders('lost');
    const found = { ...resolution('attach'), sequra_order_id: String(order?.id) };
    assert.equal((await service.api.act(body.id, 'resolve', found)).status, 200);
    assert.equal((await service.see(body.id, 'the end', closed)).status, 'cancelled');
    assert.equal(service.simulator.ledger.orders('lost')[0]?.status, 'cancelled');
  });

  it('is found by its filters', async () => {
    await service.api.place(orderRequest({ reference: 'o\'clock "5" \\ 100%' }));
    const byReference = await listOf(service, `reference=${encodeURIComponent('o\'clock "5" \\ 100%')}`);
    assert.equal(byReference.length, 1);
    // Runs that close meanwhile change their place.
    const paged = await until('pages that hold what one list holds', async () => {
      const pages = await pagesOf(service);
      const all = (await listOf(service, 'limit=100')).map(({ id }) => id);
      return JSON.stringify(pages) === JSON.stringify(all) ? pages : null;
    });
    assert.ok(paged.length > 5);
    assert.equal(new Set(paged).size, paged.length);
    assert.equal((await service.api.call('/v1/orders?cursor=made-up')).body.code, 'invalid_query');
  });

  it('costs at most 30 history events and 7 billable actions where all goes well', async () => {
    const { body } = await service.api.place(orderRequest({ reference: 'thrifty' }));
    await service.see(body.id, 'the SMS', smsSent);
    service.simulator.confirm('thrifty');
    await untilClosed(service, body.id);
    const { events } = await service.client.workflow.getHandle(body.id).fetchHistory();
    assert.ok((events?.length ?? 99) <= 30, `${events?.length} events`);
    const billable =
      /ExecutionStarted|ActivityTaskScheduled|TimerStarted|ExecutionSignaled|SearchAttributes|UpdateAccepted/;
    const actions = (events ?? []).filter((event) =>
      Object.keys(event).some((key) => billable.test(upperFirst(key)) && key.endsWith('Attributes')),
    );
    assert.ok(actions.length <= 7 && actions.length >= 5, `${actions.length} actions`);
  });
});

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

async function listOf(service: Service, query: string): Promise<OrderView[]> {
  await service.pass(2_000);
  return (await service.api.call(`/v1/orders?${query}`)).body.data ?? [];
}

async function pagesOf(service: Service): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null | undefined = ''; typeof cursor === 'string';) {
    const { body } = await service.api.call(`/v1/orders?limit=5${cursor === '' ? '' : `&cursor=${cursor}`}`);
    ids.push(...(body.data ?? []).map(({ id }) => id));
    cursor = body.next_cursor;
  }
  return ids;
}

async function untilClosed(service: Service, id: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const { status } = await service.client.workflow.getHandle(id).describe();
    if (status.name === 'COMPLETED') return;
    await service.pass(100);
  }
  throw new Error(`${id} did not close`);
}
