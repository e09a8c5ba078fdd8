// seQura's three calls answer as its pages and examples say.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { CallResult } from './setup.ts';
import { call, cancel, create, createdId, sendSms, simulate } from './setup.ts';

const OTHER_ACCOUNT = { username: 'merchant_2', password: 'secret' };
const item = (fields: Record<string, unknown>) => ({
  cart_items: [{ reference: 'a', name: 'b', quantity: 1, ...fields }],
});

function codesOf(answer: CallResult): string[] {
  assert.ok(answer.status !== null);
  return (answer.json as { errors: { code: string; title: string }[] }).errors.map(({ code }) => code);
}

describe('the provider', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await simulate();
  });
  after(() => simulator.close());

  test('answers a create with the cart object of the example', async () => {
    const answer = await create(simulator, { reference: 'first' });
    assert.ok(answer.status === 200);
    const { created_at, id, ...cart } = answer.json as Record<string, unknown>;
    assert.ok(Number.isSafeInteger(id));
    assert.match(String(created_at), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(cart, {
      reference: 'first',
      status: 'pending',
      total_with_tax: '250.00',
      currency: 'EUR',
      sms_mobile_phone: '+34666123456',
      operator_ref: 'clerk@shop.example',
      cart_items: [
        { reference: 'FRAME-001', name: 'Designer Frame', price_with_tax: 25000, quantity: 1, total_with_tax: 25000 },
      ],
      customer_data: {
        given_names: 'María',
        surnames: 'García López',
        nin: '12345678Z',
        email: null,
        phone: '+34666123456',
        dob: '1990-01-01',
      },
      solicitation: null,
      order_uuid: null,
      subscription_id: null,
      joint_customer: null,
      can_resend_sms: true,
    });
  });

  test('gives the order’s UUID in the answer where it is told to', async (t) => {
    const other = await simulate(null, { answersOrderUuid: true });
    t.after(() => other.close());
    const answer = await create(other);
    assert.ok(answer.status === 200);
    assert.equal((answer.json as { order_uuid: string }).order_uuid, other.ledger.orders()[0]?.uuid);
  });

  const TOTALS: [number, string][] = [
    [7, '0.07'],
    [12_345_678_901, '123456789.01'],
  ];
  for (const [price_with_tax, text] of TOTALS) {
    test(`writes ${price_with_tax} cents as ${text}`, async () => {
      const answer = await create(simulator, item({ price_with_tax }));
      assert.ok(answer.status === 200);
      assert.equal((answer.json as { total_with_tax: string }).total_with_tax, text);
    });
  }

  test('has no idempotency: the same reference twice makes two orders', async () => {
    const ids = [
      await createdId(simulator, { reference: 'twice' }),
      await createdId(simulator, { reference: 'twice' }),
    ];
    assert.deepEqual(
      simulator.ledger.orders('twice').map(({ id }) => id),
      ids,
    );
    assert.notEqual(ids[0], ids[1]);
  });

  const STRANGERS = [null, { username: 'merchant_1', password: 'wrong' }, { username: 'nobody', password: 'secret' }];
  for (const account of STRANGERS) {
    test(`says 401 in plain text to ${JSON.stringify(account)}, and keeps the call`, async () => {
      const reference = `denied ${account?.username}`;
      const answer = await create(simulator, { reference }, { account });
      assert.ok(answer.status === 401);
      assert.equal(answer.text, 'HTTP Basic: Access denied.');
      assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
      assert.equal(simulator.ledger.orders(reference).length, 0);
      assert.deepEqual(
        simulator.ledger.calls(reference, 'create').map(({ http_status, effect }) => [http_status, effect]),
        [[401, null]],
      );
    });
  }

  test('says 401 for a merchant and for an order of another account', async () => {
    const id = await createdId(simulator, { reference: 'mine' });
    const answers = [
      await create(simulator, { reference: 'mine' }, { account: OTHER_ACCOUNT }),
      await sendSms(simulator, id, { account: OTHER_ACCOUNT }),
      await cancel(simulator, id, { account: OTHER_ACCOUNT }),
    ];
    assert.deepEqual(
      answers.map((answer) => [answer.status, ...codesOf(answer)]),
      [
        [401, 'unauthorized'],
        [401, 'unauthorized'],
        [401, 'unauthorized'],
      ],
    );
    assert.deepEqual(
      simulator.ledger.orders('mine').map(({ status, sms }) => [status, sms.length]),
      [['pending', 0]],
    );
  });

  const INVALID: [string, Record<string, unknown>, string][] = [
    ['a missing phone', { mobile_phone: undefined }, 'invalid_mobile_phone'],
    ['a phone that is none', { mobile_phone: 'call me' }, 'invalid_mobile_phone'],
    ['a blank name', { given_names: ' ' }, 'invalid_given_names'],
    ['an impossible birth date', { date_of_birth: '1990-02-30' }, 'invalid_date_of_birth'],
    ['an empty cart', { cart_items: [] }, 'invalid_cart_items'],
    ['a cart for nothing', item({ price_with_tax: 0 }), 'invalid_cart_items'],
    ['a price in euros', item({ price_with_tax: 2.5 }), 'invalid_cart_items.0.price_with_tax'],
    ['a quantity of nothing', item({ price_with_tax: 5, quantity: 0 }), 'invalid_cart_items.0.quantity'],
    ['a subscription', item({ price_with_tax: 5, type: 'subscription' }), 'invalid_cart_items.0.type'],
    ['an unknown store', { merchant: { id: 'merchant_1', store_ref: 'elsewhere' } }, 'invalid_merchant.store_ref'],
  ];
  for (const [what, overrides, code] of INVALID) {
    test(`refuses ${what} with 422`, async () => {
      const answer = await create(simulator, { reference: 'invalid', ...overrides });
      assert.equal(answer.status, 422);
      assert.deepEqual(codesOf(answer), [code]);
      assert.equal(simulator.ledger.orders('invalid').length, 0);
    });
  }

  test('refuses what is no JSON with 400, and what is too large with 413', async () => {
    assert.equal((await call(simulator, '/api/public/v1/orders', { body: '{"reference":' })).status, 400);
    assert.equal((await create(simulator, { address: 'x'.repeat(300_000) })).status, 413);
  });

  test('sends an SMS to the number of the order, or to the one that is given', async () => {
    const id = await createdId(simulator);
    const answer = await sendSms(simulator, id);
    assert.ok(answer.status === 200);
    assert.deepEqual(answer.json, { message: 'SMS sent successfully' });
    await sendSms(simulator, id, { body: { mobile_phone: '+34600000001' } });
    assert.equal((await sendSms(simulator, id, { body: { mobile_phone: 'x' } })).status, 422);
    assert.deepEqual(
      simulator.ledger.order(id)?.sms.map(({ phone }) => phone),
      ['+34666123456', '+34600000001'],
    );
  });

  for (const smsLimitStatus of [422, 429] as const) {
    test(`answers ${smsLimitStatus} beyond the SMS limit, as it is told`, async (t) => {
      const limited = await simulate(null, { smsLimit: 2, smsLimitStatus });
      t.after(() => limited.close());
      const id = await createdId(limited);
      const statuses = [];
      for (let sms = 0; sms < 3; sms += 1) statuses.push((await sendSms(limited, id)).status);
      assert.deepEqual(statuses, [200, 200, smsLimitStatus]);
      assert.equal(limited.ledger.order(id)?.sms.length, 2);
    });
  }

  test('cancels a pending order at once, and a second time says 422', async () => {
    const id = await createdId(simulator);
    const answer = await cancel(simulator, id);
    assert.ok(answer.status === 200);
    assert.deepEqual(answer.json, { success: true, message: 'Order cancelled successfully' });
    assert.equal(simulator.ledger.order(id)?.status, 'cancelled');
    assert.equal((await cancel(simulator, id)).status, 422);
    assert.equal((await sendSms(simulator, id)).status, 422);
  });

  test('asks the financing provider when a confirmed order is cancelled, and reports nothing', async () => {
    const id = await createdId(simulator, { reference: 'signed' });
    simulator.confirm('signed');
    assert.equal((await cancel(simulator, id)).status, 200);
    const order = simulator.ledger.order(id);
    assert.equal(order?.status, 'confirmed');
    assert.deepEqual(
      order.effects.map(({ effect }) => effect),
      ['created', 'confirmed', 'financing_asked'],
    );
    assert.deepEqual(
      simulator.ledger.webhooks('signed').map(({ event }) => event),
      ['order/confirmed'],
    );
  });

  test('does not cancel a completed order, and knows no other', async () => {
    const id = await createdId(simulator);
    simulator.confirm(id);
    simulator.complete(id);
    assert.equal((await cancel(simulator, id)).status, 422);
    assert.equal((await cancel(simulator, 999_999)).status, 404);
    assert.equal((await call(simulator, '/api/public/v1/orders/abc/send_sms')).status, 404);
  });

  test('keeps every call with what it changed', async () => {
    const id = await createdId(simulator, { reference: 'kept' });
    await sendSms(simulator, id);
    await cancel(simulator, id);
    assert.deepEqual(
      simulator.ledger.calls('kept').map(({ kind, outcome, effect, order_id }) => [kind, outcome, effect, order_id]),
      [
        ['create', 'answered', 'created', id],
        ['send_sms', 'answered', 'sms_sent', id],
        ['cancel', 'answered', 'cancelled', id],
      ],
    );
    assert.deepEqual(simulator.ledger.order(id)?.calls, simulator.ledger.calls('kept'));
  });

  test('refuses connections while it is offline, and forgets nothing', async () => {
    const id = await createdId(simulator);
    await simulator.goOffline();
    const answer = await cancel(simulator, id);
    await simulator.goOnline();
    assert.ok(answer.status === null);
    assert.equal(answer.error, 'ECONNREFUSED');
    assert.equal((await cancel(simulator, id)).status, 200);
  });

  test('answers its health check, and 404 elsewhere', async () => {
    assert.equal((await fetch(`${simulator.url}/livez`)).status, 200);
    assert.equal((await fetch(`${simulator.url}/api/public/v1/orders/4567`)).status, 404);
  });
});
