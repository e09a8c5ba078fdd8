// What the client of `clients/typescript` sends, and what it makes of the answers, against a server that answers as a test says.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import type { Client, Order } from 'part-payment-orders-client';
import {
  connect,
  hasEnded,
  mayHandOver,
  ProblemError,
  UnansweredError,
  verifyNotification,
} from 'part-payment-orders-client';
import { EXAMPLE_ORDERS, EXAMPLE_REQUEST } from '../../../src/order/example.ts';
import { ENDPOINT_SECRET } from '../../support/canaries.ts';
import type { Receiver, Reply } from '../../support/receiver.ts';
import { startReceiver } from '../../support/receiver.ts';

const ORDER = EXAMPLE_ORDERS.awaiting_customer;
const CONFIRMED = EXAMPLE_ORDERS.confirmed;

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const problem = (status: number, code: string, more: object = {}, headers: Record<string, string> = {}) =>
  json(status, { type: 'about:blank', title: code, status, detail: 'what is wrong', code, ...more }, headers);
const events =
  (...orders: Order[]): Reply =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      orders.map((it) => `event: order\nid: ${it.revision}\ndata: ${JSON.stringify(it)}\n\n`).join('') || ': hello\n\n',
    );
  };
const hangUp: Reply = (response) => response.socket?.destroy();
/** Its body is cut off. */
const half: Reply = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"id":');
  setTimeout(() => response.socket?.destroy(), 10);
};

async function shopOf(t: TestContext, ...replies: [Reply, ...Reply[]]): Promise<{ api: Receiver; shop: Client }> {
  const api = await startReceiver(t, ...replies);
  return { api, shop: connect({ baseUrl: `${api.origin}/`, apiKey: 'k', repeatForMs: 30_000 }) };
}
const failing = async (made: Promise<unknown>) =>
  made.then(
    () => assert.fail('it was taken'),
    (error: unknown) => error,
  );

