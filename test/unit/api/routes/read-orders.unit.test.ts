// Reading one order, held or not, and lists of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { InvalidCursorError } from '../../../../src/gateway/errors.ts';
import type { Orders } from '../../../../src/gateway/orders.ts';
import { anOrderView, ORDER, ORDER_PATH, problem, withApi } from '../../../support/api-fixtures.ts';
import { API_KEY } from '../../../support/canaries.ts';
import { anApiKey } from '../../../support/merchants.ts';

describe('GET /v1/orders/{id}', () => {
  it('answers 304 to who has it already', async () =>
    withApi({}, async ({ call }) => {
      const fresh = await call('GET', ORDER_PATH);
      assert.equal(fresh.headers.get('cache-control'), 'private, no-cache');
      assert.deepEqual([fresh.status, fresh.headers.get('etag'), await fresh.json()], [200, '"3"', ORDER]);
      const known = await call('GET', ORDER_PATH, undefined, { 'if-none-match': 'W/"3"' });
      assert.deepEqual([known.status, known.headers.get('etag'), await known.text()], [304, '"3"', '']);
    }));

  it('holds only the answer that would be 304, until it is another', async () => {
    const waits: number[] = [];
    const watch: Orders['watch'] = (_id, until, waitMs) => {
      waits.push(waitMs);
      const changed = anOrderView({ revision: 4 });
      return Promise.resolve(until(changed) && !until(ORDER) ? changed : ORDER);
    };
    await withApi({ watch }, async ({ call }) => {
      assert.equal((await call('GET', `${ORDER_PATH}?wait=60`)).status, 200);
      assert.equal((await call('GET', `${ORDER_PATH}?wait=60`, undefined, { 'if-none-match': '"2"' })).status, 200);
      assert.deepEqual(waits, []);
      const held = await call('GET', `${ORDER_PATH}?wait=60`, undefined, { 'if-none-match': '"3"' });
      assert.deepEqual([held.status, held.headers.get('etag'), waits], [200, '"4"', [60_000]]);
    });
  });

  it('lets a held answer go when the caller leaves, or the process drains', async () => {
    const draining = new AbortController();
    let seen: AbortSignal | undefined;
    const holding = Promise.withResolvers<void>();
    const watch: Orders['watch'] = (_id, _until, _waitMs, signal) => {
      seen = signal;
      holding.resolve();
      if (signal?.aborted !== false) return Promise.resolve(ORDER);
      return once(signal, 'abort').then(() => ORDER);
    };
    const options = { draining: draining.signal };
    await withApi(
      { watch },
      async ({ call, url }) => {
        const leaving = new AbortController();
        const headers = { authorization: `Bearer ${API_KEY}`, 'if-none-match': '"3"' };
        const left = fetch(`${url}${ORDER_PATH}?wait=60`, { headers, signal: leaving.signal });
        await holding.promise;
        leaving.abort();
        await assert.rejects(left);
        if (seen?.aborted === false) await once(seen, 'abort');

        const held = call('GET', `${ORDER_PATH}?wait=60`, undefined, { 'if-none-match': '"3"' });
        setTimeout(() => draining.abort(), 50);
        assert.equal((await held).status, 304);
        const next = await call('GET', `${ORDER_PATH}?wait=60`, undefined, { 'if-none-match': '"3"' });
        assert.equal(next.status, 304);
      },
      options,
    );
  });

  it('refuses what it does not know to wait for', async () =>
    withApi({}, async ({ call }) => {
      for (const query of ['wait=0', 'wait=61', 'wait=', 'wait=1.5', 'wait=%201', 'wait=1&wait=1', 'weight=1']) {
        const { errors } = await problem(await call('GET', `${ORDER_PATH}?${query}`), 'invalid_query');
        assert.match(errors?.[0]?.pointer ?? '', /^\/w/);
      }
    }));
});

describe('GET /v1/orders', () => {
  it('names the orders that it cannot read, instead of leaving them out in silence', async () => {
    const unreadable = ['order:merchant_1:locked'];
    const list: Orders['list'] = () => Promise.resolve({ data: [ORDER], unreadable, nextCursor: null });
    await withApi({ list }, async ({ call }) => {
      const page = await (await call('GET', '/v1/orders')).json();
      assert.deepEqual(page, { data: [ORDER], next_cursor: null, unreadable });
    });
  });

  it('asks for what the key may see', async () => {
    const asked: unknown[] = [];
    const list: Orders['list'] = (filter) => {
      asked.push(filter);
      return Promise.resolve({ data: [ORDER], unreadable: [], nextCursor: 'next' });
    };
    const nothing = { data: [], next_cursor: null };
    await withApi({ list }, async ({ call }) => {
      const page = await call('GET', '/v1/orders');
      assert.deepEqual([page.headers.get('etag'), page.headers.get('cache-control')], [null, 'no-store']);
      assert.deepEqual(await page.json(), { data: [ORDER], next_cursor: 'next' });
      await call(
        'GET',
        '/v1/orders?merchant_id=merchant_1&status=failed&attention=true&limit=100&cursor=c&reference=a%20b',
      );
      assert.deepEqual(await (await call('GET', '/v1/orders?merchant_id=merchant_2')).json(), nothing);
    });
    const all = { apiKeys: [anApiKey({ merchants: '*' })] };
    await withApi(
      { list },
      async ({ call }) => {
        await call('GET', '/v1/orders?attention=sms_not_sent');
        await call('GET', '/v1/orders?merchant_id=merchant_2');
      },
      all,
    );
    assert.deepEqual(asked, [
      { merchantIds: ['merchant_1'], attention: undefined, limit: 50 },
      { merchantIds: ['merchant_1'], attention: true, limit: 100, cursor: 'c', reference: 'a b', status: 'failed' },
      { merchantIds: ['merchant_1'], attention: 'sms_not_sent', limit: 50 },
      { merchantIds: ['merchant_2'], attention: undefined, limit: 50 },
    ]);
  });

  it('refuses every parameter that it cannot take', async () =>
    withApi({}, async ({ call }) => {
      const wrong = [
        'limit=0',
        'limit=101',
        'limit=x',
        'status=done',
        'status=',
        'attention=false',
        'cursor=',
        'page=2',
      ];
      for (const query of [
        ...wrong,
        'reference=',
        'reference=%00',
        'merchant_id=',
        'merchant_id=a%2Fb',
        '__proto__=1',
      ]) {
        const { errors } = await problem(await call('GET', `/v1/orders?${query}`), 'invalid_query');
        assert.deepEqual(
          errors?.map(({ pointer }) => pointer),
          [`/${query.split('=')[0]}`],
        );
      }
      await problem(await call('GET', '/v1/orders?status=failed&status=failed'), 'invalid_query');
    }));

  it('says so where a cursor is none of ours', async () =>
    withApi({ list: () => Promise.reject(new InvalidCursorError()) }, async ({ call }) => {
      const { errors } = await problem(await call('GET', '/v1/orders?cursor=x'), 'invalid_query');
      assert.deepEqual(
        errors?.map(({ pointer, code }) => [pointer, code]),
        [['/cursor', 'invalid_cursor']],
      );
    }));
});
