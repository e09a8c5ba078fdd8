// The events of an order, over real sockets and on the watcher that the service has: what is sent, to whom it is not, and how it ends.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { createLimits } from '../../../../src/api/http/limits.ts';
import { TemporalUnavailableError } from '../../../../src/gateway/errors.ts';
import { watchOrders } from '../../../../src/gateway/watch.ts';
import type { Order } from '../../../../src/order/order.ts';
import { orderView } from '../../../../src/order/view.ts';
import { NOTHING_YET } from '../../../../src/temporal/history-times.ts';
import type { Api } from '../../../support/api-fixtures.ts';
import { ORDER, ordersOf, problem, apiInFrontOf } from '../../../support/api-fixtures.ts';
import { API_KEY } from '../../../support/canaries.ts';
import { awaiting, orderPath, seenAs } from '../../../support/orders.ts';
import type { Reader } from '../../../support/reader.ts';
import { readEvents } from '../../../support/reader.ts';
import { until } from '../../../support/waits.ts';

const FIRST = { ...awaiting(), revision: 3 };
const { id: ID } = FIRST;
const PATH = orderPath(ID, '/events');
const CONFIRMED: Partial<Order> = { status: 'confirmed', closedAt: '2026-11-22T11:00:00.000Z' };

/** One order, and a Temporal that tells at once of its changes. */
function anOrder(first: Order = FIRST) {
  let order: Order | null = first;
  let fails: Error | null = null;
  let told = 0;
  const polls = new Set<() => void>();
  async function read(): Promise<Order | null> {
    if (fails !== null) throw fails;
    return order;
  }
  const watching = watchOrders({
    async read() {
      const order = await read();
      return order && seenAs(order);
    },
    poll: ({ token }, signal) =>
      new Promise((resolve, reject) => {
        const answer = () => {
          polls.delete(answer);
          resolve({
            taskMs: null,
            isNewsDue: false,
            published: null,
            newsMs: null,
            isUnclear: true,
            token: { page: Buffer.from(String(told)), soFar: NOTHING_YET },
          });
        };
        if (Buffer.from(token?.page ?? []).toString() !== String(told)) return answer();
        polls.add(answer);
        signal.addEventListener('abort', () => (polls.delete(answer), reject(new Error('cut'))));
      }),
  });
  function tell(): void {
    told += 1;
    for (const answer of polls) answer();
  }
  return {
    orders: ordersOf(ORDER, {
      get: async () => read().then((order) => order && orderView(order)),
      changes: (id, signal, known) => watching.changes(id, signal, known),
    }),
    change: (its: Partial<Order>, revision = (order?.revision ?? 0) + 1) => {
      order = order && { ...order, ...its, revision };
      tell();
    },
    erase: () => {
      order = null;
      tell();
    },
    fail: (error: Error | null) => {
      fails = error;
      tell();
    },
    isFollowed: () => until('it is followed', () => polls.size > 0),
    counts: watching.counts,
  };
}

async function withEvents(
  check: (api: Api, order: ReturnType<typeof anOrder>) => Promise<void>,
  options: Parameters<typeof apiInFrontOf>[1] & { first?: Order } = {},
): Promise<void> {
  const { first, ...overrides } = options;
  const order = anOrder(first);
  await using api = await apiInFrontOf(order.orders, overrides);
  await check(api, order);
  await until('nobody watches any more', () => order.counts().watched === 0);
}

const revisions = (reader: Reader) => reader.orders.map(({ revision }) => revision);

/** A connection on which this is asked, and all that comes. */
function ask({ port }: Api, ...requests: string[]): { socket: Socket; text: () => string } {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => (text += data));
  socket.on('error', () => {});
  socket.write(
    requests.map((one) => `${one} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`).join(''),
  );
  return { socket, text: () => text };
}

