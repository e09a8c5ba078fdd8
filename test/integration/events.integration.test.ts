// The events of an order on a real Temporal: nothing is missed and the last state always comes, whatever becomes of its runs and its workers.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EventSource } from 'undici';
import { isFinal } from '../../src/order/status.ts';
import type { OrderView } from '../../src/order/view.ts';
import { startShop } from '../support/examples.ts';
import { orderPolicy, orderRequest, resolution } from '../support/orders.ts';
import type { Reader } from '../support/reader.ts';
import { readEvents } from '../support/reader.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { smsSent, until } from '../support/waits.ts';

const EVENTS_BEFORE_CONTINUING = 60;
const NOTES = 200;

describe('the events of an order', () => {
  let service: Service;
  before(async () => {
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': EVENTS_BEFORE_CONTINUING };
    service = await startService({ dynamicConfig });
  });
  after(() => service.close());

  const runOf = async (id: string) => (await service.client.workflow.getHandle(id).describe()).runId;

  /** Its stream has ended by itself, with the order as it is, and showed it in its order. */
  async function sawAll(reader: Reader, id: string): Promise<OrderView> {
    await reader.ended;
    assert.deepEqual(reader.statuses, [200]);
    const last = reader.orders.at(-1);
    assert.deepEqual(last, await service.read(id));
    const revisions = reader.orders.map(({ revision }) => revision);
    assert.ok(
      revisions.every((revision, at) => at === 0 || revision > (revisions[at - 1] ?? 0)),
      revisions.join(),
    );
    assert.ok(last !== undefined && isFinal(last.status));
    return last;
  }

  it('show its way from the first state to the last', async () => {
    const { id, reference } = await service.place();
    const reader = readEvents(service.api.url, id);
    await reader.sees('the SMS', smsSent);
    service.simulator.confirm(reference);
    assert.equal((await sawAll(reader, id)).status, 'confirmed');
    const late = readEvents(service.api.url, id);
    await sawAll(late, id);
    assert.equal(late.orders.length, 1);
  });

  it('go on where it continues as new, again and again', async () => {
    const { id, reference } = await service.place();
    const readers = Array.from({ length: 20 }, () => readEvents(service.api.url, id));
    await service.see(id, 'the SMS', smsSent);
    const first = await runOf(id);
    for (let times = 0; times < NOTES; times += 1) {
      const note = { event: 'order/account_in_debt', event_id: String(times), kind: 'note' } as const;
      await service.orders.webhook('merchant_1', reference, note);
    }
    assert.notEqual(await runOf(id), first);
    service.simulator.confirm(reference);
    for (const reader of readers) assert.equal((await sawAll(reader, id)).status, 'confirmed');
  });

  it('go on in the run that carries it on', async () => {
    const { id, reference } = await service.place();
    const reader = readEvents(service.api.url, id);
    await reader.sees('the SMS', smsSent);
    await service.client.workflow.getHandle(id).terminate();
    await reader.sees('that it was stopped', ({ attention }) => attention?.reason === 'workflow_stopped');
    assert.equal((await service.api.act(id, 'resolve', resolution('retry'))).status, 200);
    await reader.sees('that it goes on', ({ revision, attention }) => attention === null && revision > 4);
    service.simulator.confirm(reference);
    assert.equal((await sawAll(reader, id)).status, 'confirmed');
  });

  it('show what a confirmed order becomes that is opened again', async () => {
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    service.simulator.confirm(reference);
    await service.see(id, 'the end', ({ status }) => status === 'confirmed');
    const before = readEvents(service.api.url, id);
    assert.equal((await sawAll(before, id)).status, 'confirmed');
    service.simulator.faults.set(reference, 'cancel', { kind: 'delay', delay_ms: 1_000 });
    const cancelled = service.api.act(id, 'cancel');
    await service.see(id, 'the cancel', ({ status }) => status === 'cancelling');
    const knowing = readEvents(service.api.url, id, { lastEventId: String(before.orders.at(-1)?.revision) });
    assert.equal((await sawAll(knowing, id)).status, 'cancellation_requested');
    assert.equal(knowing.orders[0]?.status, 'cancelling');
    assert.equal((await cancelled).status, 200);
  });

  it('wait for a worker, and show what it did', async () => {
    const { id, reference } = await service.place();
    const reader = readEvents(service.api.url, id);
    await reader.sees('the SMS', smsSent);
    await service.stopWorker();
    service.simulator.confirm(reference);
    await service.simulator.idle();
    assert.deepEqual(reader.orders.at(-1)?.status, 'awaiting_customer');
    await service.startWorker();
    assert.equal((await sawAll(reader, id)).status, 'confirmed');
  });

  it('reach a browser through the shop of docs/integration.md, which has the key, and stop there', async () => {
    const shop = await startShop(service.api.url);
    const { id, reference } = await service.place();
    const events = new EventSource(`${shop.origin}/sales/${encodeURIComponent(reference)}/events`);
    const seen: OrderView[] = [];
    events.addEventListener('order', (event) => {
      seen.push(JSON.parse(String((event as MessageEvent).data)) as OrderView);
    });
    await until('the SMS', () => seen.some(smsSent));
    service.simulator.confirm(reference);
    await until('it comes no more', () => events.readyState === EventSource.CLOSED);
    assert.deepEqual(seen.at(-1), await service.read(id));
    assert.equal(seen.filter(({ status }) => status === 'confirmed').length, 1);
    await shop.stop();
  });

  it('end where it is erased', async () => {
    // Not by `service.place`: nothing is left to be replayed.
    const placing = { request: orderRequest({ reference: 'erased' }), policy: orderPolicy(), currency: 'EUR' };
    const { id } = (await service.orders.place({ ...placing, confirmWithinSeconds: undefined })).order;
    const reader = readEvents(service.api.url, id, { again: true });
    await reader.sees('the SMS', smsSent);
    const { namespace } = service.client.options;
    await service.client.workflowService.deleteWorkflowExecution({
      namespace,
      workflowExecution: { workflowId: id },
    });
    await reader.ended;
    assert.equal(reader.statuses.at(-1), 404);
  });
});
