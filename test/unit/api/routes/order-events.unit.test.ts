// The events of an order, over real sockets and on the watcher that the service has: what is sent, to whom it is not, and how it ends.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createLanes } from '../../../../src/api/http/lanes.ts';
import { createLimits } from '../../../../src/api/http/limits.ts';
import { TemporalUnavailableError } from '../../../../src/gateway/errors.ts';
import { watchOrders } from '../../../../src/gateway/watch.ts';
import type { Order } from '../../../../src/order/order.ts';
import { orderView } from '../../../../src/order/view.ts';
import type { Api } from '../../../support/api-fixtures.ts';
import { ORDER, ordersOf, problem, startApi } from '../../../support/api-fixtures.ts';
import { API_KEY } from '../../../support/canaries.ts';
import { eventsIn } from '../../../support/events.ts';
import { awaiting, orderPath } from '../../../support/orders.ts';
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
      return order && { order, runId: 'run', running: true, paused: false };
    },
    poll: ({ token }, signal) =>
      new Promise((resolve, reject) => {
        const answer = () => {
          polls.delete(answer);
          resolve({ hasNews: true, token: Buffer.from(String(told)) });
        };
        if (Buffer.from(token ?? []).toString() !== String(told)) return answer();
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
      changes: (id, signal) => watching.changes(id, signal),
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
  options: Parameters<typeof startApi>[1] & { first?: Order } = {},
): Promise<void> {
  const { first, ...overrides } = options;
  const order = anOrder(first);
  await using api = await startApi(order.orders, overrides);
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
        'Cache-Control: no-store, no-transform',
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

describe('a reader that does not read', () => {
  /** More than the system keeps of a connection. */
  const LARGE = 'x'.repeat(500_000);
  const CHANGES = 40;

  it('costs the memory of one state, and gets the last', async () =>
    withEvents(async (api, { change, isFollowed }) => {
      const { socket, text } = ask(api, `GET ${PATH}`);
      await until('the order', () => text().includes('data: '));
      socket.pause();
      await isFollowed();
      const quick = readEvents(api.url, ID);
      for (let changes = 1; changes <= CHANGES; changes += 1) {
        change({ storeRef: `${changes} ${LARGE}` });
        await quick.sees('the change', ({ revision }) => revision === 3 + changes);
      }
      change(CONFIRMED);
      await quick.ended;
      socket.resume();
      await until('the end', () => text().endsWith('0\r\n\r\n'));
      const ids = [...text().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
      assert.equal(ids.at(-1), 4 + CHANGES);
      assert.ok(ids.length < CHANGES, `${ids.length} states were kept for it`);
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
      socket.destroy();
    }));

  it('is cut off where more is unsent than there is room for, the oldest first', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const lanes = createLanes({ underWayBytes: Infinity, unsentBytes: 1.5 * LARGE.length });
    const limits = { ...createLimits({ perKey: 10, all: 10 }), lanes };
    await withEvents(
      async (api, { change, isFollowed }) => {
        const quick = readEvents(api.url, ID);
        await quick.sees('the order', () => true);
        const slow: Socket[] = [];
        for (let count = 0; count < 2; count += 1) {
          const { socket, text } = ask(api, `GET ${PATH}`);
          await until('the order', () => text().includes('data: '));
          socket.pause();
          slow.push(socket);
        }
        await isFollowed();
        for (let changes = 1; changes <= CHANGES; changes += 1) {
          change({ storeRef: `${changes} ${LARGE}` });
          await quick.sees('the change', ({ revision }) => revision === 3 + changes);
        }
        t.mock.timers.tick(12_000);
        await until('one is cut off', () => api.logged.length > 0);
        assert.equal(api.logged.length, 1);
        quick.close();
        slow.forEach((socket) => socket.destroy());
      },
      { limits },
    );
  });

  it('is cut off after a minute', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    await withEvents(async (api, { change, isFollowed }) => {
      const { socket, text } = ask(api, `GET ${PATH}`);
      await until('the order', () => text().includes('data: '));
      socket.pause();
      await isFollowed();
      const quick = readEvents(api.url, ID);
      const isStuck = async (changes: number) => {
        change({ storeRef: `${changes} ${LARGE}` });
        await quick.sees('the change', ({ revision }) => revision === 3 + changes);
      };
      for (let changes = 1; changes <= CHANGES; changes += 1) await isStuck(changes);
      for (let beats = 0; beats < 6; beats += 1) t.mock.timers.tick(12_000);
      await until('it is cut off', () => api.logged.length > 0);
      quick.close();
      socket.destroy();
    });
  });
});

describe('what is sent', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const odd = fc.oneof(text, fc.constantFrom('\n\ndata: x', '\r\n', '\u2028', ': ', 'id: 9\n', '\0', '\uFEFF'));
  const states = fc.array(fc.record({ storeRef: odd, pauseMs: fc.constantFrom(0, 0, 20, 70) }), { maxLength: 8 });

  it('is read as it was, whatever is in it, in its order, and the last always', () =>
    fc.assert(
      fc.asyncProperty(odd, states, fc.option(fc.constantFrom('2', '3', '7')), async (first, changes, lastEventId) => {
        const order = anOrder({ ...FIRST, storeRef: first });
        await using api = await startApi(order.orders);
        const reader = readEvents(api.url, ID, lastEventId === null ? {} : { lastEventId });
        const known = [orderView({ ...FIRST, storeRef: first })];
        await order.isFollowed();
        for (const { storeRef, pauseMs } of changes) {
          order.change({ storeRef });
          known.push(orderView({ ...FIRST, storeRef, revision: 3 + known.length }));
          if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
        order.change(CONFIRMED);
        await reader.ended;
        const [last, ...others] = reader.orders.toReversed();
        assert.deepEqual([last?.status, last?.revision], ['confirmed', 3 + known.length]);
        for (const state of others) assert.deepEqual(state, known[state.revision - 3]);
        const its = revisions(reader);
        assert.ok(
          its.every((revision, at) => at === 0 || revision > (its[at - 1] ?? 0)),
          its.join(),
        );
        assert.equal(its.includes(3), lastEventId !== '3');
      }),
      { numRuns: 40 },
    ));

  it('is parsed as one event each, by a reader of ours that tells them apart', () => {
    const sent =
      ': hello\nretry: 5\n\nevent: order\nid: 1\ndata: {"a":1}\n\n:\n\nevent: order\nid: 2\ndata: {}\n\ndata: cut';
    assert.deepEqual(
      eventsIn(sent).map(({ id, data }) => [id, data]),
      [
        ['1', '{"a":1}'],
        ['2', '{}'],
      ],
    );
  });
});