describe('placeOrder', () => {
  it('sends the very same request again where no answer comes, or one that passes, after Retry-After', async (t) => {
    const { api, shop } = await shopOf(
      t,
      problem(503, 'temporal_unavailable', {}, { 'retry-after': '1' }),
      problem(429, 'rate_limited', {}, { 'retry-after': '0' }),
      hangUp,
      half,
      (response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'),
      json(202, ORDER),
    );
    assert.deepEqual(await shop.placeOrder(EXAMPLE_REQUEST), { order: ORDER, status: 202 });
    assert.equal(api.received.length, 6);
    for (const { method, path, body, headers } of api.received) {
      assert.deepEqual([method, path, JSON.parse(body)], ['POST', '/v1/orders', EXAMPLE_REQUEST]);
      assert.deepEqual([headers['prefer'], headers.authorization], ['wait=5', 'Bearer k']);
      assert.equal(headers['idempotency-key'], undefined);
    }
    const [first, second] = api.received;
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 990);
  });

  it('takes for an answer what seQura has said, and what is wrong with the request', async (t) => {
    const cases = [
      [502, 'sequra_unreachable', EXAMPLE_ORDERS.failed],
      [422, 'order_refused', EXAMPLE_ORDERS.failed],
      [409, 'reference_conflict', ORDER],
      [403, 'forbidden', null],
    ] as const;
    for (const [status, code, order] of cases) {
      const { api, shop } = await shopOf(t, problem(status, code, order === null ? {} : { order }));
      const error = await failing(shop.placeOrder(EXAMPLE_REQUEST, { waitSeconds: 0 }));
      assert.ok(error instanceof ProblemError, String(error));
      assert.deepEqual([error.status, error.code, error.order], [status, code, order]);
      assert.equal(error.message, `${status} ${code}: what is wrong`);
      assert.equal(api.received.length, 1);
      assert.equal(api.received[0]?.headers['prefer'], undefined);
    }
  });

  it('gives up when its time is over, with the last answer, or with why there was none', async (t) => {
    const { api, shop } = await shopOf(t, problem(503, 'no_worker', {}, { 'retry-after': '60' }));
    const error = await failing(shop.placeOrder(EXAMPLE_REQUEST));
    assert.ok(error instanceof ProblemError && error.code === 'no_worker');
    await api.goOffline();
    const once = connect({ baseUrl: api.origin, apiKey: 'k', repeatForMs: 0 });
    const silence = await failing(once.placeOrder(EXAMPLE_REQUEST));
    assert.ok(silence instanceof UnansweredError && silence.reason === 'ECONNREFUSED', String(silence));
  });

  it('ends at once when it is told to', async (t) => {
    const { shop } = await shopOf(t, problem(503, 'no_worker', {}, { 'retry-after': '5' }));
    const startedAt = performance.now();
    const error = await failing(shop.placeOrder(EXAMPLE_REQUEST, { signal: AbortSignal.timeout(300) }));
    assert.equal((error as Error).name, 'TimeoutError');
    assert.ok(performance.now() - startedAt < 3_000);
  });

  it('follows no redirect', async (t) => {
    const { api, shop } = await shopOf(t, (response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const error = await failing(shop.placeOrder(EXAMPLE_REQUEST));
    assert.ok(error instanceof ProblemError && error.status === 302 && error.code === null, String(error));
    assert.equal(api.received.length, 1);
  });
});

describe('sendSms and cancel', () => {
  it('have a key of their own, the same in each repeat', async (t) => {
    const { api, shop } = await shopOf(t, hangUp, json(200, { message: 'sent', order: ORDER }));
    await shop.sendSms(ORDER.id, { mobilePhone: '+34600111222' });
    await shop.sendSms(ORDER.id);
    await shop.cancel(ORDER.id, { idempotencyKey: 'mine' });
    const [first, again, next, cancel] = api.received.map(({ headers }) => headers['idempotency-key']);
    assert.match(String(first), /^[\da-f-]{36}$/);
    assert.equal(again, first);
    assert.notEqual(next, first);
    assert.equal(cancel, 'mine');
    assert.deepEqual(
      api.received.map(({ path, body }) => [path.split('/').at(-1), body]),
      [
        ['send_sms', '{"mobile_phone":"+34600111222"}'],
        ['send_sms', '{"mobile_phone":"+34600111222"}'],
        ['send_sms', '{}'],
        ['cancel', ''],
      ],
    );
    assert.ok(api.received.every(({ path }) => path.startsWith('/v1/orders/order%3Amerchant_1%3Apos_1234/')));
  });

  it('do not repeat what seQura has answered', async (t) => {
    const { api, shop } = await shopOf(t, problem(502, 'sms_refused', { order: ORDER }));
    const error = await failing(shop.sendSms(ORDER.id));
    assert.ok(error instanceof ProblemError && error.code === 'sms_refused');
    assert.equal(api.received.length, 1);
  });
});

describe('untilFinal', () => {
  it('comes again where a stream ends too early, and goes on after what it has', async (t) => {
    const { api, shop } = await shopOf(t, events(ORDER), events(ORDER, CONFIRMED));
    const seen: number[] = [];
    const end = await shop.untilFinal(ORDER.id, { onChange: ({ revision }) => seen.push(revision) });
    assert.deepEqual(end, CONFIRMED);
    assert.deepEqual(seen, [ORDER.revision, CONFIRMED.revision]);
    assert.deepEqual(
      api.received.map(({ headers }) => headers['last-event-id']),
      [undefined, String(ORDER.revision)],
    );
  });

  it('asks by the long poll where no events come through', async (t) => {
    const { api, shop } = await shopOf(
      t,
      (response) => response.writeHead(406).end(),
      json(200, ORDER, { etag: '"3"' }),
      (response) => response.writeHead(304, { etag: '"3"' }).end(),
      problem(429, 'too_many_waiting', {}, { 'retry-after': '0' }),
      json(200, CONFIRMED, { etag: '"4"' }),
    );
    assert.deepEqual(await shop.untilFinal(ORDER.id), CONFIRMED);
    const path = '/v1/orders/order%3Amerchant_1%3Apos_1234';
    assert.deepEqual(
      api.received.map(({ path: its, headers }) => [its, headers['if-none-match']]),
      [
        [`${path}/events`, undefined],
        [path, undefined],
        ...Array.from({ length: 3 }, () => [`${path}?wait=30`, '"3"']),
      ],
    );
  });

  it('knows an end that it has not seen come', async (t) => {
    const { shop } = await shopOf(t, (response) => response.writeHead(204).end(), json(200, CONFIRMED));
    assert.deepEqual(await shop.untilFinal(ORDER.id), CONFIRMED);
  });

  it('passes on what comes under an earlier revision, as after a backup that was put back', async (t) => {
    const late = { ...ORDER, revision: CONFIRMED.revision + 40 };
    const { shop } = await shopOf(t, events(late), events(ORDER), events(ORDER, CONFIRMED));
    const seen: number[] = [];
    const end = await shop.untilFinal(ORDER.id, { onChange: ({ revision }) => seen.push(revision) });
    assert.deepEqual(end, CONFIRMED);
    assert.deepEqual(seen, [late.revision, ORDER.revision, CONFIRMED.revision]);
  });

  it('goes on while a human has to look', async (t) => {
    const asking: Order = {
      ...CONFIRMED,
      revision: 9,
      attention: { reason: 'unrecognised_event', since: CONFIRMED.created_at },
    };
    const { shop } = await shopOf(t, events({ ...asking, revision: 3 }), events({ ...CONFIRMED, revision: 10 }));
    assert.deepEqual([hasEnded(asking), mayHandOver(asking)], [false, false]);
    const end = await shop.untilFinal(ORDER.id);
    assert.deepEqual([end.revision, hasEnded(end), mayHandOver(end)], [10, true, true]);
  });

  it('throws where the API refuses, and when it is told to end', async (t) => {
    const { shop } = await shopOf(t, problem(404, 'order_not_found'));
    const error = await failing(shop.untilFinal(ORDER.id));
    assert.ok(error instanceof ProblemError && error.code === 'order_not_found');
    const silent = await shopOf(
      t,
      (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n'),
    );
    const late = await failing(silent.shop.untilFinal(ORDER.id, { signal: AbortSignal.timeout(200) }));
    assert.equal((late as Error).name, 'TimeoutError');
  });
});

describe('verifyNotification', () => {
  const message = { type: 'order.updated', timestamp: CONFIRMED.created_at, data: CONFIRMED };
  const body = JSON.stringify(message);
  const signed = (at: Date, secret = ENDPOINT_SECRET) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
  });

  it('takes what the secret has signed, as text and as bytes, from headers of either kind', () => {
    const headers = signed(new Date());
    assert.deepEqual(verifyNotification(body, headers, ENDPOINT_SECRET), message);
    assert.deepEqual(
      verifyNotification(new TextEncoder().encode(body), new Headers(headers), ENDPOINT_SECRET),
      message,
    );
  });

  it('takes nothing else', () => {
    const other = `whsec_${Buffer.alloc(24, 'other').toString('base64')}`;
    const old = new Date(Date.now() - 6 * 60_000);
    assert.throws(() => verifyNotification(body, signed(new Date(), other), ENDPOINT_SECRET));
    assert.throws(() => verifyNotification(body, signed(old), ENDPOINT_SECRET));
    assert.throws(() =>
      verifyNotification(body.replace('confirmed', 'cancelled'), signed(new Date()), ENDPOINT_SECRET),
    );
    assert.throws(() => verifyNotification(body, {}, ENDPOINT_SECRET));
  });
});
