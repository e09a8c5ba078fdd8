// What holds for every route, over a real socket: the order of checks, addresses and methods, failures, the log.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NoWorkerError, OrderRefusal, TemporalUnavailableError } from '../../../src/gateway/errors.ts';
import type { Orders } from '../../../src/gateway/orders.ts';
import { EXAMPLE_REQUEST } from '../../../src/order/example.ts';
import { CONFIRMATION, FORM, ORDER, ORDER_PATH, problem, withApi } from '../../support/api-fixtures.ts';
import { WEBHOOK_PATH } from '../../support/canaries.ts';
import { anApiKey } from '../../support/merchants.ts';
import { orderPath } from '../../support/orders.ts';

/** Orders of which nothing can be had but this error. */
function failing(error: Error): Partial<Orders> {
  const fail = async () => {
    throw error;
  };
  return { place: fail, get: fail, list: fail, webhook: fail };
}

describe('the order of checks', () => {
  const unreachable = { get: () => Promise.reject(new Error('asked for an order it may not see')) };

  it('401 comes first, with a challenge', async () =>
    withApi(unreachable, async ({ call }) => {
      for (const authorization of ['', 'Bearer wrong', 'Basic x']) {
        const res = await call('POST', `${ORDER_PATH}/resolve`, 'nonsense', { authorization });
        await problem(res, 'unauthenticated');
        assert.equal(res.headers.get('www-authenticate'), 'Bearer');
      }
    }));

  it('then 403, for a scope', async () =>
    withApi(
      unreachable,
      async ({ call }) => void (await problem(await call('POST', `${ORDER_PATH}/resolve`, 'nonsense'), 'forbidden')),
      { apiKeys: [anApiKey({ scopes: ['orders:read', 'orders:write'] })] },
    ));

  it('then 404, before anything about the body or the query', async () =>
    withApi({ get: () => Promise.resolve(null) }, async ({ call }) => {
      for (const action of ['send_sms', 'cancel', 'resolve']) {
        await problem(await call('POST', `${ORDER_PATH}/${action}`, { nonsense: 1 }), 'order_not_found');
      }
      await problem(await call('GET', `${ORDER_PATH}?wait=x`), 'order_not_found');
    }));

  it('then 422, before 409', async () => {
    const refusal = new OrderRefusal({ code: 'action_not_allowed', detail: 'Nothing needs an operator.' });
    await withApi({ resolve: () => Promise.reject(refusal) }, async ({ call }) => {
      const resolution = { action: 'dismiss', operator: 'ana', note: 'seen' };
      const wrong = await problem(
        await call('POST', `${ORDER_PATH}/resolve`, { ...resolution, note: '' }),
        'invalid_body',
      );
      assert.deepEqual(wrong.errors, [{ pointer: '/note', code: 'too_short', message: 'At least 1 character.' }]);
      await problem(await call('POST', `${ORDER_PATH}/resolve`, resolution), 'action_not_allowed');
    });
  });

  it('answers an order of another merchant exactly as an unknown one, without looking', async () =>
    withApi(unreachable, async ({ call }) => {
      const bodies = [];
      for (const id of ['order:merchant_2:a', 'nonsense', 'order:merchant_1:', `order:merchant_1:${'a'.repeat(65)}`]) {
        const body = await problem(await call('GET', orderPath(id)), 'order_not_found');
        bodies.push({ ...body, instance: '' });
      }
      assert.equal(new Set(bodies.map((body) => JSON.stringify(body))).size, 1);
    }));
});

