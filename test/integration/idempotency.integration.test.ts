// `Idempotency-Key`: what has been asked for with a key is carried out once, whatever becomes of the order, the API and Temporal's runs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { OrderPolicy } from '../../src/order/request.ts';
import { IDEMPOTENCY_KEY_WORKFLOW } from '../../src/contract/names.ts';
import { orderPath, orderRequest, resolution } from '../support/orders.ts';
import { LEAVE_OUT, reset } from '../support/resets.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import type { OrderAnswer } from '../support/till.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

const keyed = (key: string) => ({ 'idempotency-key': key.replaceAll(' ', '-') });
const isReplay = ({ headers }: Pick<OrderAnswer, 'headers'>) => headers['idempotent-replayed'] === 'true';
const told = (answer: OrderAnswer) => [answer.status, answer.body.code ?? answer.body.detail, messageOf(answer)];
const messageOf = ({ body }: OrderAnswer) => (body as { message?: string }).message;

const EVENTS_BEFORE_CONTINUING = 60;

describe('a key', () => {
  let service: Service;
  before(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': EVENTS_BEFORE_CONTINUING };
    service = await startService({ dynamicConfig });
  });
  after(() => service.close());

  async function waiting(reference: string, policy: Partial<OrderPolicy> = {}): Promise<string> {
    const { id } = await service.place({ request: { reference }, policy });
    await service.see(id, 'the SMS', smsSent);
    return id;
  }

  const act = (id: string, action: string, key: string, body?: object) => service.api.act(id, action, body, keyed(key));
  const smsOf = (reference: string) => service.simulator.ledger.orders(reference)[0]?.sms.length;
  const cancelsOf = (reference: string) => service.simulator.ledger.calls(reference, 'cancel').length;
  const runOf = async (id: string) => (await service.client.workflow.getHandle(id).describe()).runId;

  it('sends one SMS, and tells each repeat the same, with the order as it is', async () => {
    const id = await waiting('one');
    const first = await act(id, 'send_sms', 'one');
    assert.deepEqual([first.status, messageOf(first), isReplay(first)], [200, 'SMS sent successfully', false]);
    const again = await act(id, 'send_sms', '"one"', {});
    assert.deepEqual([told(again), isReplay(again)], [told(first), true]);
    service.simulator.confirm('one');
    await service.see(id, 'the end', closed);
    await service.client.workflow.getHandle(id).result();
    const run = await runOf(id);
    await service.stopWorker();
    const later = await act(id, 'send_sms', 'one');
    await service.startWorker();
    assert.deepEqual([told(later), isReplay(later), later.body.order?.status], [told(first), true, 'confirmed']);
    assert.equal(await runOf(id), run, 'a repeat opens no closed order');
    assert.equal(smsOf('one'), 2);
    // A new key is a new request.
    assert.equal((await act(id, 'send_sms', 'another')).body.code, 'sms_not_possible');
  });

  it('has twenty equal requests at once send one SMS', async () => {
    const id = await waiting('twenty SMS', { smsLimit: 20 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => act(id, 'send_sms', 'twenty')));
    for (const { status } of answers) assert.equal(status, 200);
    assert.equal(answers.filter(isReplay).length, 19);
    assert.equal(smsOf('twenty SMS'), 2);
  });

  it('places one order, and is no other’s afterwards', async () => {
    const headers = { ...keyed('place'), prefer: 'wait=10' };
    const first = await service.api.place(orderRequest({ reference: 'placed' }), headers);
    assert.deepEqual([first.status, isReplay(first)], [201, false]);
    const again = await service.api.place(
      orderRequest({ reference: 'placed', mobile_phone: '666 123 456' }),
      keyed('place'),
    );
    assert.deepEqual([again.status, again.body.id, isReplay(again)], [200, first.body.id, true]);
    const others = [
      await service.api.place(orderRequest({ reference: 'placed', city: 'Girona' }), headers),
      await service.api.place(orderRequest({ reference: 'another' }), headers),
      await service.api.place({ ...orderRequest({ reference: 'placed' }), nin: '' }, headers),
      await act(first.body.id, 'send_sms', 'place'),
      await act(first.body.id, 'cancel', 'place'),
      await act(first.body.id, 'resolve', 'place', resolution('retry')),
    ];
    for (const { status, body } of others) assert.deepEqual([status, body.code], [422, 'idempotency_key_reused']);
    assert.deepEqual(service.simulator.ledger.orders('another'), []);
    const { status, sms } = (await service.api.call(orderPath(first.body.id))).body;
    assert.deepEqual([status, sms.sent], ['awaiting_customer', 1]);
  });

  it('is given back by a request that was refused', async () => {
    const id = await waiting('given back', { smsLimit: 1 });
    const limited = await act(id, 'send_sms', 'refused');
    assert.deepEqual([limited.status, limited.body.code], [409, 'sms_limit_reached']);
    const wrong = await act(id, 'resolve', 'refused', resolution('retry'));
    assert.deepEqual([wrong.status, wrong.body.code], [409, 'action_not_allowed']);
    const taken = await service.api.place(orderRequest({ reference: 'given back', city: 'Girona' }), keyed('refused'));
    assert.deepEqual([taken.status, taken.body.code], [409, 'reference_conflict']);
    const mistaken = await service.api.act(id, 'cancel', [1], keyed('refused'));
    assert.equal(mistaken.status, 422);
    assert.equal((await act('order:merchant_1:nobody', 'cancel', 'refused')).status, 404);
    const cancelled = await act(id, 'cancel', 'refused');
    assert.deepEqual([cancelled.status, isReplay(cancelled)], [200, false]);
    assert.equal((await act(id, 'send_sms', 'refused')).body.code, 'idempotency_key_reused');
  });

  it('can ask again for what was refused, once it is possible', async () => {
    const reference = 'possible later';
    service.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect' });
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    const other = await waiting('its number');
    const number = (await service.api.call(orderPath(other))).body.sequra_order_id;
    const attach = { ...resolution('attach'), sequra_order_id: number };
    const taken = await act(body.id, 'resolve', 'attach', attach);
    assert.deepEqual([taken.status, taken.body.code], [409, 'sequra_order_taken']);
    assert.equal((await act(body.id, 'send_sms', 'early')).body.code, 'sms_not_possible');
    const [order] = service.simulator.ledger.orders(reference);
    const right = { ...resolution('attach'), sequra_order_id: String(order?.id) };
    const attached = await act(body.id, 'resolve', 'attach', right);
    assert.deepEqual([attached.status, isReplay(attached)], [200, false]);
    await service.see(body.id, 'the SMS', smsSent);
    const sent = await act(body.id, 'send_sms', 'early');
    assert.deepEqual([sent.status, isReplay(sent)], [200, false]);
    const again = await act(body.id, 'resolve', 'attach', right);
    assert.deepEqual([again.status, isReplay(again), again.headers.etag], [200, true, `"${again.body.revision}"`]);
    const { timeline } = again.body;
    assert.equal(timeline.filter(({ event }) => event === 'resolved').length, 1);
  });

  it('tells how a cancel ended, whatever came after', async () => {
    const id = await waiting('told');
    service.simulator.confirm('told');
    await service.see(id, 'the end', closed);
    const first = await act(id, 'cancel', 'told');
    assert.deepEqual([first.status, first.body.order?.status], [200, 'cancellation_requested']);
    await service.orders.webhook('merchant_1', 'told', { event: 'order/cancelled', event_id: 'x', kind: 'cancel' });
    await service.see(id, 'the financing provider’s answer', ({ status }) => status === 'cancelled');
    const again = await act(id, 'cancel', 'told', { reason: 'ignored' });
    assert.deepEqual([told(again), isReplay(again)], [told(first), true]);
    assert.equal(again.body.order?.status, 'cancelled');
  });

  it('keeps a cancel that a confirmation overtook from cancelling the sale when it is repeated', async () => {
    const reference = 'overtaken';
    service.simulator.faults.set(reference, 'webhook', { kind: 'never' });
    service.simulator.faults.set(reference, 'cancel', { kind: 'refuse', status: 422 });
    const id = await waiting(reference, { settleSeconds: 8 });
    service.simulator.confirm(reference);
    const cancel = act(id, 'cancel', 'overtaken');
    await until('the refusal', () => service.simulator.ledger.hits(reference, 'cancel', 'refuse') === 1);
    service.simulator.sendWebhook(reference, { event: 'order/confirmed' });
    const first = await cancel;
    assert.deepEqual([first.status, first.body.code, isReplay(first)], [422, 'not_cancellable', false]);
    const sent = cancelsOf(reference);
    service.simulator.faults.clear({ reference });
    await service.client.workflow.getHandle(id).result();
    const again = await act(id, 'cancel', 'overtaken');
    assert.deepEqual([told(again), isReplay(again), again.body.order?.status], [told(first), true, 'confirmed']);
    assert.equal(cancelsOf(reference), sent);
    // Without it, another cancel means the sale.
    assert.equal((await service.api.act(id, 'cancel')).body.order?.status, 'cancellation_requested');
  });

  it('joins what is under way, and tells its end', async () => {
    const reference = 'under way';
    service.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect' });
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    const first = await act(body.id, 'cancel', 'join');
    const second = await act(body.id, 'cancel', 'join');
    assert.deepEqual([first.status, second.status, isReplay(second)], [202, 202, true]);
    const [order] = service.simulator.ledger.orders(reference);
    const found = { ...resolution('attach'), sequra_order_id: String(order?.id) };
    assert.equal((await act(body.id, 'resolve', 'found', found)).status, 200);
    await service.see(body.id, 'the end', closed);
    const third = await act(body.id, 'cancel', 'join');
    assert.deepEqual([third.status, messageOf(third), isReplay(third)], [200, 'Order cancelled successfully', true]);
    assert.equal(cancelsOf(reference), 1);
  });

  it('tells of an SMS that seQura refused, and of one with a lost answer', async () => {
    for (const [kind, status, code] of [
      ['refuse', 502, 'sms_refused'],
      ['reset_after_effect', 202, undefined],
    ] as const) {
      const reference = `an SMS: ${kind}`;
      const id = await waiting(reference);
      const fault = kind === 'refuse' ? { kind, status: 422 } : { kind, times: null };
      service.simulator.faults.set(reference, 'send_sms', fault);
      const first = await act(id, 'send_sms', reference);
      assert.deepEqual([first.status, first.body.code], [status, code]);
      const sent = service.simulator.ledger.calls(reference, 'send_sms').length;
      service.simulator.faults.clear({ reference });
      const again = await act(id, 'send_sms', reference);
      assert.deepEqual([told(again), isReplay(again)], [told(first), true]);
      assert.equal(service.simulator.ledger.calls(reference, 'send_sms').length, sent);
    }
  });

  for (const [what, leaveOut] of [
    ['', []],
    [', without what had been asked for', [LEAVE_OUT.updates]],
  ] as const) {
    it(`sends no second SMS after a reset${what}`, async () => {
      const reference = `reset${what}`;
      const id = await waiting(reference);
      const first = await act(id, 'send_sms', reference);
      const before = (await service.api.call(orderPath(id))).body;
      await reset(service.client, id, () => 0, leaveOut);
      // At once, and when the order knows again what it knew.
      const early = await act(id, 'send_sms', reference);
      await service.see(id, 'the knowledge of before', ({ revision }) => revision > before.revision);
      const late = await act(id, 'send_sms', reference);
      for (const again of [early, late]) assert.deepEqual([told(again), isReplay(again)], [told(first), true]);
      assert.equal(smsOf(reference), 2);
    });
  }

  it('sends no second SMS in the next run of a long history', async () => {
    const reference = 'long';
    const id = await waiting(reference);
    const first = await act(id, 'send_sms', reference);
    const run = await runOf(id);
    await until('the next run', async () => {
      const debt = { event: 'order/account_in_debt', event_id: 'again', kind: 'note' } as const;
      await service.orders.webhook('merchant_1', reference, debt);
      return (await runOf(id)) !== run;
    });
    const again = await act(id, 'send_sms', reference);
    assert.deepEqual([told(again), isReplay(again)], [told(first), true]);
    assert.equal(smsOf(reference), 2);
  });

  it('sends no second SMS after a stop, and carries nothing on', async () => {
    const reference = 'stopped';
    const id = await waiting(reference);
    const first = await act(id, 'send_sms', reference);
    await service.client.workflow.getHandle(id).terminate();
    const again = await act(id, 'send_sms', reference);
    assert.deepEqual([told(again), isReplay(again)], [told(first), true]);
    assert.equal(again.body.order?.attention?.reason, 'workflow_stopped');
    assert.equal((await act(id, 'resolve', 'carry on', resolution('retry'))).status, 200);
    assert.equal((await act(id, 'send_sms', reference)).status, 200);
    assert.equal(smsOf(reference), 2);
  });

  it('sends one SMS where no worker took it at first', async () => {
    const reference = 'no worker';
    const id = await waiting(reference);
    await service.stopWorker();
    const first = await act(id, 'send_sms', reference);
    assert.deepEqual([first.status, first.body.code], [503, 'no_worker']);
    await service.startWorker();
    const again = await act(id, 'send_sms', reference);
    assert.deepEqual([again.status, isReplay(again)], [200, true]);
    await service.see(id, 'the SMS', ({ sms }) => sms.sent === 2);
    await service.pass(1_000);
    assert.equal(smsOf(reference), 2);
  });

  it('is a workflow of its own, that waits for a day and shows among no orders', async () => {
    const id = await waiting('a record');
    await act(id, 'send_sms', 'a record');
    const { workflowService } = service.client;
    const query = `WorkflowType = '${IDEMPOTENCY_KEY_WORKFLOW}' AND ExecutionStatus = 'Running'`;
    const { executions } = await until('the record', async () => {
      const page = await workflowService.listWorkflowExecutions({ namespace: 'default', query, pageSize: 1 });
      return page.executions.length > 0 ? page : null;
    });
    const { workflowId = '', runId = '' } = executions[0]?.execution ?? {};
    const { events } = await service.client.workflow.getHandle(workflowId ?? '', runId ?? '').fetchHistory();
    const [started, ...more] = events ?? [];
    const { firstWorkflowTaskBackoff, workflowRunTimeout } = started?.workflowExecutionStartedEventAttributes ?? {};
    assert.deepEqual([Number(firstWorkflowTaskBackoff?.seconds), more], [86_400, []]);
    assert.equal(Number(workflowRunTimeout?.seconds), 3_600);
    const { data } = await service.orders.list({ merchantIds: ['merchant_1'], limit: 100 });
    for (const { id: listed } of data) assert.match(listed, /^order:/);
  });

  it('costs nothing where none is given', async () => {
    const before = await count(service);
    const id = await waiting('without');
    await service.api.act(id, 'send_sms');
    await service.api.act(id, 'cancel');
    assert.equal(await count(service), before);
  });

  it('is free again for whoever asks later, where its day is over', async () => {
    const id = await waiting('a day later', { smsLimit: 5 });
    await act(id, 'send_sms', 'a day later');
    for await (const { workflowId } of service.client.workflow.list({
      query: `WorkflowType = '${IDEMPOTENCY_KEY_WORKFLOW}' AND ExecutionStatus = 'Running'`,
    }))
      await service.client.workflow
        .getHandle(workflowId)
        .terminate('its day is over')
        .catch(() => {});
    const other = await act(id, 'send_sms', 'a day later', { mobile_phone: '677 123 456' });
    assert.deepEqual([other.status, isReplay(other)], [200, false]);
  });

  it('asks an operator once', async () => {
    const reference = 'asked';
    service.simulator.faults.set(reference, 'create', { kind: 'reset_after_effect' });
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    assert.ok(asksHuman(body));
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => act(body.id, 'resolve', 'give up', resolution('give_up'))),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    assert.equal(answers.filter(isReplay).length, 4);
  });
});

