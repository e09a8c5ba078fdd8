// A test message to a merchant's endpoint: who may ask for it, and of which merchant.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problem, withApi } from '../../../support/api-fixtures.ts';
import { aMerchant, anApiKey } from '../../../support/merchants.ts';

const PATH = '/v1/notifications/test';
const merchants = new Map(
  [
    aMerchant({ notify: { url: 'https://shop.example/hooks' } }),
    aMerchant({ id: 'merchant_2', notify: null }),
    aMerchant({ id: 'merchant_3', notify: { url: 'https://other.example/hooks' } }),
  ].map((merchant) => [merchant.id, merchant]),
);
const apiKeys = [anApiKey({ merchants: ['merchant_1', 'merchant_2'] })];

describe('POST /v1/notifications/test', () => {
  it('has one sent to the merchant’s endpoint', async () => {
    const asked: string[] = [];
    const testNotification = async (merchantId: string) => ({ id: `${asked.push(merchantId)}`, repeat: false });
    await withApi(
      { testNotification },
      async ({ call }) => {
        const answer = await call('POST', PATH, { merchant_id: 'merchant_1' });
        assert.deepEqual(
          [answer.status, await answer.json()],
          [202, { message: 'A test message is on its way', id: '1' }],
        );
        assert.deepEqual(asked, ['merchant_1']);
      },
      { merchants, apiKeys },
    );
  });

  it('is refused without an endpoint, for another’s merchant, and where the body names none', async () => {
    const testNotification = () => Promise.reject(new Error('asked for'));
    await withApi(
      { testNotification },
      async ({ call }) => {
        await problem(await call('POST', PATH, { merchant_id: 'merchant_2' }), 'action_not_allowed');
        for (const id of ['merchant_3', 'merchant_4', '', '__proto__'])
          await problem(await call('POST', PATH, { merchant_id: id }), 'forbidden');
        for (const body of [{}, { merchant_id: 1 }, { merchant_id: null }, { merchant_id: 'merchant_1', url: 'x' }]) {
          const { errors } = await problem(await call('POST', PATH, body), 'invalid_body');
          assert.equal(errors?.length, 1);
        }
        await problem(await call('POST', PATH), 'malformed_body');
      },
      { merchants, apiKeys },
    );
    const readers = [anApiKey({ scopes: ['orders:read', 'ops'] })];
    await withApi(
      { testNotification },
      async ({ call }) => void (await problem(await call('POST', PATH, { merchant_id: 'merchant_1' }), 'forbidden')),
      { merchants, apiKeys: readers },
    );
  });
});
