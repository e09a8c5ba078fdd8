// How many SMS a phone gets in a day, over all orders, whichever process of ours sends them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@temporalio/client';
import { OrderRefusal } from '../../src/gateway/errors.ts';
import { smsBudget } from '../../src/gateway/sms-budget.ts';
import { temporalOrders } from '../../src/gateway/temporal-orders.ts';
import { SMS_COUNT_MS } from '../../src/contract/time-limits.ts';
import { createClient } from '../../src/temporal/connection.ts';
import { personalDigest } from '../../src/temporal/keyed-digests.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import { resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

const PER_DAY = 2;
const POLICY = { smsPerPhonePerDay: PER_DAY, smsLimit: 10 };
const DAY_MS = 86_400_000;

describe('a budget of SMS', () => {
  let service: Service;
  let another: Client;
  before(async () => {
    service = await startService();
    // Another API, and another worker.
    const temporal = { connectionOptions: { address: service.address }, namespace: 'default' };
    another = createClient({ temporal, payloadKeys: PAYLOAD_KEYS });
  });
  after(async () => {
    await another.connection.close();
    await service.close();
  });

  const budget = smsBudget(PAYLOAD_KEYS);
  const ofPhone = (phone: string) => budget.entryOf({ phone, ownDigest: null }) ?? '';
  const listed = (phone: string, count: number) =>
    until(`${count} SMS are counted`, async () => (await budget.isSpent(another, ofPhone(phone), count)) || null);
  const place = (reference: string, mobile_phone: string, policy: object = POLICY) =>
    service.place({ request: { reference, mobile_phone }, policy });
  const smsOf = (reference: string) => service.simulator.ledger.orders(reference)[0]?.sms.length;
  const PHONE = '+34666100001';

  it('is one over all orders: beyond it the API refuses, and nothing is recorded', async () => {
    const [first, second] = [await place('first', PHONE), await place('second', PHONE)];
    await service.see(first.id, 'the SMS', smsSent);
    await service.see(second.id, 'the SMS', smsSent);
    await listed(PHONE, PER_DAY);

    const before = await service.read(first.id);
    const { status, body } = await service.api.act(first.id, 'send_sms', undefined, { 'idempotency-key': 'a-key' });
    assert.deepEqual([status, body.code], [409, 'sms_limit_reached']);
    assert.deepEqual(body.order, before);
    const others = temporalOrders({ client: another, taskQueue: TASK_QUEUE, payloadKeys: PAYLOAD_KEYS });
    for (const phone of [null, PHONE])
      await assert.rejects(others.sendSms(second.id, phone), (error: unknown) => {
        assert.ok(error instanceof OrderRefusal);
        assert.equal(error.code, 'sms_limit_reached');
        return true;
      });
    assert.deepEqual(await service.read(first.id), before);

    // Another phone has a budget of its own, and the key is free again.
    const mobile_phone = '+34666100002';
    const { status: sent } = await service.api.act(
      first.id,
      'send_sms',
      { mobile_phone },
      { 'idempotency-key': 'a-key' },
    );
    assert.equal(sent, 200);
    assert.deepEqual([smsOf('first'), smsOf('second')], [2, 1]);
  });

  it('holds for the SMS that the workflow sends by itself: the order asks for a human', async () => {
    const { id } = await place('third', PHONE);
    const order = await service.see(id, 'the attention', asksHuman);
    assert.deepEqual([order.attention?.reason, order.sms.sent, order.sms.last_outcome], ['sms_not_sent', 0, null]);
    assert.deepEqual([order.timeline.at(-2)?.event, smsOf('third')], ['sms_failed', 0]);
    await service.api.act(id, 'resolve', resolution('retry'));
    const again = await service.see(
      id,
      'the second refusal',
      ({ revision, attention }) => revision > order.revision + 1 && attention !== null,
    );
    assert.equal(again.sms.sent, 0);
  });

  it('binds no merchant without one, and its SMS are not counted', async () => {
    const { id } = await place('without', PHONE, {});
    await service.see(id, 'the SMS', smsSent);
    const { typedSearchAttributes } = await service.client.workflow.getHandle(id).describe();
    assert.equal(typedSearchAttributes.get({ name: 'SmsOfDay', type: 'KEYWORD_LIST' }), undefined);
  });

  it('counts an SMS once, also where its order is opened again', async () => {
    const phone = '+34666100003';
    const { id, reference } = await place('again', phone);
    await service.see(id, 'the SMS', smsSent);
    service.simulator.confirm(reference);
    await service.see(id, 'the confirmation', closed);
    await service.client.workflow.getHandle(id).result();
    await service.api.act(id, 'cancel');
    const runs = () => service.client.workflow.count(`WorkflowId = '${id}' AND OrderStatus = 'cancellation_requested'`);
    await until('the next run is listed', async () => (await runs()).count === 1 || null);
    assert.equal(await budget.isSpent(another, ofPhone(phone), 1), true);
    assert.equal(await budget.isSpent(another, ofPhone(phone), 2), false);
  });

  it('is there anew on the next day, in UTC, and with another key', async () => {
    const tomorrow = smsBudget(PAYLOAD_KEYS, () => Date.now() + DAY_MS);
    const entry = tomorrow.entryOf({ phone: null, ownDigest: personalDigest('phone', PHONE, PAYLOAD_KEYS) }) ?? '';
    assert.ok(entry.endsWith(` ${new Date(Date.now() + DAY_MS).toISOString().slice(0, 10)}`));
    assert.equal(await budget.isSpent(another, ofPhone(PHONE), PER_DAY), true);
    assert.equal(await tomorrow.isSpent(another, entry, 1), false);
    const rotated = smsBudget([{ id: 'k2', key: Buffer.alloc(32, 'second') }, ...PAYLOAD_KEYS]);
    assert.equal(await rotated.isSpent(another, rotated.entryOf({ phone: PHONE, ownDigest: null }) ?? '', 1), false);
  });

  it('does not hold an SMS back where Temporal does not count', async () => {
    const temporal = { connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' };
    const nowhere = createClient({ temporal, payloadKeys: PAYLOAD_KEYS });
    const startedAt = Date.now();
    assert.equal(await budget.isSpent(nowhere, ofPhone(PHONE), 1), false);
    assert.ok(Date.now() - startedAt < 2 * SMS_COUNT_MS);
  });
});
