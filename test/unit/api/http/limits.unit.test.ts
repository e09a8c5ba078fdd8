// What one key may have under way: waiting answers, also on one connection, and everything else in its turn.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../../../../src/api/http/auth.ts';
import { createLimits } from '../../../../src/api/http/limits.ts';
import { rateLimited } from '../../../../src/api/http/rate-limit.ts';
import type { OrderView } from '../../../../src/order/view.ts';
import type { Orders } from '../../../../src/gateway/orders.ts';
import { EXAMPLE_REQUEST } from '../../../../src/order/example.ts';
import { apiInFrontOf, ORDER, ORDER_PATH, ordersOf, problem } from '../../../support/api-fixtures.ts';
import { API_KEY, WEBHOOK_TOKEN } from '../../../support/canaries.ts';
import { anApiKey } from '../../../support/merchants.ts';
import { until } from '../../../support/waits.ts';

const OTHER = { id: 'other', sha256: sha256('key-of-another').toString('hex') };
const OTHER_HEADERS = { authorization: 'Bearer key-of-another' };
const KNOWN = { 'if-none-match': '"3"' };
const PER_KEY = 20;
const ALL = 30;

/** Orders whose answers wait until they are let go; `slow`: and each read. */
function waitingOrders(overrides: Partial<Orders> = {}) {
  const waits = new Set<AbortSignal>();
  const watch: Orders['watch'] = async (_id, _until, _waitMs, signal) => {
    assert.ok(signal !== undefined);
    waits.add(signal);
    if (!signal.aborted) await once(signal, 'abort');
    waits.delete(signal);
    return ORDER;
  };
  return { waits, orders: ordersOf(ORDER, { watch, ...overrides }) };
}

async function limited(orders: Orders) {
  const limits = createLimits({ perKey: PER_KEY, all: ALL });
  const refused: string[] = [];
  const metrics = {
    requestRefused: (reason: string) => void refused.push(reason),
    keyUsed() {},
    requestEnded() {},
    webhookEnded() {},
  };
  const api = await apiInFrontOf(orders, { limits, metrics, apiKeys: [anApiKey(), anApiKey(OTHER)] });
  return { ...api, limits, refused };
}

function pipeline(port: number, path: string, times: number, more = ''): { socket: Socket; answers: () => string[] } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => (text += data));
  socket.on('error', () => {});
  const request = `GET ${path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${API_KEY}\r\nIf-None-Match: "3"\r\n${more}\r\n`;
  socket.write(request.repeat(times));
  return { socket, answers: () => Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => status ?? '') };
}

