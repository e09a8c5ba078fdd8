// An order tells its merchant's endpoint of each change of its status or attention, and never waits for it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import type { Notification } from '../../src/contract/messages.ts';
import { NOTIFICATION_WORKFLOW } from '../../src/contract/names.ts';
import { notifiedMerchants, verified } from '../support/notifications.ts';
import { confirmation, resolution } from '../support/orders.ts';
import type { Receiver, Reply } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent } from '../support/waits.ts';

const TOLD = { notify: true };
const LONG_HISTORY = 100;

describe('an order of a merchant with an endpoint', () => {
  const { notifying, setEndpoint } = notifiedMerchants();
  let service: Service;
  before(
    async () =>
      (service = await startService({
        notifying,
        dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': LONG_HISTORY },
      })),
  );
  after(() => service.close());

  async function receiver(t: TestContext, ...replies: [Reply, ...Reply[]]): Promise<Receiver> {
    const endpoint = await startReceiver(t, ...replies);
    setEndpoint('merchant_1', endpoint);
    return endpoint;
  }

  /** What has arrived of an order by the time its `count`th notification has, in the order of its revisions. */
  async function told(endpoint: Receiver, { id }: OrderView, count: number): Promise<Notification[]> {
    const arrived = () =>
      endpoint.received
        .map((request) => verified(request, endpoint) as Notification)
        .filter(({ data }) => data.id === id)
        .toSorted((a, b) => a.data.revision - b.data.revision);
    for (let waits = 0; waits < 100 && arrived().length < count; waits += 1) await service.pass(50);
    return arrived();
  }

  it('tells of each change of status, and of nothing else', async (t) => {
    const endpoint = await receiver(t, 200);
    const order = await service.place({ policy: TOLD });
    await service.see(order.id, 'the SMS', smsSent);
    await service.orders.sendSms(order.id, null);
    await service.orders.webhook('merchant_1', order.reference, confirmation);
    const end = await service.see(order.id, 'the end', closed);
    const all = await told(endpoint, order, 2);
    assert.deepEqual(
      all.map(({ type, data }) => [type, data.status]),
      [
        ['order.updated', 'awaiting_customer'],
        ['order.updated', 'confirmed'],
      ],
    );
    assert.deepEqual(all[1]?.data, end);
    assert.equal(all[1].timestamp, end.closed_at);
  });

  it('tells of attention coming and going', async (t) => {
    const endpoint = await receiver(t, 200);
    const order = await service.place({ policy: TOLD });
    await service.see(order.id, 'the SMS', smsSent);
    await service.orders.webhook('merchant_1', order.reference, { event: 'strange', event_id: 's', kind: 'unknown' });
    await service.see(order.id, 'the attention', asksHuman);
    await service.orders.resolve(order.id, resolution('dismiss'));
    await service.orders.cancel(order.id);
    const all = await told(endpoint, order, 5);
    assert.deepEqual(
      all.map(({ data }) => [data.status, data.attention?.reason ?? null]),
      [
        ['awaiting_customer', null],
        ['awaiting_customer', 'unrecognised_event'],
        ['awaiting_customer', null],
        ['cancelling', null],
        ['cancelled', null],
      ],
    );
  });

  it('ends without waiting for an endpoint that does not answer, which is told all the same', async (t) => {
    const endpoint = await receiver(t, () => {});
    const order = await service.place({ policy: TOLD });
    await service.see(order.id, 'the SMS', smsSent);
    await service.orders.webhook('merchant_1', order.reference, confirmation);
    await service.client.workflow.getHandle(order.id).result();
    const all = await told(endpoint, order, 2);
    assert.deepEqual(
      all.map(({ data }) => data.status),
      ['awaiting_customer', 'confirmed'],
    );
  });

  it('goes on and tells of it after its workflow was cancelled in the Temporal UI', async (t) => {
    const endpoint = await receiver(t, 200);
    const order = await service.place({ policy: TOLD });
    await service.see(order.id, 'the SMS', smsSent);
    service.simulator.faults.set(order.reference, 'cancel', { kind: 'refuse', status: 422 });
    await service.client.workflow.getHandle(order.id).cancel();
    await service.see(order.id, 'the refusal', ({ status }) => status === 'cancelling');
    await service.orders.webhook('merchant_1', order.reference, confirmation);
    await service.client.workflow.getHandle(order.id).result();
    const all = await told(endpoint, order, 3);
    assert.deepEqual(
      all.map(({ data }) => data.status),
      ['awaiting_customer', 'cancelling', 'confirmed'],
    );
  });

  it('tells of an order whose id leaves no room for a longer one', async (t) => {
    const endpoint = await receiver(t, 200);
    const reference = `${'ñ'.repeat(39)}a`;
    const order = await service.place({ request: { reference }, policy: TOLD });
    assert.ok(`notify:${order.id}:2`.length > 255 && order.id.length <= 255);
    await service.see(order.id, 'the SMS', smsSent);
    await service.orders.webhook('merchant_1', reference, confirmation);
    await service.see(order.id, 'the end', closed);
    assert.equal((await told(endpoint, order, 2)).length, 2);
  });

  it('tells of a change with which its history gets so long that it continues as new', async (t) => {
    const endpoint = await receiver(t, 200);
    const order = await service.place({ policy: TOLD });
    await service.see(order.id, 'the SMS', smsSent);
    await told(endpoint, order, 1);
    const run = async () => (await service.client.workflow.getHandle(order.id).describe()).runId;
    const first = await run();
    await service.stopWorker();
    const debt = { event: 'order/account_in_debt', event_id: 'again', kind: 'note' } as const;
    for (let times = 0; times < LONG_HISTORY; times += 1)
      await service.orders.webhook('merchant_1', order.reference, debt);
    await service.orders.webhook('merchant_1', order.reference, { event: 'strange', event_id: 's', kind: 'unknown' });
    await service.startWorker();
    const { revision } = await service.see(order.id, 'the attention', asksHuman);
    const all = await told(endpoint, order, 2);
    assert.deepEqual([all.length, all[1]?.data.revision], [2, revision]);
    for (let waits = 0; waits < 100 && (await run()) === first; waits += 1) await service.pass(50);
    assert.notEqual(await run(), first);
  });

  it('ends although somebody terminated its notifications, or took their id', async (t) => {
    const endpoint = await receiver(t, 500);
    const order = await service.place({ policy: TOLD });
    const { revision } = await service.see(order.id, 'the SMS', smsSent);
    const { client } = service;
    const workflowId = `notify:${order.id}:${revision + 1}`;
    await client.workflow.start(NOTIFICATION_WORKFLOW, { workflowId, taskQueue: 'nobody', args: [] });
    const [first] = await told(endpoint, order, 1);
    await client.workflow.getHandle(`notify:${order.id}:${first?.data.revision}`).terminate();
    await service.orders.webhook('merchant_1', order.reference, confirmation);
    await client.workflow.getHandle(order.id).result();
    assert.equal((await service.see(order.id, 'the end', closed)).status, 'confirmed');
  });

  it('is the only one that the list of orders shows', async (t) => {
    const endpoint = await receiver(t, 200);
    const order = await service.place({ policy: TOLD });
    const [first] = await told(endpoint, order, 1);
    const workflowId = `notify:${order.id}:${first?.data.revision}`;
    const query = `WorkflowType = '${NOTIFICATION_WORKFLOW}' AND MerchantId = 'merchant_1' AND WorkflowId = '${workflowId}'`;
    const listed = async () => (await service.client.workflow.count(query)).count === 1;
    for (let waits = 0; waits < 100 && !(await listed()); waits += 1) await service.pass(50);
    assert.ok(await listed(), 'Temporal lists it beside the orders');
    const { data } = await service.orders.list({ merchantIds: ['merchant_1'], limit: 100 });
    assert.ok(data.length > 1 && data.every(({ id }) => id.startsWith('order:')));
    assert.equal(await service.orders.get(workflowId), null);
    const notification = await service.client.workflow.getHandle(workflowId).describe();
    assert.match((await notification.staticSummary()) ?? '', /^Tells merchant_1: awaiting_customer, revision \d+$/);
  });

  it('tells nobody where the merchant had no endpoint when it was placed', async (t) => {
    const endpoint = await receiver(t, 200);
    const order = await service.place();
    await service.see(order.id, 'the SMS', smsSent);
    await service.orders.webhook('merchant_1', order.reference, confirmation);
    await service.see(order.id, 'the end', closed);
    await service.pass(500);
    assert.deepEqual(await told(endpoint, order, 0), []);
  });
});
