// The header `Idempotency-Key`, as the API reads it from a socket, and what it makes of a request.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { IdempotencyKey } from '../../../../src/gateway/claim-key.ts';
import { KeyReusedError, OrderRefusal } from '../../../../src/gateway/errors.ts';
import type { Orders } from '../../../../src/gateway/orders.ts';
import type { Api } from '../../../support/api-fixtures.ts';
import {
  anOrderView,
  ORDER,
  ORDER_PATH,
  ordersOf,
  problem,
  apiInFrontOf,
  withApi,
} from '../../../support/api-fixtures.ts';
import { API_KEY } from '../../../support/canaries.ts';
import { anApiKey, sha256 } from '../../../support/merchants.ts';
import { orderRequest, resolution } from '../../../support/orders.ts';

type Given = IdempotencyKey | null | undefined;

/** Orders that note the keys that they are given. */
function noting(): { keys: Given[]; orders: Partial<Orders> } {
  const keys: Given[] = [];
  const noted = <Answer>(key: Given, answer: Answer) => {
    keys.push(key);
    return Promise.resolve(answer);
  };
  return {
    keys,
    orders: {
      place: (_placing, key) => noted(key, { outcome: 'started', order: ORDER }),
      sendSms: (_id, _phone, key) => noted(key, { outcome: 'sent', order: ORDER, repeat: false }),
      cancel: (_id, key) => noted(key, { end: 'cancelled', order: ORDER, repeat: false }),
      resolve: (_id, _resolution, key) => noted(key, { order: ORDER, repeat: false }),
    },
  };
}

/** `lines`: headers as they are sent. */
async function raw({ port }: Api, lines: readonly string[]): Promise<{ status: number; answer: string }> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = [
    `POST ${ORDER_PATH}/cancel HTTP/1.1`,
    'Host: a',
    `Authorization: Bearer ${API_KEY}`,
    'Content-Length: 0',
    'Connection: close',
    ...lines,
  ];
  socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
  const answer = await text(socket);
  return { status: Number(answer.split(' ', 2)[1]), answer };
}

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const plain = fc.string({ unit: visible, minLength: 1, maxLength: 255 }).filter((key) => !/^".*"$/.test(key));
const quoted = (key: string) => `"${key.replaceAll(/["\\]/g, String.raw`\$&`)}"`;

describe('Idempotency-Key', () => {
  it('is 1 to 255 visible ASCII characters, and the same plain or in quotes', async () => {
    const { keys, orders } = noting();
    await using api = await apiInFrontOf(ordersOf(ORDER, orders));
    await fc.assert(
      fc.asyncProperty(plain, plain, async (key, other) => {
        keys.length = 0;
        for (const header of [key, quoted(key), other]) {
          const { status, answer } = await raw(api, [`Idempotency-Key: ${header}`]);
          assert.equal(status, 200, answer);
        }
        const [asPlain, asQuoted, ofOther] = keys;
        assert.deepEqual(asPlain, asQuoted);
        assert.equal(asPlain?.id === ofOther?.id, key === other);
        assert.ok(!JSON.stringify(keys).includes(key) || key.length < 8, 'nothing can be read from it');
      }),
      { numRuns: 200 },
    );
  });

  const WRONG: Record<string, string[]> = {
    empty: ['Idempotency-Key:'],
    'an empty one in quotes': ['Idempotency-Key: ""'],
    'too long': [`Idempotency-Key: ${'k'.repeat(256)}`],
    'too long, in quotes': [`Idempotency-Key: "${'k'.repeat(256)}"`],
    'two words': ['Idempotency-Key: a b'],
    'two words in quotes': ['Idempotency-Key: "a b"'],
    'not ASCII': ['Idempotency-Key: clé'],
    'not ASCII, in UTF-8': [`Idempotency-Key: ${Buffer.from('ключ').toString('latin1')}`],
    'with a parameter': ['Idempotency-Key: "a"; b=c'],
    'with a control character': ['Idempotency-Key: a\tb'],
    'two headers': ['Idempotency-Key: a', 'Idempotency-Key: a'],
  };
  for (const [what, lines] of Object.entries(WRONG)) {
    it(`is refused where it is ${what}`, async () => {
      const { keys, orders } = noting();
      await withApi(orders, async (api) => {
        const { status, answer } = await raw(api, lines);
        assert.deepEqual([status, answer.includes('"code":"malformed_header"')], [400, true]);
      });
      assert.deepEqual(keys, []);
    });
  }

  it('may be as long as 255 characters, without its quotes', async () => {
    const { keys, orders } = noting();
    await withApi(orders, async (api) => {
      for (const header of ['k'.repeat(255), `"${'k'.repeat(255)}"`])
        assert.equal((await raw(api, [`Idempotency-Key: ${header}`])).status, 200);
    });
    assert.equal(keys.length, 2);
  });

  it('is read by no GET', async () =>
    withApi({}, async ({ call }) => {
      const res = await call('GET', ORDER_PATH, undefined, { 'idempotency-key': 'a b' });
      assert.equal(res.status, 200);
    }));
});

