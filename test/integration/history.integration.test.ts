// What an order costs in Temporal: the events of its history, and their bytes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { orderRequest, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

type Event = { eventType: string };

describe('the history of an order', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  async function historyOf(id: string): Promise<{ types: string[]; bytes: number }> {
    const json = historyToJSON(await service.client.workflow.getHandle(id).fetchHistory());
    const history = JSON.parse(json) as { events: Event[] };
    const types = history.events.map(({ eventType }) => eventType.replace('EVENT_TYPE_', ''));
    return { types, bytes: JSON.stringify(history).length };
  }

  const count = (types: readonly string[], type: string) => types.filter((one) => one === type).length;

  async function waiting(reference: string): Promise<string> {
    const { body } = await service.api.place(orderRequest({ reference }));
    await service.see(body.id, 'the SMS', smsSent);
    return body.id;
  }

  it('is short where the customer signs', async () => {
    const id = await waiting('few-events');
    service.simulator.confirm('few-events');
    await service.see(id, 'the end', closed);
    const { types, bytes } = await historyOf(id);
    assert.ok(types.length <= 26, types.join('\n'));
    assert.ok(bytes <= 14_600, `${bytes} bytes`);
    assert.equal(count(types, 'TIMER_CANCELED'), 0);
  });

  it('has no memo of a create, which the search attributes tell, and goes on from there after a stop', async () => {
    const reference = 'listed';
    service.simulator.faults.set(reference, 'send_sms', { kind: 'delay', delay_ms: 1_500 });
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    assert.equal(body.status, 'awaiting_customer');
    await until('the SMS', () => service.simulator.ledger.hits(reference, 'send_sms', 'delay') === 1);
    assert.equal(count((await historyOf(body.id)).types, 'WORKFLOW_PROPERTIES_MODIFIED'), 0);
    const [atSequra] = service.simulator.ledger.orders(reference);
    const { timeline, ...order } = (await service.read(body.id)) ?? assert.fail('no order');
    assert.equal(order.sequra_order_id, String(atSequra?.id));
    assert.deepEqual(
      timeline.map(({ event }) => event),
      ['accepted', 'created'],
    );
    await until('the list', async () => {
      const filter = { merchantIds: ['merchant_1'], status: 'awaiting_customer', limit: 50 } as const;
      return (await service.orders.list(filter)).data.some(({ id }) => id === body.id);
    });

    await service.client.workflow.getHandle(body.id).terminate('while its SMS is sent');
    const stopped = await service.see(body.id, 'the stop', asksHuman);
    assert.equal(stopped.attention?.reason, 'workflow_stopped');
    assert.deepEqual([stopped.confirm_by, stopped.timeline[1]], [order.confirm_by, timeline[1]]);
    await service.orders.resolve(body.id, resolution('retry'));
    const next = await service.see(body.id, 'that it goes on', ({ attention }) => attention === null);
    assert.equal(next.sequra_order_id, order.sequra_order_id);
    service.simulator.confirm(reference);
    assert.equal((await service.see(body.id, 'the end', closed)).status, 'confirmed');
    assert.equal(service.simulator.ledger.orders(reference).length, 1);
  });

  it('is written to once for all that one workflow task brought', async () => {
    const id = await waiting('once');
    service.simulator.faults.set('once', 'cancel', { kind: 'refuse', status: 422, times: 1 });
    await service.api.act(id, 'cancel');
    await service.see(id, 'the question', asksHuman);
    const { types } = await historyOf(id);
    const tasks = types.join(' ').split('WORKFLOW_TASK_COMPLETED');
    for (const task of tasks) {
      for (const write of ['WORKFLOW_PROPERTIES_MODIFIED', 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES'])
        assert.ok(count(task.split(' '), write) <= 1, task);
    }
    assert.equal(
      count(types, 'TIMER_CANCELED'),
      2,
      'neither the deadline nor the limit of an answered cancel is waited for',
    );
    assert.equal(count(types, 'MARKER_RECORDED'), 0);
  });
});