describe('addresses and methods', () => {
  it('are 404 and 405 with Allow', async () =>
    withApi({}, async ({ call, url }) => {
      for (const path of ['/', '/v1', '/v1/orders/', '/V1/orders', `${ORDER_PATH}/nothing`, '/webhooks/sequra/']) {
        await problem(await call('GET', path), 'route_not_found');
      }
      const allowed = { '/v1/orders': 'POST, GET, HEAD', [ORDER_PATH]: 'GET, HEAD', [`${ORDER_PATH}/cancel`]: 'POST' };
      for (const [path, allow] of Object.entries(allowed)) {
        for (const method of ['DELETE', 'PUT', 'OPTIONS']) {
          const res = await fetch(url + path, { method });
          await problem(res, 'method_not_allowed');
          assert.equal(res.headers.get('allow'), allow);
        }
      }
      const hook = await call('GET', WEBHOOK_PATH);
      assert.equal((await problem(hook, 'method_not_allowed')).instance, '/webhooks/sequra');
      assert.equal(hook.headers.get('allow'), 'POST');
    }));

  it('broken percent-encoding is no address, and shows no token', async () =>
    withApi({}, async ({ call }) => {
      await problem(await call('GET', '/v1/orders/%E0%A4%A'), 'route_not_found');
      const res = await call('POST', `${WEBHOOK_PATH}%FF`, CONFIRMATION, FORM);
      assert.equal((await problem(res, 'route_not_found')).instance, '/webhooks/sequra');
    }));

  it('HEAD is GET without its body', async () =>
    withApi({}, async ({ call }) => {
      const res = await call('HEAD', ORDER_PATH);
      assert.deepEqual([res.status, res.headers.get('etag'), await res.text()], [200, '"3"', '']);
    }));

  it('an Accept without JSON is 406', async () =>
    withApi({}, async ({ call }) => {
      await problem(await call('GET', ORDER_PATH, undefined, { accept: 'text/html' }), 'not_acceptable');
      for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.1']) {
        assert.equal((await call('GET', ORDER_PATH, undefined, { accept })).status, 200);
      }
    }));

  it('no answer names what it is built with', async () =>
    withApi({}, async ({ call }) => {
      const { headers } = await call('GET', ORDER_PATH);
      assert.equal(headers.get('x-powered-by'), null);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }));
});

describe('a gateway that fails', () => {
  it('is 503 with Retry-After where Temporal is away', async () =>
    withApi(failing(new TemporalUnavailableError('canary')), async ({ call }) => {
      const answers = [
        await call('POST', '/v1/orders', EXAMPLE_REQUEST),
        await call('GET', '/v1/orders'),
        await call('GET', ORDER_PATH),
        await call('POST', `${ORDER_PATH}/cancel`),
        await call('POST', WEBHOOK_PATH, CONFIRMATION, FORM),
      ];
      for (const res of answers) {
        assert.match(res.headers.get('retry-after') ?? '', /^\d+$/);
        assert.ok(!JSON.stringify(await problem(res, 'temporal_unavailable')).includes('canary'));
      }
    }));

  it('is 503 no_worker where nobody carries out a command', async () =>
    withApi({ cancel: () => Promise.reject(new NoWorkerError('canary')) }, async ({ call }) => {
      const res = await call('POST', `${ORDER_PATH}/cancel`);
      assert.match(res.headers.get('retry-after') ?? '', /^\d+$/);
      await problem(res, 'no_worker');
    }));

  it('is 500 without a word of what it was, in the answer and in the log', async () =>
    withApi(failing(new RangeError('canary')), async ({ call, logged }) => {
      const body = await problem(await call('GET', ORDER_PATH), 'internal_error');
      assert.ok(!JSON.stringify([body, logged]).includes('canary'));
      assert.ok(JSON.stringify(logged).includes('RangeError'));
    }));

  it('says with an order’s refusal why', async () => {
    const detail = 'The limit of 3 SMS for this order is reached.';
    const sendSms = () => Promise.reject(new OrderRefusal({ code: 'sms_limit_reached', detail }));
    await withApi({ sendSms }, async ({ call }) => {
      const body = await problem(await call('POST', `${ORDER_PATH}/send_sms`), 'sms_limit_reached');
      assert.equal((body as { detail?: string }).detail, detail);
    });
  });
});

describe('a request', () => {
  it('leaves one line: pattern, status, key and order', async () =>
    withApi({}, async ({ call, logged }) => {
      await (await call('GET', `${ORDER_PATH}?wait=5`)).text();
      while (logged.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const [{ ms, request_id: requestId, ...line }] = logged[0] as [Record<string, unknown>];
      assert.deepEqual([typeof ms, typeof requestId], ['number', 'string']);
      assert.deepEqual(line, {
        method: 'GET',
        route: '/v1/orders/:id',
        status: 200,
        api_key: 'till',
        id: ORDER.id,
      });
    }));
});