describe('a request with a key', () => {
  const KEY = { 'idempotency-key': 'a' };

  /** What `orders` are told of each request. */
  async function keysOf(requests: [path: string, body: unknown, headers?: Record<string, string>][]): Promise<Given[]> {
    const { keys, orders } = noting();
    const other = { id: 'other till', sha256: sha256('another-key') };
    await withApi(
      { ...orders, get: (id) => Promise.resolve(anOrderView({ id })) },
      async ({ call }) => {
        for (const [path, body, headers = KEY] of requests) {
          const { status } = await call('POST', path, body, headers);
          assert.ok(status < 300, `${path} answered ${status}`);
        }
      },
      { apiKeys: [anApiKey(), anApiKey(other)] },
    );
    return keys;
  }

  it('is the same request however it is spelt, and whatever other headers it has', async () => {
    const placing = orderRequest();
    const sms = `${ORDER_PATH}/send_sms`;
    const keys = await keysOf([
      ['/v1/orders', placing],
      ['/v1/orders', Object.fromEntries(Object.entries(placing).toReversed())],
      ['/v1/orders', { ...placing, mobile_phone: '666 123 456', confirm_within_seconds: null }],
      ['/v1/orders', placing, { ...KEY, prefer: 'wait=1', 'user-agent': 'another' }],
      [sms, undefined],
      [sms, {}],
      [sms, { mobile_phone: null }],
      [sms.replaceAll('%3A', ':'), {}],
    ]);
    assert.equal(new Set(keys.slice(0, 4).map((key) => JSON.stringify(key))).size, 1);
    assert.equal(new Set(keys.slice(4).map((key) => JSON.stringify(key))).size, 1);
  });

  it('is another request with another body, route or order; another caller’s key is another key', async () => {
    const other = { authorization: 'Bearer another-key', ...KEY };
    const sms = '/send_sms';
    const keys = await keysOf([
      ['/v1/orders', orderRequest()],
      ['/v1/orders', orderRequest({ city: 'Girona' })],
      [`${ORDER_PATH}${sms}`, {}],
      [`${ORDER_PATH}${sms}`, { mobile_phone: '+34666123456' }],
      [`${ORDER_PATH}5${sms}`, {}],
      [`${ORDER_PATH}/cancel`, {}],
      [`${ORDER_PATH}/resolve`, resolution('retry')],
      [`${ORDER_PATH}/resolve`, resolution('dismiss')],
    ]);
    assert.equal(new Set(keys.map((key) => key?.id)).size, 1);
    assert.equal(new Set(keys.map((key) => key?.request)).size, keys.length);
    const [mine, theirs] = await keysOf([
      [`${ORDER_PATH}/cancel`, {}],
      [`${ORDER_PATH}/cancel`, {}, other],
    ]);
    assert.notEqual(mine?.id, theirs?.id);
    assert.notEqual(mine?.request, theirs?.request);
  });

  it('is 422 where the key has another request, which one with mistakes surely is', async () => {
    const asked: string[] = [];
    const orders: Partial<Orders> = {
      place: () => Promise.reject(new KeyReusedError('canary')),
      isKnown: ({ id }) => {
        asked.push(id);
        return Promise.resolve(asked.length > 1);
      },
    };
    await withApi(orders, async ({ call }) => {
      const { detail } = (await problem(
        await call('POST', '/v1/orders', orderRequest(), KEY),
        'idempotency_key_reused',
      )) as { detail?: string };
      assert.ok(detail?.includes('canary') === false);
      await problem(await call('POST', '/v1/orders', {}), 'invalid_body');
      assert.deepEqual(asked, []);
      await problem(await call('POST', '/v1/orders', {}, KEY), 'invalid_body');
      await problem(await call('POST', '/v1/orders', {}, KEY), 'idempotency_key_reused');
    });
  });

  it('is not asked of orders where the request is refused before', async () => {
    const { keys, orders } = noting();
    await withApi(orders, async ({ call }) => {
      const none = { ...KEY, authorization: 'Bearer none' };
      await problem(await call('POST', `${ORDER_PATH}/cancel`, {}, none), 'unauthenticated');
      await problem(await call('POST', '/v1/orders/order%3Amerchant_1%3Anone/cancel', {}, KEY), 'order_not_found');
      await problem(await call('POST', `${ORDER_PATH}/cancel`, '{', KEY), 'malformed_body');
      const foreign = orderRequest({ merchant: { id: 'another', store_ref: 'x' } });
      await problem(await call('POST', '/v1/orders', foreign, KEY), 'forbidden');
    });
    assert.deepEqual(keys, []);
  });
});

