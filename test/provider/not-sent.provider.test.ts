// The allow-list of what surely never reached seQura (fault 1): DNS failure, connection refused, connect timeout.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { neverReached } from '../../src/http/broken-off.ts';
import { until } from '../support/waits.ts';
import { head, startProvider } from './provider.ts';
import { elapsedMs, OPTIONS, orderRequest, sequraAt, unknown, unreachable } from './support.ts';

async function closedPort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

for (const host of ['127.0.0.1', 'localhost']) {
  test(`1 connection refused at ${host}: not sent`, async (t) => {
    const port = await closedPort();
    const [error] = (await once(connect(port, host), 'error').catch((error: unknown) => [error])) as [unknown];
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
    const creating = sequraAt(t, `http://${host}:${port}`).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, unreachable);
  });
}

test('1 DNS failure: not sent', async (t) => {
  await assert.rejects(lookup('nonexistent.invalid'), { syscall: 'getaddrinfo' });
  const creating = sequraAt(t, 'https://nonexistent.invalid').createOrder(orderRequest(), OPTIONS);
  await assert.rejects(creating, unreachable);
});

/** A listener that never accepts, its queue full: Linux drops further SYN packets, so a connect hangs. */
async function saturatedPort(t: TestContext): Promise<number> {
  const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    require('fs').writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(output.toString());
  for (let fillers = 0; fillers < 20; fillers++) {
    const filler = connect(port, '127.0.0.1').on('error', () => {});
    t.after(() => filler.destroy());
    let isConnected = false;
    filler.once('connect', () => (isConnected = true));
    if (!(await until('it is connected', () => isConnected, 400).catch(() => false))) return port;
  }
  return assert.fail('the queue of the listener never filled up');
}

test('1 connect timeout: not sent, within the connect timeout rather than the total one', async (t) => {
  const port = await saturatedPort(t);
  const sequra = sequraAt(t, `http://127.0.0.1:${port}`, { connectTimeoutMs: 500 });
  const creating = sequra.createOrder(orderRequest(), OPTIONS);
  const tookMs = await elapsedMs(creating);
  await assert.rejects(creating, unreachable);
  assert.ok(tookMs >= 300 && tookMs < 2500, `took ${tookMs} ms`);
});

test('1 a connect timeout is always less than the total one, so that it is never mistaken for a lost answer', async (t) => {
  const port = await saturatedPort(t);
  const sequra = sequraAt(t, `http://127.0.0.1:${port}`, { connectTimeoutMs: 60_000 });
  for (const timeoutMs of [600, 2000]) {
    const creating = sequra.createOrder(orderRequest(), { ...OPTIONS, timeoutMs });
    const tookMs = await elapsedMs(creating);
    await assert.rejects(creating, unreachable);
    assert.ok(tookMs < timeoutMs * 0.85, `took ${tookMs} ms of ${timeoutMs} ms`);
  }
});

test('1 a TLS handshake that never ends: not sent, and no personal datum went out', async (t) => {
  const provider = await startProvider(t, () => assert.fail('a request came in clear'));
  const creating = sequraAt(t, `https://127.0.0.1:${provider.port}`).createOrder(orderRequest(), {
    ...OPTIONS,
    timeoutMs: 800,
  });
  await assert.rejects(creating, unreachable);
  assert.ok(provider.bytesReceived() > 0, 'no handshake was begun');
  assert.equal(provider.received.length, 0);
});

test('TLS with a server that speaks none: outcome unknown, since it is not on the list of what surely was not sent', async (t) => {
  const provider = await startProvider(t, () => assert.fail('a request came in clear'));
  const creating = sequraAt(t, `https://127.0.0.1:${provider.port}`).createOrder(orderRequest(), OPTIONS);
  await until('a handshake is begun', () => provider.bytesReceived() > 0, 2_000);
  provider.connections[0]?.write(head(400, {}));
  await assert.rejects(creating, unknown('tls'));
});

const refusedError = Object.assign(new Error(), { code: 'ECONNREFUSED', syscall: 'connect' });
const timedOutError = Object.assign(new Error(), { code: 'ETIMEDOUT', syscall: 'connect' });
const resetError = Object.assign(new Error(), { code: 'ECONNRESET', syscall: 'read' });

for (const [name, error, expected] of [
  ['every address refused', new AggregateError([refusedError, refusedError]), true],
  ['one address refused, one timed out', new AggregateError([refusedError, timedOutError]), true],
  ['one address refused, one reset', new AggregateError([refusedError, resetError]), false],
  ['no address at all', new AggregateError([]), false],
  ['a timeout after the connect', Object.assign(new Error(), { code: 'ETIMEDOUT', syscall: 'read' }), false],
  ['a reset', resetError, false],
  ['an unknown error', new Error('connect ECONNREFUSED'), false],
  ['no error', 'ECONNREFUSED', false],
] as const) {
  test(`${name}: ${expected ? 'surely never reached seQura' : 'may have reached seQura'}`, () => {
    assert.equal(neverReached(error), expected);
  });
}
