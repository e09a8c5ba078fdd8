// What was decrypted for a list is kept for the next, for the very same bytes only.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { ORDER_WORKFLOW } from '../../../src/contract/names.ts';
import { listedOrders } from '../../../src/gateway/listed-orders.ts';
import type { Order } from '../../../src/order/order.ts';
import { createPayloadCodec } from '../../../src/temporal/codec.ts';
import { PayloadUnreadableError } from '../../../src/temporal/seal.ts';
import { PAYLOAD_KEYS } from '../../support/canaries.ts';
import { awaiting, idOf, newOrder } from '../../support/orders.ts';

const codec = createPayloadCodec(PAYLOAD_KEYS);
const contextOf = (workflowId: string) => ({ type: 'workflow' as const, namespace: 'default', workflowId });

/** An order under another reference. */
const named = (order: Order, reference: string): Order => ({ ...order, reference, id: idOf(reference) });

async function sealed(order: Order): Promise<Payload> {
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(order)) };
  const [one] = await codec.encode([payload], contextOf(order.id));
  assert.ok(one);
  return one;
}

/** As Temporal lists a run. */
const listed = (workflowId: string, order: Payload) => ({
  execution: { workflowId, runId: 'run' },
  type: { name: ORDER_WORKFLOW },
  memo: { fields: { order } },
});

function reader() {
  let decrypted = 0;
  const counting: PayloadCodec = {
    ...codec,
    decode: (payloads, context) => {
      decrypted += payloads.length;
      return codec.decode(payloads, context);
    },
  };
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const read = listedOrders(new Client({ connection, dataConverter: { payloadCodecs: [counting] } }));
  return { read, decrypted: () => decrypted };
}

describe('the orders of a list', () => {
  it('are decrypted once for the same bytes, and anew for others', async () => {
    const { read, decrypted } = reader();
    const [before, after] = [newOrder(), awaiting()];
    const first = await sealed(before);
    for (let times = 0; times < 3; times += 1) assert.deepEqual(await read(listed(before.id, first)), before);
    assert.equal(decrypted(), 1);
    assert.deepEqual(await read(listed(before.id, await sealed(after))), after);
    assert.equal(decrypted(), 2);
    assert.deepEqual(await read(listed(before.id, await sealed(after))), after);
    assert.equal(decrypted(), 3, 'the same order, encrypted again');
  });

  it('are not taken from memory for bytes that somebody has changed, or has put under another id', async () => {
    const { read } = reader();
    const order = newOrder();
    const whole = await sealed(order);
    assert.deepEqual(await read(listed(order.id, whole)), order);
    for (const at of [0, 40, (whole.data?.length ?? 0) - 1]) {
      const data = Buffer.from(whole.data ?? []);
      data[at] = (data[at] ?? 0) ^ 1;
      await assert.rejects(read(listed(order.id, { ...whole, data })), PayloadUnreadableError);
      assert.deepEqual(await read(listed(order.id, whole)), order);
    }
    const other = named(order, 'another');
    assert.equal(await read(listed(other.id, whole)), null);
  });

  it('are kept while they are looked at, and make room for others', async () => {
    const { read, decrypted } = reader();
    const order = newOrder();
    const all = [];
    for (let at = 0; at < 1_600; at += 1) all.push(named(order, `copy-${at}`));
    const runs = await Promise.all(all.map(async (one) => listed(one.id, await sealed(one))));
    const [first, second] = runs;
    assert.ok(first && second);
    await read(second);
    for (const run of runs) {
      await read(run);
      await read(first);
    }
    assert.equal(decrypted(), runs.length);
    await read(first);
    assert.equal(decrypted(), runs.length, 'looked at last');
    await read(second);
    assert.equal(decrypted(), runs.length + 1, 'looked at long ago');
  });
});
