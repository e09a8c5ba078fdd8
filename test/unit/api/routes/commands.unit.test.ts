// What send_sms, cancel and resolve hand on, and how they answer what came of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderView } from '../../../../src/order/view.ts';
import type { Orders, SmsCommandOutcome } from '../../../../src/gateway/orders.ts';
import type { ProblemBody } from '../../../support/api-fixtures.ts';
import { anOrderView, ORDER, ORDER_PATH, problem, withApi } from '../../../support/api-fixtures.ts';

describe('POST send_sms', () => {
  const SMS: [outcome: SmsCommandOutcome, status: number][] = [
    ['sent', 200],
    ['unknown', 202],
    ['pending', 202],
    ['refused', 502],
    ['not_sent', 502],
    ['not_possible', 409],
    ['over_limit', 409],
  ];
  for (const [outcome, status] of SMS) {
    it(`answers ${status} where it is ${outcome}, with the order`, async () =>
      withApi({ sendSms: () => Promise.resolve({ outcome, order: ORDER, repeat: false }) }, async ({ call }) => {
        const res = await call('POST', `${ORDER_PATH}/send_sms`);
        assert.equal(res.status, status);
        assert.deepEqual(((await res.json()) as ProblemBody).order, ORDER);
      }));
  }

  it('takes a phone in the spelling of the merchant’s country, or none', async () => {
    const phones: (string | null)[] = [];
    const sendSms: Orders['sendSms'] = (_id, phone) => {
      phones.push(phone);
      return Promise.resolve({ outcome: 'sent', order: ORDER, repeat: false });
    };
    await withApi({ sendSms }, async ({ call }) => {
      for (const body of [undefined, {}, 'null', [], { mobile_phone: null }, { mobile_phone: '(+34) 666 123 456' }]) {
        assert.equal((await call('POST', `${ORDER_PATH}/send_sms`, body)).status, 200);
      }
      for (const body of [{ mobile_phone: '1' }, { mobile_phone: '\u200b' }, { phone: '666123456' }, [1]]) {
        await problem(await call('POST', `${ORDER_PATH}/send_sms`, body), 'invalid_body');
      }
    });
    assert.deepEqual(phones, [null, null, null, null, null, '+34666123456']);
  });
});

describe('POST cancel', () => {
  const ENDS: [status: OrderView['status'], answer: number][] = [
    ['cancelled', 200],
    ['expired', 200],
    ['cancellation_requested', 200],
    ['confirmed', 422],
    ['failed', 422],
    ['creating', 202],
    ['awaiting_customer', 202],
    ['cancelling', 202],
  ];
  for (const [status, answer] of ENDS) {
    it(`answers ${answer} where the order is then ${status}`, async () => {
      const order = anOrderView({ status });
      await withApi({ cancel: () => Promise.resolve({ end: status, order, repeat: false }) }, async ({ call }) => {
        const res = await call('POST', `${ORDER_PATH}/cancel`, answer === 202 ? {} : undefined);
        assert.equal(res.status, answer);
        const body = (await res.json()) as { success?: boolean; order: OrderView };
        assert.deepEqual([body.success, body.order], [answer === 200 ? true : undefined, order]);
      });
    });
  }
});

describe('POST resolve', () => {
  const BASE = { operator: 'ana', note: 'seen' };
  const WRONG: [body: object, pointer: string, code: string][] = [
    [{ ...BASE, action: 'attach' }, '/sequra_order_id', 'required'],
    [{ ...BASE, action: 'retry', sequra_order_id: '1' }, '/sequra_order_id', 'not_allowed'],
    [{ ...BASE, action: 'attach', sequra_order_id: '' }, '/sequra_order_id', 'too_short'],
    [{ ...BASE, action: 'attach', sequra_order_id: 4567 }, '/sequra_order_id', 'invalid_type'],
    [{ ...BASE, action: 'explode' }, '/action', 'invalid_value'],
    [BASE, '/action', 'required'],
    [{ ...BASE, action: 'retry', note: 'x'.repeat(201) }, '/note', 'too_long'],
    [{ ...BASE, action: 'retry', operator: 'a\u0007b' }, '/operator', 'invalid_characters'],
    [{ ...BASE, action: 'retry', reason: 'x' }, '/reason', 'unknown_field'],
  ];
  for (const [body, pointer, code] of WRONG) {
    it(`says ${code} at ${pointer}`, async () =>
      withApi({}, async ({ call }) => {
        const { errors } = await problem(await call('POST', `${ORDER_PATH}/resolve`, body), 'invalid_body');
        assert.deepEqual(
          errors?.map((error) => [error.pointer, error.code]),
          [[pointer, code]],
        );
      }));
  }

  it('names a missing id together with the other mistakes', async () =>
    withApi({}, async ({ call }) => {
      const { errors } = await problem(
        await call('POST', `${ORDER_PATH}/resolve`, { action: 'attach' }),
        'invalid_body',
      );
      assert.deepEqual(
        errors?.map(({ pointer }) => pointer),
        ['/operator', '/note', '/sequra_order_id'],
      );
    }));

  it('hands on what the operator says', async () => {
    const given: unknown[] = [];
    const resolve: Orders['resolve'] = (_id, resolution) => {
      given.push(resolution);
      return Promise.resolve({ order: ORDER, repeat: false });
    };
    const attach = { ...BASE, action: 'attach', sequra_order_id: '4567' };
    await withApi({ resolve }, async ({ call }) => {
      const res = await call('POST', `${ORDER_PATH}/resolve`, attach);
      assert.deepEqual([res.status, await res.json()], [200, ORDER]);
      assert.equal(res.headers.get('etag'), `"${ORDER.revision}"`);
    });
    assert.deepEqual(given, [attach]);
  });
});