describe('waiting answers', () => {
  it('are limited for each key and for all, whatever they wait for, and give their places back', async () => {
    const { waits, orders } = waitingOrders({
      place: () => Promise.resolve({ outcome: 'started', order: { ...ORDER, status: 'creating' } satisfies OrderView }),
    });
    await using api = await limited(orders);
    const leaving = new AbortController();
    const ask = (headers: Record<string, string>, signal?: AbortSignal) =>
      fetch(`${api.url}${ORDER_PATH}?wait=60`, {
        headers: { authorization: `Bearer ${API_KEY}`, ...KNOWN, ...headers },
        ...(signal && { signal }),
      });
    const waiting = Array.from({ length: PER_KEY - 1 }, () => ask({}, leaving.signal));
    waiting.forEach((answer) => void answer.catch(() => {}));
    const placing = api.call('POST', '/v1/orders', EXAMPLE_REQUEST, { prefer: 'wait=30' });
    await until('all wait', () => waits.size === PER_KEY);

    const refused = await ask({});
    assert.equal(refused.headers.get('retry-after'), '5');
    await problem(refused, 'too_many_waiting');
    let placed = 0;
    orders.place = () => Promise.reject(new Error(`placed ${(placed += 1)}`));
    await problem(await api.call('POST', '/v1/orders', EXAMPLE_REQUEST, { prefer: 'wait=30' }), 'too_many_waiting');
    assert.equal(placed, 0);
    assert.equal((await api.call('GET', ORDER_PATH)).status, 200);
    assert.equal((await api.call('GET', `${ORDER_PATH}?wait=60`)).status, 200);

    const others = Array.from({ length: ALL - PER_KEY }, () => ask(OTHER_HEADERS, leaving.signal));
    others.forEach((answer) => void answer.catch(() => {}));
    await until('the others wait', () => waits.size === ALL);
    await problem(await ask(OTHER_HEADERS), 'too_many_waiting');
    assert.deepEqual(new Set(api.refused), new Set(['too_many_waiting']));

    leaving.abort();
    await until('their places are free', () => api.limits.waiting() === 1);
    assert.equal(waits.size, 1);
    waits.forEach((signal) => signal.dispatchEvent(new Event('abort')));
    assert.equal((await placing).status, 201);
    await until('every place is free', () => api.limits.waiting() === 0);
  });

  it('count one by one where they are asked for on one connection, and end with it', async () => {
    const { waits, orders } = waitingOrders();
    await using api = await limited(orders);
    const { socket, answers } = pipeline(api.port, `${ORDER_PATH}?wait=60`, 2_000);
    // What is queued behind them lets those go that wait.
    await until('most are answered', () => answers().length > 1_500);
    assert.ok(api.refused.length > 0 && api.limits.waiting() <= PER_KEY);

    assert.equal((await api.call('GET', ORDER_PATH, undefined, OTHER_HEADERS)).status, 200);
    const body = new URLSearchParams({ event: 'order/confirmed', order_ref_1: 'pos_1234' });
    assert.equal((await fetch(`${api.url}/webhooks/sequra/${WEBHOOK_TOKEN}`, { method: 'POST', body })).status, 200);

    socket.destroy();
    await until('every place is free', () => api.limits.waiting() === 0 && waits.size === 0);
  });

  it('leave room for everything else of their key, however many may wait', async () => {
    const { waits, orders } = waitingOrders();
    const limits = createLimits({ perKey: 2_000, all: 2_000 });
    await using api = await apiInFrontOf(orders, { limits, rateLimit: rateLimited(0) });
    // Together more than a lane takes of other requests.
    const header = `X-Long: ${'x'.repeat(15_000)}\r\n`;
    const sockets: Socket[] = [];
    for (let asked = 100; asked <= 1_500; asked += 100) {
      sockets.push(pipeline(api.port, `${ORDER_PATH}?wait=60`, 100, header).socket);
      await until('all wait', () => waits.size === asked);
    }
    assert.equal((await api.call('GET', ORDER_PATH)).status, 200);
    assert.ok(sockets.every(({ closed }) => !closed));
    sockets.forEach((socket) => socket.destroy());
    await until('every place is free', () => limits.waiting() === 0);
  });

  it('end with their connection, also those that are not the next to be answered on it', async () => {
    const { waits, orders } = waitingOrders();
    await using api = await limited(orders);
    const { socket } = pipeline(api.port, `${ORDER_PATH}?wait=60`, PER_KEY);
    await until('all wait', () => waits.size === PER_KEY);
    socket.destroy();
    await until('every place is free', () => api.limits.waiting() === 0 && waits.size === 0);
    await until('each has its line in the log', () => api.logged.length === PER_KEY);
  });

  it('are answered in order on one connection, refusals too', async () => {
    const { waits, orders } = waitingOrders();
    await using api = await limited(orders);
    const { socket, answers } = pipeline(api.port, `${ORDER_PATH}?wait=60`, PER_KEY + 30);
    await until('all wait that may', () => waits.size === PER_KEY && api.refused.length === 30);
    waits.forEach((signal) => signal.dispatchEvent(new Event('abort')));
    await until('all are answered', () => answers().length === PER_KEY + 30);
    assert.equal(answers().filter((status) => status === '304').length, PER_KEY);
    assert.equal(answers().filter((status) => status === '429').length, 30);
    socket.destroy();
  });
});

describe('everything else', () => {
  it('is done in the key’s turn: another key and webhooks do not queue behind it', async () => {
    let reading = 0;
    let most = 0;
    const letGo = Promise.withResolvers<void>();
    const orders = ordersOf(ORDER, {
      async get() {
        reading += 1;
        most = Math.max(most, reading);
        if (reading <= 10) await letGo.promise;
        else await sleep(1);
        reading -= 1;
        return ORDER;
      },
    });
    await using api = await limited(orders);
    const floods = Array.from({ length: 20 }, () => pipeline(api.port, ORDER_PATH, 100));
    const answers = () => floods.flatMap((flood) => flood.answers());
    await until('the key’s turns are taken', () => reading === 10);
    await until('what exceeds its queue is refused', () => api.refused.length > 0);
    assert.equal((await api.call('GET', ORDER_PATH, undefined, OTHER_HEADERS)).status, 200);
    assert.equal(most, 11);
    letGo.resolve();
    await until('all are answered', () => answers().length === 2_000);
    assert.equal(answers().filter((status) => status === '429').length, api.refused.length);
    floods.forEach(({ socket }) => socket.destroy());
  });

  it('is answered 503 where Temporal hangs, also where its turn does not come', async () => {
    await using api = await limited(ordersOf(ORDER, { get: () => new Promise(() => {}) }));
    const answers = await Promise.all(Array.from({ length: 60 }, () => api.call('GET', ORDER_PATH)));
    for (const answer of answers) await problem(answer, 'temporal_unavailable');
  });
});