describe('what is told again', () => {
  it('says so, with the order as it is', async () => {
    const order = anOrderView({ status: 'confirmed' });
    const orders: Partial<Orders> = {
      sendSms: () => Promise.resolve({ outcome: 'refused', order, repeat: true }),
      cancel: () => Promise.resolve({ end: 'cancelled', order, repeat: true }),
      resolve: () => Promise.resolve({ order, repeat: true }),
    };
    await withApi(orders, async ({ call }) => {
      const answers: [res: Response, status: number][] = [
        [await call('POST', `${ORDER_PATH}/send_sms`), 502],
        [await call('POST', `${ORDER_PATH}/cancel`), 200],
        [await call('POST', `${ORDER_PATH}/resolve`, resolution('retry')), 200],
      ];
      for (const [res, status] of answers) {
        assert.deepEqual([res.status, res.headers.get('idempotent-replayed')], [status, 'true']);
        assert.ok((await res.text()).includes('"status":"confirmed"'));
      }
    });
  });

  it('is 422 where a confirmation overtook the cancel, although the order may be anything by now', async () =>
    withApi({ cancel: () => Promise.resolve({ end: 'confirmed', order: ORDER, repeat: true }) }, async ({ call }) => {
      const res = await call('POST', `${ORDER_PATH}/cancel`);
      assert.equal(res.headers.get('idempotent-replayed'), 'true');
      await problem(res, 'not_cancellable');
    }));

  it('is 202 where a cancel is held for an operator', async () =>
    withApi({ cancel: () => Promise.resolve({ end: null, order: ORDER, repeat: false }) }, async ({ call }) => {
      const res = await call('POST', `${ORDER_PATH}/cancel`);
      assert.deepEqual([res.status, res.headers.get('idempotent-replayed')], [202, null]);
    }));

  it('is no refusal: that does nothing', async () =>
    withApi(
      { cancel: () => Promise.reject(new OrderRefusal({ code: 'not_cancellable', detail: 'no' }, ORDER)) },
      async ({ call }) => {
        const res = await call('POST', `${ORDER_PATH}/cancel`, {}, { 'idempotency-key': 'a' });
        assert.equal(res.headers.get('idempotent-replayed'), null);
        await problem(res, 'not_cancellable');
      },
    ));
});
