// A create that works: what goes over the wire, and what is read of the answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/waits.ts';
import { answer, head, startProvider } from './provider.ts';
import { cart, OPTIONS, orderRequest, PASSWORD, sequraAt } from './support.ts';

test('a create posts the order as JSON with the merchant’s Basic credentials and answers seQura’s id', async (t) => {
  const provider = await startProvider(t, (socket) => socket.write(answer(201, cart())));
  const created = await sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
  assert.deepEqual(created, { sequraOrderId: '4567', orderUuid: null });
  assert.equal(provider.received.length, 1);
  const { method, path, headers, body } = provider.received[0] ?? assert.fail();
  assert.equal(`${method} ${path}`, 'POST /api/public/v1/orders');
  assert.deepEqual(JSON.parse(body), orderRequest());
  assert.equal(
    Buffer.from(headers.get('authorization')?.slice(6) ?? '', 'base64').toString(),
    `merchant_1:${PASSWORD}`,
  );
  assert.equal(headers.get('content-type'), 'application/json');
  assert.equal(headers.get('accept'), 'application/json');
  assert.equal(headers.get('user-agent'), 'part-payment-orders');
  assert.equal(headers.get('host'), `127.0.0.1:${provider.port}`);
});

test('the body on the wire is the request byte for byte, whatever its characters', async (t) => {
  const request = orderRequest({
    reference: 'ref/😀 "\\',
    given_names: 'Zoe\u0308 \u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u2028\u2029',
    surnames: 'Ñandú\u00A0ﷺ عبد 𠮷\u0000',
    address: '</script>\u202E\uFEFF\uFFFF\t\n',
  });
  const provider = await startProvider(t, (socket) =>
    socket.write(answer(200, cart({ reference: request.reference }))),
  );
  await sequraAt(t, provider.baseUrl).createOrder(request, OPTIONS);
  const body = provider.received[0]?.body ?? '';
  assert.equal(body, JSON.stringify(request));
  assert.equal(provider.received[0]?.headers.get('content-length'), String(Buffer.byteLength(body)));
});

for (const [baseUrlEnd, path] of [
  ['', '/api/public/v1/orders'],
  ['/', '/api/public/v1/orders'],
  ['/sandbox', '/sandbox/api/public/v1/orders'],
  ['/sandbox//', '/sandbox/api/public/v1/orders'],
] as const) {
  test(`a base URL that ends in "${baseUrlEnd}" leads to ${path}`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(200, cart())));
    await sequraAt(t, `${provider.baseUrl}${baseUrlEnd}`).createOrder(orderRequest(), OPTIONS);
    assert.equal(provider.received[0]?.path, path);
  });
}

for (const [written, read] of [
  [
    { id: '4567', order_uuid: 'f0e1' },
    { sequraOrderId: '4567', orderUuid: 'f0e1' },
  ],
  [
    { id: 'ab/ñ', order_uuid: undefined },
    { sequraOrderId: 'ab/ñ', orderUuid: null },
  ],
  [
    { id: 9007199254740991, order_uuid: '' },
    { sequraOrderId: '9007199254740991', orderUuid: null },
  ],
  [
    { id: 'x'.repeat(64), order_uuid: 7 },
    { sequraOrderId: 'x'.repeat(64), orderUuid: null },
  ],
  [
    { reference: undefined, total_with_tax: undefined },
    { sequraOrderId: '4567', orderUuid: null },
  ],
  [
    { reference: null, total_with_tax: null },
    { sequraOrderId: '4567', orderUuid: null },
  ],
] as const) {
  test(`an answer with ${JSON.stringify(written)} is an order`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(200, cart(written))));
    assert.deepEqual(await sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), read);
  });
}

test('an interim answer is not the answer', async (t) => {
  const provider = await startProvider(t, (socket) =>
    socket.write(`${head(103, { link: '</style.css>' })}${answer(200, cart())}`),
  );
  assert.equal((await sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS)).sequraOrderId, '4567');
});

test('each call has a connection of its own, even where seQura would keep it alive', async (t) => {
  const provider = await startProvider(t, (socket) =>
    socket.write(answer(200, cart(), { connection: 'keep-alive', 'keep-alive': 'timeout=600' })),
  );
  const sequra = sequraAt(t, provider.baseUrl);
  for (let calls = 1; calls <= 3; calls++) {
    await sequra.createOrder(orderRequest(), OPTIONS);
    assert.equal(provider.connections.length, calls);
    assert.equal(provider.received.at(-1)?.headers.get('connection'), 'close');
    await until('no connection is left open', () => provider.openSockets() === 0, 2_000);
  }
});

test('calls at the same time do not wait for each other', async (t) => {
  const provider = await startProvider(t, (socket) => {
    if (provider.received.length === 20) for (const each of provider.connections) each.write(answer(200, cart()));
    else assert.ok(socket.writable);
  });
  const sequra = sequraAt(t, provider.baseUrl);
  await Promise.all(Array.from({ length: 20 }, () => sequra.createOrder(orderRequest(), OPTIONS)));
  assert.equal(provider.connections.length, 20);
});

test('a merchant without credentials is not sent, and says so', async (t) => {
  const provider = await startProvider(t, (socket) => socket.write(answer(200, cart())));
  const calling = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), { merchantId: 'nobody', timeoutMs: 1000 });
  await assert.rejects(calling, { name: 'NotSentError' });
  assert.equal(provider.connections.length, 0);
});

test('close waits for the calls under way; a later call is not sent, and says so', async (t) => {
  const provider = await startProvider(t, (socket) => setTimeout(() => socket.write(answer(200, cart())), 200));
  const sequra = sequraAt(t, provider.baseUrl);
  let created = false;
  const creating = sequra.createOrder(orderRequest(), OPTIONS).then(() => (created = true));
  await sequra.close();
  assert.equal(provider.received.length, 1);
  await Promise.resolve();
  assert.ok(created);
  await creating;
  await assert.rejects(sequra.createOrder(orderRequest(), OPTIONS), { name: 'NotSentError' });
  assert.equal(provider.connections.length, 1);
});