describe('GET /v1/orders/{id}/events', () => {
  it('is an event stream: nothing keeps it, changes it or holds it back', async () =>
    withEvents(async (api) => {
      const { socket, text } = ask(api, `GET ${PATH}`);
      await until('the order', () => /data: .*\n\n\r\n$/.test(text()));
      const [head = '', body = ''] = text().split('\r\n\r\n');
      for (const header of [
        'Content-Type: text/event-stream',
        'Cache-Control: no-store',
        'X-Accel-Buffering: no',
        'Transfer-Encoding: chunked',
      ])
        assert.ok(head.split('\r\n').includes(header), head);
      assert.match(
        body,
        /^[\da-f]+\r\n: [^\n]*\nretry: \d{4}\n\n\r\n[\da-f]+\r\nevent: order\nid: 3\ndata: \{.*\}\n\n\r\n$/,
      );
      socket.destroy();
    }));

  it('sends the order as it is and each change, and ends after a final status', async () =>
    withEvents(async ({ url }, { change }) => {
      const reader = readEvents(url, ID);
      await reader.sees('the order', () => true);
      change({ sequraOrderId: '4568' });
      await reader.sees('a change', ({ sequra_order_id }) => sequra_order_id === '4568');
      change(CONFIRMED);
      await reader.ended;
      assert.deepEqual(revisions(reader), [3, 4, 5]);
      assert.equal(reader.orders.at(-1)?.status, 'confirmed');
    }));

  it('goes on after a final status as long as a human must look', async () =>
    withEvents(
      async ({ url }, { change }) => {
        const reader = readEvents(url, ID);
        await reader.sees('the order', () => true);
        change({});
        await reader.sees('a change', ({ revision }) => revision === 4);
        change({ attentions: {} });
        await reader.ended;
        assert.deepEqual(revisions(reader), [3, 4, 5]);
      },
      { first: { ...FIRST, ...CONFIRMED, attentions: { confirm_cancel_crossed: '2026-11-22T11:00:00.000Z' } } },
    ));

  const SENT_ALL_THE_SAME = ['2', '4', '999', '9'.repeat(400), '-3', '3.0', '03', 'abc', '"3"', '', '{"id":3}'];
  it('sends only what the caller does not have, and the order as it is to who says anything but its revision', async () =>
    withEvents(async ({ url }, { change, isFollowed }) => {
      const knowing = readEvents(url, ID, { lastEventId: '3' });
      const others = SENT_ALL_THE_SAME.map((lastEventId) => readEvents(url, ID, { lastEventId }));
      for (const other of others) await other.sees('the order', () => true);
      await isFollowed();
      assert.deepEqual(revisions(knowing), []);
      change(CONFIRMED);
      for (const reader of [knowing, ...others]) await reader.ended;
      assert.deepEqual(revisions(knowing), [4]);
      for (const other of others) assert.deepEqual(revisions(other), [3, 4]);
    }));

  it('sends an order that was put back', async () =>
    withEvents(async ({ url }, { change }) => {
      const reader = readEvents(url, ID);
      await reader.sees('the order', () => true);
      change({}, 2);
      await reader.sees('it as it was', ({ revision }) => revision === 2);
      change(CONFIRMED, 4);
      await reader.ended;
      assert.deepEqual(revisions(reader), [3, 2, 4]);
    }));

  it('sends an ended order once; who has it is told that nothing is to come, as a browser understands it', async () => {
    const limits = createLimits({ perKey: 1, all: 1 });
    await withEvents(
      async ({ url }, { counts }) => {
        // There is nothing to wait for: no place is taken.
        const readers = Array.from({ length: 3 }, () => readEvents(url, ID));
        for (const reader of readers) await reader.ended;
        for (const reader of readers) assert.deepEqual([reader.statuses, revisions(reader)], [[200], [3]]);
        const again = readEvents(url, ID, { lastEventId: '3' });
        await again.ended;
        assert.deepEqual([again.statuses, revisions(again)], [[204], []]);
        const browser = readEvents(url, ID, { again: true });
        await browser.ended;
        assert.deepEqual([browser.statuses, revisions(browser)], [[200, 204], [3]]);
        assert.equal(counts().watched, 0);
      },
      { first: { ...FIRST, ...CONFIRMED }, limits },
    );
  });

  it('has a head of its own for HEAD, and for who wants no events', async () =>
    withEvents(async ({ call }) => {
      const head = await call('HEAD', PATH);
      assert.deepEqual(
        [head.status, head.headers.get('content-type'), await head.text()],
        [200, 'text/event-stream', ''],
      );
      await problem(await call('GET', PATH, undefined, { accept: 'application/json' }), 'not_acceptable');
    }));

  it('is refused before it begins, and counts as an answer that waits until its reader has gone', async () => {
    const limits = createLimits({ perKey: 2, all: 2 });
    await withEvents(
      async ({ call, url }, { erase }) => {
        const readers = [readEvents(url, ID), readEvents(url, ID)];
        for (const reader of readers) await reader.sees('the order', () => true);
        assert.equal(limits.waiting(), 2);
        await problem(await call('GET', PATH), 'too_many_waiting');
        readers[0]?.close();
        await until('its place is free', () => limits.waiting() === 1);
        const next = readEvents(url, ID);
        await next.sees('the order', () => true);
        erase();
        await Promise.all([readers[1]?.ended, next.ended]);
        await until('every place is free', () => limits.waiting() === 0);
        await problem(await call('GET', PATH), 'order_not_found');
      },
      { limits },
    );
  });

  it('says something at least every 15 s, whatever happens, and nothing more when it has ended', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    await withEvents(async ({ url }, { change, isFollowed }) => {
      const reader = readEvents(url, ID);
      await reader.sees('the order', () => true);
      await isFollowed();
      for (let times = 1; times < 4; times += 1) {
        t.mock.timers.tick(15_000);
        await until('a comment', () => reader.comments() > times);
      }
      change(CONFIRMED);
      await reader.ended;
      t.mock.timers.tick(60_000);
    });
  });

  it('ends in order when the process drains, and its connection with it', async () => {
    const draining = new AbortController();
    await withEvents(
      async (api) => {
        const { socket, text } = ask(api, `GET ${PATH}`);
        await until('the order', () => text().includes('data: '));
        draining.abort();
        await until('it is closed', () => socket.destroyed);
        assert.ok(text().endsWith('0\r\n\r\n'), text());
        const next = readEvents(api.url, ID);
        await next.ended;
        assert.deepEqual([next.statuses, revisions(next)], [[200], [3]]);
      },
      { draining: draining.signal },
    );
  });

  it('makes way for a request that is sent behind it on its connection', async () =>
    withEvents(async (api) => {
      const { socket, text } = ask(api, `GET ${PATH}`, `GET ${orderPath(ID)}`);
      await until('both answers', () => text().includes('"revision":3,') && /\nETag: "3"/i.test(text()));
      assert.ok(text().indexOf('0\r\n\r\n') < text().search(/\nETag/i));
      socket.destroy();
      const late = ask(api, `GET ${PATH}`);
      await until('the order', () => late.text().includes('data: '));
      late.socket.write(`GET ${orderPath(ID)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`);
      await until('the other answer', () => /\nETag: "3"/i.test(late.text()));
      late.socket.destroy();
    }));

  it('ends where the order cannot be had any more: the log says why, and who comes again is told', async () =>
    withEvents(async ({ url, call, logged }, { fail, isFollowed }) => {
      const failing = async (error: Error, code: Parameters<typeof problem>[1]) => {
        const reader = readEvents(url, ID);
        await reader.sees('the order', () => true);
        await isFollowed();
        fail(error);
        await reader.ended;
        assert.deepEqual(reader.statuses, [200]);
        await problem(await call('GET', PATH), code);
        fail(null);
      };
      const failures = () => JSON.stringify(logged).split('request failed').length - 1;
      await failing(new TemporalUnavailableError('away'), 'temporal_unavailable');
      assert.equal(failures(), 0);
      await failing(new TypeError('unreadable'), 'internal_error');
      assert.equal(failures(), 2);
    }));

  it('is one line in the log, when it has ended', async () =>
    withEvents(async ({ url, logged }) => {
      const reader = readEvents(url, ID);
      await reader.sees('the order', () => true);
      assert.equal(logged.length, 0);
      reader.close();
      await until('its line', () => logged.length > 0);
      const [[line]] = logged as [[Record<string, unknown>]];
      const { route, status, id, aborted } = line;
      assert.deepEqual([route, status, id, aborted], ['/v1/orders/:id/events', 200, ID, true]);
    }));
});
