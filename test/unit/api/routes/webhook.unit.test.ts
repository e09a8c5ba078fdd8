// The webhook route over a real socket: what it takes, in which order it checks, and what it never tells.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PROBLEMS } from '../../../../src/api/http/problem.ts';
import type { Orders } from '../../../../src/gateway/orders.ts';
import type { Api } from '../../../support/api-fixtures.ts';
import { CONFIRMATION, FORM, problem, withApi } from '../../../support/api-fixtures.ts';
import { WEBHOOK_PATH, WEBHOOK_TOKEN } from '../../../support/canaries.ts';
import { aMerchant } from '../../../support/merchants.ts';

function send(
  { call }: Api,
  body: string,
  headers: Record<string, string> = FORM,
  path = WEBHOOK_PATH,
): Promise<Response> {
  return call('POST', path, body, { authorization: '', accept: 'text/html', ...headers });
}

describe('a webhook', () => {
  it('is handed on with what its name means', async () => {
    const taken: unknown[] = [];
    const webhook: Orders['webhook'] = (...all) => {
      taken.push(all);
      return Promise.resolve('unmatched');
    };
    await withApi({ webhook }, async (api) => {
      const types = [`${FORM['content-type']}; charset=ISO-8859-1`, 'APPLICATION/X-WWW-FORM-URLENCODED'];
      for (const type of types)
        assert.equal((await send(api, `${CONFIRMATION}&event_id=1`, { 'content-type': type })).status, 200);
      const json = { event: 'what', order_ref_1: 'x'.repeat(5000), order_ref: 'uuid' };
      const res = await send(api, JSON.stringify(json), { 'content-type': 'application/json' });
      assert.deepEqual([res.status, await res.json()], [200, { received: true }]);
      const confirm = { event: 'order/confirmed', event_id: '1', order_ref: null, kind: 'confirm' };
      assert.deepEqual(taken, [
        ['merchant_1', 'pos_1234', confirm],
        ['merchant_1', 'pos_1234', confirm],
        ['merchant_1', json.order_ref_1, { event: 'what', event_id: null, order_ref: 'uuid', kind: 'unknown' }],
      ]);
    });
  });

  it('means what the merchant’s settings say', async () => {
    const kinds: unknown[] = [];
    const webhook: Orders['webhook'] = (_merchantId, _reference, { kind }) => {
      kinds.push(kind);
      return Promise.resolve('signalled');
    };
    const eventNames = { confirm: ['signed'], cancel: [], note: [], reject: ['order/*'] };
    const merchant = aMerchant({ eventNames });
    await withApi(
      { webhook },
      async (api) => {
        assert.equal((await send(api, 'event=signed&order_ref_1=a')).status, 200);
        await problem(await send(api, CONFIRMATION), 'event_not_supported');
      },
      { merchants: new Map([[merchant.id, merchant]]) },
    );
    assert.deepEqual(kinds, ['confirm']);
  });

  it('is taken under either of two live tokens', async () => {
    const merchant = aMerchant({ webhookTokens: ['a'.repeat(43), 'b'.repeat(43)] });
    await withApi(
      {},
      async (api) => {
        for (const [letter, status] of Object.entries({ a: 200, b: 200, c: 404 })) {
          assert.equal((await send(api, CONFIRMATION, FORM, `/webhooks/sequra/${letter.repeat(43)}`)).status, status);
        }
      },
      { merchants: new Map([[merchant.id, merchant]]) },
    );
  });

  it('is checked for token, type, size and body, in this order', async () =>
    withApi({}, async (api) => {
      const large = 'x'.repeat(16 * 1024 + 1);
      const plain = { 'content-type': 'text/plain' };
      const checks: [Response, keyof typeof PROBLEMS][] = [
        [await send(api, large, plain, '/webhooks/sequra/wrong'), 'route_not_found'],
        [await send(api, large, plain), 'unsupported_media_type'],
        [await send(api, CONFIRMATION, { 'content-type': '' }), 'unsupported_media_type'],
        [await send(api, large), 'body_too_large'],
        [await send(api, ''), 'malformed_body'],
        [await send(api, 'event=needs_card'), 'malformed_body'],
        [await send(api, 'event=needs_card&order_ref_1=a'), 'event_not_supported'],
        [await send(api, `event=${'aml_'.repeat(50)}&order_ref_1=a`), 'event_not_supported'],
      ];
      for (const [res, code] of checks) assert.equal((await problem(res, code)).instance, '/webhooks/sequra');
      const largest = `${CONFIRMATION}&x=`.padEnd(16 * 1024, 'x');
      assert.equal((await send(api, largest)).status, 200);
    }));

  it('leaves no token in any log line', async () =>
    withApi({}, async (api) => {
      await send(api, CONFIRMATION);
      await send(api, CONFIRMATION, FORM, `${WEBHOOK_PATH}%FF`);
      await send(api, CONFIRMATION, FORM, `/webhooks/other/${WEBHOOK_TOKEN}`);
      assert.ok(!JSON.stringify(api.logged).includes(WEBHOOK_TOKEN));
      assert.ok(JSON.stringify(api.logged).includes('/webhooks/sequra/:token'));
    }));
});
