// An operator's number becomes an order's: not one that another order has, and a mistyped one can be put right.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { orderRequest, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman } from '../support/waits.ts';

const smsTaken = ({ sms }: OrderView) => sms.last_outcome === 'sent';

describe('attach', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  async function held(reference: string): Promise<OrderView> {
    service.simulator.faults.set(reference, 'create', { kind: 'cut_body' });
    const { body } = await service.api.place(orderRequest({ reference }));
    return service.see(body.id, 'the question', asksHuman);
  }
  const attach = ({ id }: OrderView, number: string) =>
    service.api.act(id, 'resolve', { ...resolution('attach'), sequra_order_id: number });
  const numberOf = ({ reference }: OrderView) => String(service.simulator.ledger.orders(reference)[0]?.id);

  it('refuses a number that another order has, and names that order', async () => {
    const { body } = await service.api.place(orderRequest({ reference: 'first' }));
    const first = await service.see(body.id, 'the SMS', smsTaken);
    const second = await held('second');
    const listed = async () => {
      const query = `SequraOrderId = '${first.sequra_order_id}'`;
      for await (const _ of service.client.workflow.list({ query })) return;
      await service.pass(100);
      return listed();
    };
    await listed();
    const { status, body: problem } = await attach(second, first.sequra_order_id ?? '');
    assert.deepEqual([status, problem.code, problem.order?.id], [409, 'sequra_order_taken', second.id]);
    assert.match(problem.detail ?? '', /order:merchant_1:first/);
    const { revision } = await service.see(second.id, 'no change', asksHuman);
    assert.equal(revision, second.revision);
    assert.equal((await attach(second, ` \u200e${numberOf(second)}\ufeff`)).status, 200);
    const sent = await service.see(second.id, 'the SMS', smsTaken);
    assert.equal(sent.sequra_order_id, numberOf(second));
  });

  it('gives a number to one of two orders that ask for it at once', async () => {
    const both = [await held('one'), await held('other')];
    const number = numberOf(both[0] as OrderView);
    const answers = await Promise.all(both.map((order) => attach(order, number)));
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    );
    assert.deepEqual(
      answers.flatMap(({ body }) => body.code ?? []),
      ['sequra_order_taken'],
    );
  });

  it('puts a mistyped number right', async () => {
    const order = await held('mistyped');
    assert.equal((await attach(order, '9876543210')).status, 200);
    const refused = await service.see(order.id, 'the refusal', asksHuman);
    assert.equal(refused.attention?.reason, 'sms_not_sent');
    assert.equal((await attach(order, numberOf(order))).status, 200);
    const sent = await service.see(order.id, 'the SMS', smsTaken);
    assert.deepEqual([sent.sequra_order_id, sent.attention], [numberOf(order), null]);
  });

  it('is no answer where seQura gave the number', async () => {
    service.simulator.faults.set('given', 'send_sms', { kind: 'refuse', status: 422 });
    const { body } = await service.api.place(orderRequest({ reference: 'given' }));
    const order = await service.see(body.id, 'the question', asksHuman);
    const { status, body: problem } = await attach(order, '123');
    assert.deepEqual([status, problem.code], [409, 'action_not_allowed']);
  });
});
