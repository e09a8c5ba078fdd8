// What `POST /v1/orders` hands on, and how it answers what becomes of an order.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PROBLEMS } from '../../../../src/api/http/problem.ts';
import type { Merchant } from '../../../../src/config/model.ts';
import type { Failure } from '../../../../src/order/order.ts';
import type { OrderView } from '../../../../src/order/view.ts';
import type { Orders, Placing } from '../../../../src/gateway/orders.ts';
import { EXAMPLE_REQUEST } from '../../../../src/order/example.ts';
import { anOrderView, ORDER, ORDER_PATH, problem, withApi } from '../../../support/api-fixtures.ts';
import { aMerchant, anApiKey } from '../../../support/merchants.ts';

/** The check character is wrong. */
const MISTYPED = { ...EXAMPLE_REQUEST, nin: '12345678A' };

const CREATING = anOrderView({ status: 'creating', sequra_order_id: null });

const started: Orders['place'] = () => Promise.resolve({ outcome: 'started', order: CREATING });

function failed(code: Failure['code']): OrderView {
  return anOrderView({ status: 'failed', sequra_order_id: null, failure: { code, http_status: null, errors: [] } });
}

describe('POST /v1/orders', () => {
  it('takes an order with the settings of its merchant, and says where it is', async () => {
    const placings: Placing[] = [];
    const place: Orders['place'] = (placing) => {
      placings.push(placing);
      return Promise.resolve({ outcome: 'started', order: ORDER });
    };
    await withApi({ place }, async ({ call, logged }) => {
      const res = await call('POST', '/v1/orders', { ...MISTYPED, mobile_phone: '666 12 34 56' });
      assert.deepEqual([res.status, res.headers.get('location'), await res.json()], [202, ORDER_PATH, ORDER]);
      assert.equal(res.headers.get('etag'), `"${ORDER.revision}"`);
      await call('POST', '/v1/orders', { ...EXAMPLE_REQUEST, confirm_within_seconds: 60 });
      const { policy, currency } = aMerchant();
      assert.deepEqual(placings, [
        {
          request: { ...MISTYPED, mobile_phone: '+34666123456' },
          policy,
          currency,
          confirmWithinSeconds: undefined,
        },
        {
          request: EXAMPLE_REQUEST,
          policy: { ...policy, confirmWithinSeconds: 60 },
          currency,
          confirmWithinSeconds: 60,
        },
      ]);
      // A random id may have any digits.
      const lines = JSON.stringify(logged, (key, value: unknown) => (key === 'request_id' ? undefined : value));
      assert.equal(lines.match(/check character/g)?.length, 1);
      assert.ok(!/12345678|666|García|Mayor/.test(lines), lines);
    });
  });

  const CHECKSUMS: [ninChecksum: Merchant['ninChecksum'], status: number, warnings: number][] = [
    ['off', 202, 0],
    ['warn', 202, 1],
    ['reject', 422, 0],
  ];
  for (const [ninChecksum, status, warnings] of CHECKSUMS) {
    it(`answers ${status} to a wrong checksum where that is set to ${ninChecksum}`, async () => {
      const merchant = aMerchant({ ninChecksum });
      await withApi(
        {},
        async ({ call, logged }) => {
          assert.equal((await call('POST', '/v1/orders', MISTYPED)).status, status);
          assert.equal(JSON.stringify(logged).match(/check character/g)?.length ?? 0, warnings);
        },
        { merchants: new Map([[merchant.id, merchant]]) },
      );
    });
  }

  it('is 403 for a merchant that is not the key’s, known or not, before its other mistakes', async () =>
    withApi(
      {},
      async ({ call }) => {
        const bodies = [];
        for (const id of ['merchant_2', 'merchant_3', '', 'ünknown']) {
          const res = await call('POST', '/v1/orders', { merchant: { id }, nonsense: 1 });
          bodies.push(JSON.stringify(await problem(res, 'forbidden')));
        }
        assert.equal(new Set(bodies).size, 1);
        for (const merchant of [undefined, null, 'merchant_2', {}, { id: 7 }, []]) {
          await problem(await call('POST', '/v1/orders', { ...EXAMPLE_REQUEST, merchant }), 'invalid_body');
        }
      },
      { merchants: new Map([aMerchant(), aMerchant({ id: 'merchant_2' })].map((merchant) => [merchant.id, merchant])) },
    ));

  it('is 403 for an unknown merchant even with a key for all', async () =>
    withApi(
      {},
      async ({ call }) =>
        void (await problem(await call('POST', '/v1/orders', { merchant: { id: 'merchant_9' } }), 'forbidden')),
      { apiKeys: [anApiKey({ merchants: '*' })] },
    ));

  it('answers a repeat with the order as it is, and another body with 409', async () => {
    await withApi({ place: () => Promise.resolve({ outcome: 'repeated', order: ORDER }) }, async ({ call }) => {
      for (const prefer of ['', 'wait=2']) {
        const res = await call('POST', '/v1/orders', EXAMPLE_REQUEST, { prefer });
        assert.deepEqual([res.status, res.headers.get('idempotent-replayed')], [200, 'true']);
        assert.equal(res.headers.get('location'), ORDER_PATH);
      }
    });
    await withApi({ place: () => Promise.resolve({ outcome: 'conflict', order: ORDER }) }, async ({ call }) => {
      const { order } = await problem(await call('POST', '/v1/orders', EXAMPLE_REQUEST), 'reference_conflict');
      assert.deepEqual(order, ORDER);
    });
  });

  it('tells a repeat that waits how the order failed, as it told the first, and one that does not wait how it is', async () => {
    const order = failed('refused');
    await withApi({ place: () => Promise.resolve({ outcome: 'repeated', order }) }, async ({ call }) => {
      const waited = await call('POST', '/v1/orders', EXAMPLE_REQUEST, { prefer: 'wait=2' });
      assert.equal(waited.headers.get('idempotent-replayed'), 'true');
      assert.deepEqual((await problem(waited, 'order_refused')).order, order);
      const plain = await call('POST', '/v1/orders', EXAMPLE_REQUEST);
      assert.deepEqual([plain.status, plain.headers.get('idempotent-replayed')], [200, 'true']);
    });
  });

  const WAITED: [what: string, order: OrderView | null, status: number, code: keyof typeof PROBLEMS | null][] = [
    ['created', ORDER, 201, null],
    ['created and confirmed', anOrderView({ status: 'confirmed' }), 201, null],
    ['undecided', CREATING, 202, null],
    ['held', { ...CREATING, attention: { reason: 'create_outcome_unknown', since: ORDER.created_at } }, 202, null],
    ['gone from sight', null, 202, null],
    ['refused', failed('refused'), 422, 'order_refused'],
    ['unauthorized', failed('unauthorized'), 502, 'sequra_unauthorized'],
    ['given up', failed('given_up'), 422, 'order_refused'],
    ['unreachable', failed('unreachable'), 502, 'sequra_unreachable'],
    ['rate limited', failed('rate_limited'), 502, 'sequra_unreachable'],
  ];
  for (const [what, order, status, code] of WAITED) {
    it(`with Prefer: wait answers ${status} for an order that is ${what}`, async () => {
      const waits: number[] = [];
      const watch: Orders['watch'] = (_id, until, waitMs) => {
        waits.push(waitMs);
        assert.equal(order === null || until(order), what !== 'undecided');
        return Promise.resolve(order);
      };
      await withApi({ place: started, watch }, async ({ call }) => {
        const res = await call('POST', '/v1/orders', EXAMPLE_REQUEST, { prefer: 'wait=7' });
        assert.deepEqual([res.status, res.headers.get('preference-applied'), waits], [status, 'wait=7', [7000]]);
        if (code === null) assert.deepEqual(await res.json(), order ?? CREATING);
        else assert.deepEqual((await problem(res, code)).order, order);
      });
    });
  }
});
