// Everything after which nobody knows whether an order exists (faults 2 to 7 and 11); none of it is ever repeated by the client.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { answer, head, startProvider } from './provider.ts';
import { cart, elapsedMs, OPTIONS, orderRequest, RETRY_WOULD_SHOW_MS, sequraAt, sleep, unknown } from './support.ts';

test('2 no answer, and no effect: outcome unknown after the total timeout', async (t) => {
  const provider = await startProvider(t, () => {});
  const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), { ...OPTIONS, timeoutMs: 300 });
  const tookMs = await elapsedMs(creating);
  await assert.rejects(creating, unknown('timeout'));
  assert.ok(tookMs >= 150 && tookMs < 1000, `took ${tookMs} ms`);
  await sleep(RETRY_WOULD_SHOW_MS);
  assert.equal(provider.received.length, 1);
});

test('3 an order was created, and no answer came: outcome unknown', async (t) => {
  const ledger: string[] = [];
  const provider = await startProvider(t, (_socket, { body }) => void ledger.push(body));
  const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), { ...OPTIONS, timeoutMs: 300 });
  await assert.rejects(creating, unknown('timeout'));
  assert.deepEqual(ledger, [JSON.stringify(orderRequest())]);
});

for (const [how, breakOff] of [
  ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ['closed', (socket: Socket) => socket.end()],
] as const) {
  test(`4 an order was created, and the connection was ${how}: outcome unknown, and sent once`, async (t) => {
    const ledger: string[] = [];
    const provider = await startProvider(t, (socket, { body }) => {
      ledger.push(body);
      breakOff(socket);
    });
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unknown('reset'));
    await sleep(RETRY_WOULD_SHOW_MS);
    assert.equal(ledger.length, 1);
    assert.equal(provider.connections.length, 1);
  });

  test(`4 a connection ${how} as soon as it was accepted: outcome unknown, and no second one`, async (t) => {
    let accepted = 0;
    const server = createServer((socket) => {
      accepted++;
      socket.on('error', () => {});
      breakOff(socket);
      socket.resume();
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const creating = sequraAt(t, `http://127.0.0.1:${port}`).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unknown('reset'));
    await sleep(RETRY_WOULD_SHOW_MS);
    assert.equal(accepted, 1);
  });
}

const CUT = cart().slice(0, 60);
const CUT_ANSWERS: [name: string, bytes: string, reasons: string[]][] = [
  ['shorter than its length', head(200, { 'content-length': '500' }) + CUT, ['reset', 'unreadable_answer']],
  [
    'shorter than its length, on a closing connection',
    head(200, { 'content-length': '500', connection: 'close' }) + CUT,
    ['reset', 'unreadable_answer'],
  ],
  [
    'complete JSON shorter than its length',
    head(200, { 'content-length': '5000' }) + cart(),
    ['reset', 'unreadable_answer'],
  ],
  [
    'without its last chunk',
    `${head(200, { 'transfer-encoding': 'chunked' })}${cart().length.toString(16)}\r\n${CUT}`,
    ['reset', 'unreadable_answer'],
  ],
  ['cut where the end of the connection is the end of the answer', head(200, {}) + CUT, ['unreadable_answer']],
];
for (const [name, bytes, reasons] of CUT_ANSWERS) {
  test(`5 a 2xx ${name}: outcome unknown`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.end(bytes));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, ({ name, reason, httpStatus }: Record<string, unknown>) => {
      assert.deepEqual([name, httpStatus], ['OutcomeUnknownError', 200]);
      return reasons.includes(String(reason));
    });
    assert.equal(provider.received.length, 1);
    assert.equal(provider.connections[0]?.bytesWritten, Buffer.byteLength(bytes));
  });
}

for (const body of [
  '',
  '<!doctype html><title>OK</title>',
  `${cart()}}`,
  '[]',
  'null',
  '"4567"',
  cart({ id: undefined }),
  cart({ id: null }),
  cart({ id: '' }),
  cart({ id: 4567.5 }),
  cart({ id: { value: 4567 } }),
  cart({ id: 'x'.repeat(65) }),
  cart({ id: 'a\u0000b' }),
  '{"id":"\\ud800"}',
  '{"id":9007199254740993}',
]) {
  test(`5 a 2xx with ${JSON.stringify(body.slice(0, 40))} as its body: outcome unknown`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(200, body)));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unknown('unreadable_answer', 200));
    assert.equal(provider.received.length, 1);
  });
}

for (const [name, bytes] of [
  ['is not HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['has a broken header', 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n'],
  ['has two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n${cart()}`],
] as const) {
  test(`5 an answer that ${name}: outcome unknown`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(bytes));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unknown('unreadable_answer'));
    assert.equal(provider.received.length, 1);
  });
}

for (const [reason, overrides] of [
  ['other_reference', { reference: 'pos_9999' }],
  ['other_reference', { reference: 'POS_1234' }],
  ['other_reference', { reference: 1234 }],
  ['other_total', { total_with_tax: '250.01' }],
  ['other_total', { total_with_tax: 'free' }],
] as const) {
  test(`6 a 2xx with ${JSON.stringify(overrides)}: outcome unknown`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(200, cart(overrides))));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unknown(reason, 200));
    assert.equal(provider.received.length, 1);
  });
}

for (const status of [500, 502, 503, 504]) {
  for (const effect of [true, false]) {
    test(`7 ${status} ${effect ? 'after' : 'without'} effect: outcome unknown, and sent once`, async (t) => {
      const ledger: string[] = [];
      const provider = await startProvider(t, (socket, { body }) => {
        if (effect) ledger.push(body);
        socket.write(answer(status, effect ? cart() : '<html>', { 'retry-after': '0' }));
      });
      const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
      await assert.rejects(creating, unknown(`http_${status}`, status));
      await sleep(RETRY_WOULD_SHOW_MS);
      assert.equal(ledger.length, effect ? 1 : 0);
      assert.equal(provider.received.length, 1);
    });
  }
}

for (const status of [300, 301, 302, 303, 304, 307, 308]) {
  test(`11 ${status} to another host: outcome unknown, and nothing travels there`, async (t) => {
    const target = await startProvider(t, (socket) => socket.write(answer(200, cart())));
    const location = `http://localhost:${target.port}/api/public/v1/orders`;
    const provider = await startProvider(t, (socket) => socket.write(answer(status, '', { location })));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unknown('redirect', status));
    await sleep(RETRY_WOULD_SHOW_MS);
    assert.equal(provider.received.length, 1);
    assert.equal(target.connections.length, 0);
  });
}