async function count({ client }: Service): Promise<number> {
  const query = `WorkflowType = '${IDEMPOTENCY_KEY_WORKFLOW}'`;
  const { count: found } = await client.workflowService.countWorkflowExecutions({ namespace: 'default', query });
  return Number(found);
}

describe('a key, with two APIs', () => {
  let site: Site;
  before(async () => (site = await openSite({ temporal: 'in memory', apis: [{}, {}] })));
  after(() => site.close());

  const api = (nth: number) => site.apis[nth % 2] ?? site.api;
  const sending = (reference: string) => ({ method: 'POST', headers: keyed(reference) }) as const;
  const smsOf = (reference: string) => site.simulator.ledger.orders(reference)[0]?.sms.length;

  async function waiting(reference: string): Promise<string> {
    const { body } = await site.api.post(reference);
    await site.api.see(body.id, 'the SMS', smsSent);
    return body.id;
  }

  it('sends one SMS for twenty requests at once', async () => {
    const id = await waiting('both');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => api(nth).call(orderPath(id, '/send_sms'), sending('both'))),
    );
    for (const answer of answers) assert.equal(answer.status, 200);
    assert.equal(answers.filter((answer) => answer.headers['idempotent-replayed'] === 'true').length, 19);
    assert.equal(smsOf('both'), 2);
  });

  it('places one order for twenty requests at once', async () => {
    const json = orderRequest({ reference: 'both place' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => api(nth).place(json, keyed('both place'))),
    );
    assert.equal(answers.filter((answer) => answer.status === 202).length, 1);
    assert.equal(answers.filter((answer) => answer.status === 200).length, 19);
    await site.api.see(answers[0]?.body.id ?? '', 'the SMS', smsSent);
    assert.equal(site.simulator.ledger.orders('both place').length, 1);
  });

  it('is safe where the API dies between the record of the key and the SMS', async () => {
    const id = await waiting('killed before');
    const [first, second] = [api(0), api(1)];
    let isKeptBack = false;
    first.toTemporal.watch((direction, data) => {
      isKeptBack ||= direction === 'there' && data.includes('send_sms');
      return !(isKeptBack && direction === 'there');
    });
    const lost = first.call(orderPath(id, '/send_sms'), sending('killed before')).catch(() => null);
    await until('the command is kept back', () => isKeptBack);
    await first.kill();
    first.toTemporal.healEmpty();
    assert.equal(await lost, null);
    assert.equal(smsOf('killed before'), 1);
    const other = await second.call(orderPath(id, '/cancel'), sending('killed before'));
    assert.equal(other.body.code, 'idempotency_key_reused', 'the record was made');
    const again = await second.call(orderPath(id, '/send_sms'), sending('killed before'));
    assert.deepEqual([again.status, again.headers['idempotent-replayed']], [200, 'true']);
    assert.equal(smsOf('killed before'), 2);
    await first.start();
  });

  it('is safe where the API dies between the record of the key and the order', async () => {
    const [first, second] = [api(0), api(1)];
    const json = orderRequest({ reference: 'killed placing' });
    let isKeptBack = false;
    first.toTemporal.watch((direction, data) => {
      isKeptBack ||= direction === 'there' && data.includes('orderWorkflow');
      return !(isKeptBack && direction === 'there');
    });
    const lost = first.place(json, keyed('killed placing')).catch(() => null);
    await until('the order is kept back', () => isKeptBack);
    await first.kill();
    first.toTemporal.healEmpty();
    assert.equal(await lost, null);
    const other = await second.place(orderRequest({ reference: 'killed, another' }), keyed('killed placing'));
    assert.equal(other.body.code, 'idempotency_key_reused', 'the record was made');
    const again = await second.place(json, keyed('killed placing'));
    assert.deepEqual([again.status, again.headers['idempotent-replayed']], [202, undefined], 'it is the first');
    const third = await second.place(json, keyed('killed placing'));
    assert.deepEqual([third.status, third.headers['idempotent-replayed']], [200, 'true']);
    await first.start();
  });

  it('is safe where the API dies after the SMS, before its answer', async () => {
    const id = await waiting('killed after');
    const [first, second] = [api(0), api(1)];
    let isSent = false;
    first.toTemporal.watch((direction, data) => {
      isSent ||= direction === 'there' && data.includes('send_sms');
      return !(isSent && direction === 'back');
    });
    const lost = first.call(orderPath(id, '/send_sms'), sending('killed after')).catch(() => null);
    await until('the SMS', () => smsOf('killed after') === 2);
    await first.kill();
    first.toTemporal.healEmpty();
    assert.equal(await lost, null);
    const again = await second.call(orderPath(id, '/send_sms'), sending('killed after'));
    assert.deepEqual([again.status, again.headers['idempotent-replayed']], [200, 'true']);
    assert.equal(smsOf('killed after'), 2);
    await first.start();
  });
});
