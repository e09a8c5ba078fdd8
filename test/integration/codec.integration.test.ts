// Payload keys in the life of orders: rotated under open ones, and removed too early.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Worker } from '@temporalio/worker';
import { NativeConnection } from '@temporalio/worker';
import type { PayloadKey } from '../../src/config/model.ts';
import { createOrderWorker } from '../../src/processes/order-worker.ts';
import { createSequraClient } from '../../src/sequra/client.ts';
import { PayloadUnreadableError } from '../../src/temporal/seal.ts';
import { createClient } from '../../src/temporal/connection.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import { orderCounter } from '../../src/gateway/count-orders.ts';
import { keyUse } from '../../src/temporal/key-use.ts';
import type { Orders, Placing } from '../../src/gateway/orders.ts';
import { apiInFrontOf } from '../support/api-fixtures.ts';
import { payloadKeysSetting } from '../support/canaries.ts';
import { commandLine } from '../support/command-line.ts';
import { ACCOUNT } from '../support/merchants.ts';
import { confirmation, orderPath, orderPolicy, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { closed, smsSent, until } from '../support/waits.ts';

const OLD: PayloadKey = { id: 'old', key: randomBytes(32) };
const NEW: PayloadKey = { id: 'new', key: randomBytes(32) };

describe('payload keys', () => {
  /** As it is after a rotation. */
  let service: Service;
  before(async () => (service = await startService({ payloadKeys: [NEW, OLD] })));
  after(() => service.close());

  const placing = (reference: string): Placing => ({
    request: orderRequest({ reference }),
    policy: orderPolicy(),
    currency: 'EUR',
    confirmWithinSeconds: undefined,
  });

  /** What an API and a worker with another ring are made of. */
  async function withRing(
    payloadKeys: PayloadKey[],
    use: (orders: Orders, createWorker: () => Promise<Worker>) => Promise<void>,
  ): Promise<void> {
    const connectionOptions = { address: service.address };
    const temporal = { connectionOptions, namespace: 'default' };
    const client = createClient({ temporal, payloadKeys });
    const connection = await NativeConnection.connect(connectionOptions);
    const sequra = createSequraClient({ baseUrl: service.simulator.url, merchants: new Map([[ACCOUNT.id, ACCOUNT]]) });
    const common = { taskQueue: TASK_QUEUE, payloadKeys };
    try {
      await use(temporalOrders({ client, ...common }), () =>
        createOrderWorker({ connection, namespace: temporal.namespace, sequra, graceMs: 2_000, ...common }),
      );
    } finally {
      await sequra.close();
      await connection.close();
      await client.connection.close();
    }
  }

  /** Ids of the keys that the payloads of a history are encrypted with, in their order. */
  async function keyIdsOf(id: string): Promise<string[]> {
    const history = JSON.stringify(await service.client.workflow.getHandle(id).fetchHistory());
    const ids = [...history.matchAll(/"encryption-key-id":"([^"]+)"/g)];
    return [...new Set(ids.map(([, base64 = '']) => Buffer.from(base64, 'base64').toString()))];
  }

  async function keysInUse(): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    for await (const { workflowId, keyIds } of keyUse(service.client)) found.set(workflowId, [...keyIds]);
    return found;
  }

  it('are counted by whoever needs them, so that one knows when a key may go', async () => {
    const { id } = await service.place({ request: { reference: 'counted' } });
    await service.see(id, 'the SMS', smsSent);
    await until('the lists', async () => (await keysInUse()).has(id));
    assert.deepEqual((await keysInUse()).get(id), ['new']);
    const orders = commandLine(service, { PAYLOAD_KEYS: payloadKeysSetting(OLD, NEW) });
    const [head, row] = (await orders('keys', 'list')).lines;
    assert.match(head ?? '', /^KEY +OPEN +CLOSED$/);
    assert.match(row ?? '', /^new +[1-9]\d* +\d+$/);
    assert.ok(
      (await orders('keys', 'list', 'new')).lines.some((line) => line.startsWith('open') && line.endsWith(`  ${id}`)),
    );
    assert.deepEqual((await orders('keys', 'list', 'old')).lines, []);
    assert.match((await orders('keys', 'retire', 'old')).stderr, /first key/);
    assert.match((await orders('keys', 'retire', 'new')).stderr, /runs still need new/);
    const rotated = await commandLine(service, { PAYLOAD_KEYS: payloadKeysSetting(NEW, OLD) })('keys', 'retire', 'old');
    assert.deepEqual([rotated.code, rotated.lines.length], [0, 1]);
    const told = async (...args: string[]) => {
      const { code, lines } = await orders('keys', ...args, '--json');
      return [code, JSON.parse(lines[0] ?? '') as Record<string, unknown>] as const;
    };
    assert.deepEqual(await told('retire', 'none'), [0, { key: 'none', first: false, runs: 0, may_go: true }]);
    assert.deepEqual(await told('retire', 'old'), [1, { key: 'old', first: true, runs: null, may_go: false }]);
    const [code, { runs, ...needed }] = await told('retire', 'new');
    assert.deepEqual([code, needed, Number(runs) > 0], [1, { key: 'new', first: false, may_go: false }, true]);
    const [, made] = await told('new', 'third');
    assert.match(String(made['setting']), /^third:[A-Za-z0-9+/]{43}=$/);
    assert.equal(made['key'], 'third');
    assert.deepEqual(await orders.json('setup'), [
      { namespace: 'default', added: [], task_queue: TASK_QUEUE, calls_per_second: null },
    ]);
  });

  /** Orders by the key with which they were placed. */
  async function placedWith(...keyIds: string[]): Promise<Record<string, number>> {
    const { client, orders } = service;
    const of = { client, orders, taskQueue: TASK_QUEUE };
    const counts = await orderCounter({ ...of, merchantIds: () => ['merchant_1'], keyIds: () => keyIds })();
    return Object.fromEntries(counts.placedWith.map(({ keyId, orders: count }) => [keyId ?? '', count]));
  }

  it('are rotated under orders that wait, and they go on where they were', async () => {
    await service.stopWorker();
    const waiting = 'order:merchant_1:waiting';
    const untouched = 'order:merchant_1:untouched';
    await withRing([OLD], async (orders, createWorker) => {
      await orders.place(placing('waiting'));
      const worker = await createWorker();
      await worker.runUntil(service.see(waiting, 'the SMS', smsSent));
      await orders.place(placing('untouched'));
    });
    for (const id of [waiting, untouched]) assert.deepEqual(await keyIdsOf(id), ['old']);
    await until('the counts', async () => (await placedWith('old'))['old'] === 2);
    const counts = await placedWith('new', 'old', 'ol_');
    const known = counts['new'] ?? 0;
    assert.deepEqual(counts, { new: known, old: 2, ol_: 0, '': 0 });
    assert.deepEqual(await placedWith('new'), { new: known, '': 2 });

    await service.startWorker();
    await service.see(untouched, 'the SMS', smsSent);
    for (const [id, reference] of [
      [waiting, 'waiting'],
      [untouched, 'untouched'],
    ] as const) {
      assert.equal((await service.orders.place(placing(reference))).outcome, 'repeated');
      const other = { ...placing(reference), request: orderRequest({ reference, city: 'Girona' }) };
      assert.equal((await service.orders.place(other)).outcome, 'conflict');
      assert.equal(await service.orders.webhook('merchant_1', reference, confirmation), 'signalled');
      assert.equal((await service.see(id, 'the end', closed)).status, 'confirmed');
      assert.deepEqual(await keyIdsOf(id), ['old', 'new']);
      assert.deepEqual((await keysInUse()).get(id)?.toSorted(), ['new', 'old']);
      assert.equal(service.simulator.ledger.orders(reference).length, 1);
      service.replayAtEnd(id);
    }
  });

  it('are removed too early: an order is answered with an error, neither as missing nor by another one, until its key is back', async () => {
    const { id } = await service.place({ request: { reference: 'unreadable' } });
    const order = await service.see(id, 'the SMS', smsSent);
    await withRing([{ id: 'another', key: randomBytes(32) }], async (orders) => {
      await assert.rejects(orders.get(id), PayloadUnreadableError);
      await using api = await apiInFrontOf(orders);
      for (const answer of [
        await api.call('GET', orderPath(id)),
        await api.call('POST', orderPath(id, '/cancel')),
        await api.call('POST', '/v1/orders', orderRequest({ reference: 'unreadable' })),
      ]) {
        assert.ok(answer.status >= 500, `${answer.status}`);
        assert.doesNotMatch(await answer.text(), /payload key|"order"/);
      }
    });
    assert.deepEqual(await service.orders.get(id), order);
    assert.equal(service.simulator.ledger.calls('unreadable', 'create').length, 1);
    assert.deepEqual(service.simulator.ledger.calls('unreadable', 'cancel'), []);
  });
});
