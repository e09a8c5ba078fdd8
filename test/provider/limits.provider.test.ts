// Slow and huge answers (faults 12 and 13): no call takes longer than its total timeout, or more than 1 MiB.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { until } from '../support/waits.ts';
import { head, startProvider } from './provider.ts';
import { cart, elapsedMs, OPTIONS, orderRequest, refused, sequraAt, unknown } from './support.ts';

const MIB = 1024 * 1024;

/** Writes a byte every 50 ms until the socket is gone. */
function drip(socket: Socket, bytes: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(bytes[sent++ % bytes.length] ?? '');
  }, 50);
}

for (const [name, status, start, expected] of [
  ['the body of a 2xx', 200, head(200, { 'content-length': '5000' }), unknown('timeout', 200)],
  ['the chunks of a 2xx', 200, head(200, { 'transfer-encoding': 'chunked' }), unknown('timeout', 200)],
  ['the headers', null, 'HTTP/1.1 200 OK\r\nx-slow: ', unknown('timeout')],
  ['the body of a 4xx', 422, head(422, { 'content-length': '5000' }), refused(422)],
] as const) {
  test(`12 ${name} drips slower than the total timeout`, async (t) => {
    const dripping = start.includes('chunked') ? '1\r\n \r\n' : ' ';
    const provider = await startProvider(t, (socket) => {
      socket.write(start);
      drip(socket, dripping);
    });
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), { ...OPTIONS, timeoutMs: 600 });
    const tookMs = await elapsedMs(creating);
    await assert.rejects(creating, expected);
    const [socket] = provider.connections;
    assert.ok(socket !== undefined && socket.bytesWritten > start.length + 3, `nothing dripped for ${status}`);
    assert.ok(tookMs >= 400 && tookMs < 1200, `took ${tookMs} ms`);
    await until('no connection is left open', () => provider.openSockets() === 0, 2_000);
  });
}

for (const status of [500, 302]) {
  test(`12 the body of a ${status} drips: nobody waits for it`, async (t) => {
    const provider = await startProvider(t, (socket) => {
      socket.write(head(status, { 'content-length': '5000' }));
      drip(socket, ' ');
    });
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    const tookMs = await elapsedMs(creating);
    await assert.rejects(creating, unknown(status === 302 ? 'redirect' : `http_${status}`, status));
    assert.ok(tookMs < 2000, `took ${tookMs} ms`);
  });
}

/** Offers 50 MB as fast as they are taken; `offered` counts what the client or a buffer on the way has taken. */
async function hugeProvider(t: TestContext, status: number, headers: Record<string, string>) {
  const chunk = ' '.repeat(64 * 1024);
  const framed = headers['content-length'] === undefined ? `10000\r\n${chunk}\r\n` : chunk;
  const offered = { bytes: 0 };
  function* body() {
    for (; offered.bytes < 50 * MIB; offered.bytes += chunk.length) yield framed;
  }
  const provider = await startProvider(t, (socket) => {
    socket.write(head(status, headers));
    Readable.from(body()).pipe(socket);
  });
  return { provider, offered };
}

for (const [status, expected] of [
  [200, unknown('answer_too_large', 200)],
  [422, refused(422)],
] as const) {
  for (const headers of [{ 'content-length': String(50 * MIB) }, { 'transfer-encoding': 'chunked' }]) {
    test(`13 a ${status} of 50 MB with ${Object.keys(headers).join()} is dropped, not read`, async (t) => {
      const { provider, offered } = await hugeProvider(t, status, headers);
      await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), expected);
      await until('no connection is left open', () => provider.openSockets() === 0, 2_000);
      assert.ok(offered.bytes > MIB, 'the fault did not happen');
      assert.ok(offered.bytes < 20 * MIB, `${offered.bytes} bytes were taken`);
    });
  }
}

test('13 headers without end: outcome unknown', async (t) => {
  const provider = await startProvider(t, (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}`));
  await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), unknown('answer_too_large'));
  assert.equal(provider.received.length, 1);
});

test('an answer of just under 1 MiB is read', async (t) => {
  const body = cart({ padding: ' '.repeat(MIB - 1000) });
  const provider = await startProvider(t, (socket) =>
    socket.write(head(200, { 'content-length': String(Buffer.byteLength(body)) }) + body),
  );
  assert.equal((await sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS)).sequraOrderId, '4567');
});
