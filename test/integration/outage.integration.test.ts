// What goes on while workers are stopped or Temporal is away, and what is made good afterwards.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient } from '../../src/temporal/connection.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import type { unmatchedWebhookWorkflow } from '../../src/workflows/unmatched-webhook.ts';
import { apiInFrontOf } from '../support/api-fixtures.ts';
import { WEBHOOK_PATH } from '../support/canaries.ts';
import { orderPath, orderRequest, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { startDevServer } from '../support/temporal.ts';
import { closed, smsSent, until } from '../support/waits.ts';

describe('with every worker stopped', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  it('orders and webhooks are taken, reads are answered, commands answer 503 in time, and all of it takes effect later', async () => {
    const waiting = (await service.api.place(orderRequest({ reference: 'waiting' }), { prefer: 'wait=10' })).body.id;
    await service.see(waiting, 'the SMS', smsSent);
    await service.stopWorker();

    const taken = await service.api.place(orderRequest({ reference: 'taken meanwhile' }));
    assert.equal(taken.status, 202);
    assert.equal((await service.api.call(orderPath(waiting))).body.status, 'awaiting_customer');
    assert.equal(await service.webhook({ event: 'confirmed', event_id: '1', order_ref_1: 'waiting' }), 200);
    assert.equal(await service.webhook({ event: 'confirmed', event_id: '1', order_ref_1: 'waiting' }), 200);
    assert.equal(await service.webhook({ event: 'confirmed', event_id: '2', order_ref_1: 'nobody knows' }), 200);
    const commands = await Promise.all([
      service.api.act(waiting, 'send_sms'),
      service.api.act(waiting, 'cancel'),
      service.api.act(waiting, 'resolve', resolution('dismiss')),
    ]);
    for (const { status, body, headers, ms } of commands) {
      assert.deepEqual([status, body.code], [503, 'no_worker']);
      assert.match(headers['retry-after'] ?? '', /^\d+$/);
      assert.ok(ms < 10_000, `${ms} ms`);
    }

    await service.startWorker();
    const confirmed = await service.see(waiting, 'the end', closed);
    assert.equal(confirmed.timeline.filter(({ event }) => event === 'confirmed').length, 1);
    await service.see(taken.body.id, 'the SMS', smsSent);
  });

  it('a confirmation that was accepted then is never followed by a cancel', async () => {
    const order = await service.place({ request: { reference: 'crossing' }, policy: { confirmWithinSeconds: 3 } });
    await service.see(order.id, 'the SMS', smsSent);
    await service.stopWorker();
    service.simulator.confirm('crossing');
    await service.simulator.idle();
    assert.deepEqual(
      service.simulator.ledger.webhooks('crossing').map(({ state }) => state),
      ['delivered'],
    );
    await service.pass(3_500);
    await service.startWorker();
    assert.equal((await service.see(order.id, 'the end', closed)).status, 'confirmed');
    assert.deepEqual(service.simulator.ledger.calls('crossing', 'cancel'), []);
  });

  it('nor does a cancel that waits for its next try go out after one', async () => {
    const order = await service.place({ request: { reference: 'backing off' }, policy: { confirmWithinSeconds: 2 } });
    await service.see(order.id, 'the SMS', smsSent);
    await service.simulator.goOffline();
    await service.failedTry(order.id);
    assert.equal(await service.webhook({ event: 'confirmed', event_id: '9', order_ref_1: 'backing off' }), 200);
    await service.simulator.goOnline();
    const end = await service.see(order.id, 'the end', closed);
    assert.deepEqual([end.status, end.attention], ['confirmed', null]);
    assert.deepEqual(service.simulator.ledger.calls('backing off', 'cancel'), []);
  });

  it('a webhook for an order that is not ours is kept once, as a closed record', async () => {
    for (let times = 0; times < 3; times += 1) {
      assert.equal(await service.webhook({ event: 'confirmed', event_id: '7', order_ref_1: 'somebody else’s' }), 200);
    }
    await service.pass(2_000);
    const records = async () => {
      const found = service.client.workflow.list({ query: `WorkflowType = 'unmatchedWebhookWorkflow'` });
      const statuses: string[] = [];
      for await (const { workflowId, status } of found) {
        statuses.push(status.name);
        assert.match(workflowId, /^webhook:merchant_1:[0-9a-f]{32}$/);
      }
      return statuses;
    };
    // They are closed one after the other, once it was looked for orders of nearly their reference.
    await until('no record is open', async () => !(await records()).includes('RUNNING'));
    assert.deepEqual(await records(), ['COMPLETED', 'COMPLETED']);
  });
});

