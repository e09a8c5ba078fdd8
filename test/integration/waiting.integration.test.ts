// Many who wait for one order, on a real Temporal: one long poll for all of them, whatever becomes of its runs.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../src/order/view.ts';
import { createClient } from '../../src/temporal/connection.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import { historyPoll } from '../../src/temporal/follow-history.ts';
import type { Orders } from '../../src/gateway/orders.ts';
import { readRun } from '../../src/gateway/read.ts';
import type { Watching } from '../../src/gateway/watch.ts';
import { watchOrders } from '../../src/gateway/watch.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import { confirmation, orderPolicy, orderRequest, resolution } from '../support/orders.ts';
import { reset } from '../support/resets.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { smsSent, until } from '../support/waits.ts';

const WAITERS = 200;

describe('waiting for an order', () => {
  let service: Service;
  let watching: Watching;
  let orders: Orders;
  const calls: string[] = [];
  /** When the waits end, by Unix time in ms. */
  const endsAtMs: (number | undefined)[] = [];
  /** Orders of which news was said to be due. */
  const due: string[] = [];
  /** Orders of which it was said to be there. */
  const there: string[] = [];
  /** What the polls have told: how long workflow tasks took, and what came from one news to the next. */
  const tasksMs: number[] = [];
  const newsMs: number[] = [];

  before(async () => {
    service = await startService({ seenAt: null });
    const temporal = { connectionOptions: { address: service.address }, namespace: 'default' };
    const client = createClient({ temporal, payloadKeys: PAYLOAD_KEYS });
    const poll = historyPoll(client);
    const watched = watchOrders({
      async read(id) {
        calls.push('read');
        return readRun(client, id, 4_000);
      },
      async poll(...args) {
        calls.push('poll');
        const polled = await poll(...args);
        if (polled.taskMs !== null) tasksMs.push(polled.taskMs);
        if (polled.newsMs !== null) newsMs.push(polled.newsMs);
        return polled;
      },
    });
    watching = {
      ...watched,
      changes(...args) {
        endsAtMs.push(args[3]);
        return watched.changes(...args);
      },
      newsIsDue(id) {
        due.push(id);
        watched.newsIsDue(id);
      },
      newsIsThere(id) {
        there.push(id);
        watched.newsIsThere(id);
      },
    };
    orders = temporalOrders({ client, watching, taskQueue: TASK_QUEUE, payloadKeys: PAYLOAD_KEYS });
  });
  after(() => service.close());

  /** What all of them see when it changes. */
  async function allSee(id: string, holds: (order: OrderView) => boolean, change: () => Promise<unknown>) {
    endsAtMs.length = 0;
    const begunAtMs = Date.now();
    const waiting = Array.from({ length: WAITERS }, () => orders.watch(id, holds, 30_000));
    const latestAtMs = Date.now() + 30_000;
    assert.equal(endsAtMs.length, WAITERS);
    for (const atMs of endsAtMs) assert.ok(atMs !== undefined && atMs >= begunAtMs + 30_000 && atMs <= latestAtMs);
    await until('it is watched', () => watching.counts().watched > 0);
    await change();
    const seen = await Promise.all(waiting);
    for (const order of seen) assert.ok(order !== null && holds(order), JSON.stringify(order));
    await until('nobody is watched', () => watching.counts().watched === 0);
    assert.equal(watching.counts().followed, 0);
  }

  it('costs Temporal the same for one and for many, and none misses a change', async () => {
    const { id } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    calls.length = 0;
    await allSee(
      id,
      ({ status }) => status === 'confirmed',
      async () => {
        await until('it is followed', () => watching.counts().followed === 1);
        service.simulator.confirm((await service.orders.get(id))?.reference ?? '');
        await orders.webhook('merchant_1', 'order 1', confirmation);
      },
    );
    assert.ok(calls.includes('poll'));
    assert.ok(calls.length < 20, `${calls.length} calls: ${calls.join(' ')}`);
  });

  it('costs Temporal three calls a minute while nothing happens, however many wait', async () => {
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    tasksMs.length = 0;
    newsMs.length = 0;
    const leaving = new AbortController();
    const waiting = Array.from({ length: WAITERS }, () => orders.watch(id, () => false, 100_000, leaving.signal));
    await until('it is followed', () => watching.counts().followed === 1);
    // Its first polls read what is there.
    await sleep(2_000);
    calls.length = 0;
    await sleep(60_000);
    assert.ok(calls.length > 0 && calls.length <= 3, `${calls.length} calls: ${calls.join(' ')}`);
    assert.deepEqual([tasksMs, newsMs], [[], []], 'those of before it was followed');
    await orders.webhook('merchant_1', reference, confirmation);
    const news = await until('its poll tells', () => newsMs[0]);
    assert.ok(news >= 62_000, `${news} ms since the SMS`);
    leaving.abort();
    await Promise.all(waiting);
  });

  it('is followed from its placing to its end by who comes again with each state, and read for none', async () => {
    const reference = 'followed';
    // So that the search attributes alone tell for a while that it was created.
    service.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 500 });
    service.simulator.faults.set(reference, 'send_sms', { kind: 'delay', delay_ms: 1_000 });
    const placing = { request: orderRequest({ reference }), policy: orderPolicy(), currency: 'EUR' };
    const startedMs = Date.now();
    let { order } = await orders.place({ ...placing, confirmWithinSeconds: undefined });
    const statuses: string[] = [order.status];
    calls.length = 0;
    due.length = 0;
    tasksMs.length = 0;
    newsMs.length = 0;
    while (order.closed_at === null) {
      const latest = orders.latest(order.id);
      assert.equal(latest?.revision, order.revision);
      const next = orders.watch(order.id, ({ revision }) => revision !== latest?.revision, 30_000, undefined, latest);
      if (smsSent(order)) await orders.webhook('merchant_1', reference, confirmation);
      order = (await next) ?? order;
      statuses.push(smsSent(order) && order.status === 'awaiting_customer' ? 'sms_sent' : order.status);
    }
    const asRead = await service.orders.get(order.id);
    assert.deepEqual(order, asRead);
    assert.deepEqual([...new Set(statuses)], ['creating', 'awaiting_customer', 'sms_sent', 'confirmed']);
    assert.deepEqual([...new Set(calls)], ['poll']);
    assert.deepEqual([...new Set(due)], [order.id], 'those that webhooks have reached');
    const tookMs = Date.now() - startedMs;
    // At least those of the create, of the SMS and of the confirmation, without the time that seQura takes.
    assert.ok(tasksMs.length >= 3, `${tasksMs.length} tasks`);
    const tasksTook = tasksMs.reduce((sum, ms) => sum + ms, 0);
    assert.ok(tasksTook > 0 && tasksTook < tookMs - 1_500, `${tasksTook} ms of ${tookMs}`);
    // That it was created, that the SMS was sent, that it was confirmed: each after the one before, and together no longer than all of it.
    assert.equal(newsMs.length, 3, newsMs.join(', '));
    const [createdMs = 0, sentMs = 0, confirmedMs = 0] = newsMs;
    assert.ok(createdMs >= 500 && sentMs >= 1_000 && confirmedMs > 0, newsMs.join(', '));
    assert.ok(createdMs + sentMs + confirmedMs <= tookMs, `${newsMs.join(', ')} of ${tookMs}`);
    service.replayAtEnd(order.id);
  });

  it('sees what a next run makes of it, a cancel of a confirmed order', async () => {
    const id = 'order:merchant_1:order%201';
    there.length = 0;
    await allSee(
      id,
      ({ status }) => status === 'cancellation_requested',
      () => orders.cancel(id),
    );
    assert.deepEqual(there, [id], 'those that commands have reached');
  });

  it('sees that its run was terminated, and what carries it on', async () => {
    const { id } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    const stopped = ({ attention }: OrderView) => attention?.reason === 'workflow_stopped';
    await allSee(id, stopped, () => service.client.workflow.getHandle(id).terminate());
    await allSee(
      id,
      (order) => !stopped(order),
      () => orders.resolve(id, resolution('retry')),
    );
  });

  it('sees what comes after a reset', async () => {
    const { id, reference } = await service.place();
    await service.see(id, 'the SMS', smsSent);
    await allSee(
      id,
      ({ status }) => status === 'confirmed',
      async () => {
        await reset(service.client, id);
        await orders.webhook('merchant_1', reference, confirmation);
      },
    );
  });

  it('sees the next state with every worker stopped, as soon as one is back', async () => {
    await service.stopWorker();
    const { id } = await service.place();
    await allSee(id, smsSent, () => service.startWorker());
  });
});