describe('a webhook that matches no order', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  it('names the orders that it nearly matches, those that wait first, and is none of theirs', async () => {
    const placed = async (reference: string) =>
      (await service.api.place(orderRequest({ reference }), { prefer: 'wait=20' })).body.id;
    const ended = await placed('NEAR-1');
    await service.api.act(ended, 'cancel');
    const waiting = await placed('near_1');
    assert.equal(await service.webhook({ event: 'confirmed', event_id: 'n', order_ref_1: 'Near 1' }), 200);
    const record = await until('the record', async () => {
      const query = `WorkflowType = 'unmatchedWebhookWorkflow' AND OrderReference = 'near_1'`;
      for await (const { workflowId } of service.client.workflow.list({ query })) return workflowId;
      return null;
    });
    const handle = service.client.workflow.getHandle<typeof unmatchedWebhookWorkflow>(record);
    const { near, reference } = await handle.result();
    assert.deepEqual(near, [
      { id: waiting, reference: 'near_1', status: 'awaiting_customer' },
      { id: ended, reference: 'NEAR-1', status: 'cancelled' },
    ]);
    assert.equal(reference, 'Near 1');
    service.replayAtEnd(record);
    assert.equal((await service.orders.get(waiting))?.status, 'awaiting_customer');
  });

  it('names them whatever else stands in a reference', async () => {
    for (const odd of [`'`, `''`, '"', '\\', '%', '(', ',', '`', 'ñ', "') OR ('"]) {
      const reference = `odd${odd}one 9`;
      await service.api.place(orderRequest({ reference }), { prefer: 'wait=20' });
      const sent = { event: 'confirmed', event_id: odd, order_ref_1: `odd${odd}one-9` };
      assert.equal(await service.webhook(sent), 200);
      const near = await until(`a record for ${reference}`, async () => {
        const query = `WorkflowType = 'unmatchedWebhookWorkflow' AND ExecutionStatus = 'Completed'`;
        for await (const { workflowId } of service.client.workflow.list({ query })) {
          const kept = await service.client.workflow.getHandle<typeof unmatchedWebhookWorkflow>(workflowId).result();
          if (kept.reference === sent.order_ref_1) return kept.near ?? [];
        }
        return null;
      });
      assert.deepEqual(
        near.map((order) => order.reference),
        [reference],
        reference,
      );
    }
  });
});

describe('with Temporal away', () => {
  it('every answer is a 503 within its time, and webhooks are never refused for good', async () => {
    const temporal = await startDevServer();
    const connectionOptions = { address: temporal.address };
    const client = createClient({ temporal: { connectionOptions, namespace: 'default' }, payloadKeys: null });
    await client.connection.ensureConnected();
    await temporal.stop();
    const orders = temporalOrders({ client, taskQueue: 'none', payloadKeys: null });
    await using api = await apiInFrontOf(orders);
    const timed = async (...request: Parameters<typeof api.call>) => {
      const startedAt = performance.now();
      const answer = await api.call(...request);
      return {
        status: answer.status,
        code: ((await answer.json()) as { code: string }).code,
        ms: performance.now() - startedAt,
      };
    };
    const read = await timed('GET', orderPath('order:merchant_1:x'));
    const cancel = await timed('POST', orderPath('order:merchant_1:x', '/cancel'));
    const event = { event: 'confirmed', order_ref_1: 'x' };
    const webhook = await timed('POST', WEBHOOK_PATH, event);
    for (const { status, code, ms } of [read, cancel, webhook]) {
      assert.deepEqual([status, code], [503, 'temporal_unavailable']);
      assert.ok(ms < 5_000, `${ms} ms`);
    }
    assert.ok(webhook.ms < 2_500, `${webhook.ms} ms`);
    await client.connection.close();
  });
});
