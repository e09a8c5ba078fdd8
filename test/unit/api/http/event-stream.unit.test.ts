// How events are sent, over real sockets: to the byte, and to readers who do not read.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import fc from 'fast-check';
import type { ServerEvent } from '../../../../src/api/http/event-stream.ts';
import { sendEvents } from '../../../../src/api/http/event-stream.ts';
import { createLanes } from '../../../../src/api/http/lanes.ts';
import { eventsIn } from '../../../support/events.ts';
import { until } from '../../../support/waits.ts';

type State = { revision: number; text: string };

/** States of which a reader gets the newest that it does not have, as of a watched order. */
function changing(first: State) {
  const readers = new Set<() => void>();
  let state = first;
  let isOver = false;
  const tell = () => readers.forEach((wake) => wake());
  return {
    /** The revision. */
    change: (text: string) => {
      state = { revision: state.revision + 1, text };
      tell();
      return state.revision;
    },
    end: () => {
      isOver = true;
      tell();
    },
    async *events(signal: AbortSignal): AsyncGenerator<ServerEvent> {
      let known: State | null = null;
      while (!signal.aborted) {
        if (known === state && isOver) return;
        if (known !== state) {
          known = state;
          yield { event: 'state', id: String(known.revision), data: known };
          continue;
        }
        const { promise, resolve } = Promise.withResolvers<void>();
        readers.add(resolve);
        signal.addEventListener('abort', () => resolve());
        await promise;
        readers.delete(resolve);
      }
    },
  };
}

/** Sends the states to whoever connects. */
async function sending(states: ReturnType<typeof changing>, unsentBytes = Infinity) {
  const lanes = createLanes({ underWayBytes: Infinity, unsentBytes });
  const closed: string[] = [];
  const sent: Promise<void>[] = [];
  const server = createServer((req, answer) => {
    const res = Object.assign(answer, { req, locals: {} }) as unknown as Response;
    res.locals.turn = lanes.enter('all', res);
    const gone = new AbortController();
    res.once('close', () => {
      closed.push(req.url ?? '');
      gone.abort();
    });
    sent.push(sendEvents(res, states.events(gone.signal), undefined));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const sockets: Socket[] = [];
  return {
    closed,
    open(path = '/') {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      let text = '';
      let newest = -1;
      socket.setEncoding('utf8').on('data', (data: string) => {
        const [, id] = /\nid: (\d+)\n/.exec(text.slice(-20) + data) ?? [];
        if (id !== undefined) newest = Number(id);
        text += data;
      });
      socket.on('error', () => {});
      // HTTP/1.0: no chunks.
      socket.write(`GET ${path} HTTP/1.0\r\n\r\n`);
      sockets.push(socket);
      return { socket, text: () => text.slice(text.indexOf('\r\n\r\n') + 4), newest: () => newest };
    },
    async [Symbol.asyncDispose]() {
      states.end();
      sockets.forEach((socket) => socket.destroy());
      // Their intervals are cleared while the timers are still those of this test.
      await Promise.all(sent);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a stream of events', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const odd = fc.oneof(text, fc.constantFrom('\n\ndata: x', '\r\n', '\u2028', ': ', 'id: 9\n', '\0', '\uFEFF'));
  const changes = fc.array(fc.record({ text: odd, pauseMs: fc.constantFrom(0, 0, 1, 5) }), { maxLength: 12 });

  it('is read as it was, whatever is in it, in its order, and the last state always', () =>
    fc.assert(
      fc.asyncProperty(odd, changes, fc.boolean(), async (first, rest, reads) => {
        const states = changing({ revision: 1, text: first });
        await using server = await sending(states);
        const reader = server.open();
        if (!reads) reader.socket.pause();
        for (const { text, pauseMs } of rest) {
          states.change(text);
          if (pauseMs > 0) await sleep(pauseMs);
        }
        states.end();
        reader.socket.resume();
        await once(reader.socket, 'close');
        const known = [first, ...rest.map(({ text }) => text)];
        const seen = eventsIn(reader.text()).map(({ event, id, data }) => {
          const state = JSON.parse(data) as State;
          assert.deepEqual([event, id], ['state', String(state.revision)]);
          assert.equal(state.text, known[state.revision - 1]);
          return state.revision;
        });
        assert.equal(seen.at(-1), known.length);
        assert.deepEqual(
          seen,
          [...new Set(seen)].toSorted((a, b) => a - b),
        );
      }),
      { numRuns: 200 },
    ));

  it('is parsed as a browser does by what tests read it with', () => {
    const sent = ': hello\nretry: 5\n\nevent: a\nid: 1\ndata: {"a":1}\n\n:\n\nevent: a\nid: 2\ndata: {}\n\ndata: cut';
    assert.deepEqual(eventsIn(sent), [
      { event: 'a', id: '1', data: '{"a":1}' },
      { event: 'a', id: '2', data: '{}' },
    ]);
  });
});

describe('a reader that does not read', () => {
  /** Together far more than the system keeps of a connection. */
  const LARGE = 'x'.repeat(500_000);
  const CHANGES = 40;

  type Sending = Awaited<ReturnType<typeof sending>>;

  async function silent(server: Sending, path: string) {
    const reader = server.open(path);
    await until('the first state', () => reader.text().includes('data: '));
    reader.socket.pause();
    return reader;
  }

  /** One after the other, each seen by who reads. */
  async function changes(states: ReturnType<typeof changing>, reader: ReturnType<Sending['open']>): Promise<void> {
    for (let count = 0; count < CHANGES; count += 1) {
      const revision = states.change(LARGE);
      while (reader.newest() < revision) await once(reader.socket, 'data');
    }
  }

  it('costs the memory of one state, and gets the last', async () => {
    const states = changing({ revision: 0, text: '' });
    await using server = await sending(states);
    const { socket, text } = await silent(server, '/');
    await changes(states, server.open('/quick'));
    states.end();
    socket.resume();
    await once(socket, 'close');
    const ids = eventsIn(text()).map(({ id }) => Number(id));
    assert.equal(ids.at(-1), CHANGES);
    assert.ok(ids.length < CHANGES, `${ids.length} states were kept for it`);
  });

  it('is cut off where more is unsent than there is room for, the oldest first', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const states = changing({ revision: 0, text: '' });
    await using server = await sending(states, 1.5 * LARGE.length);
    await silent(server, '/1');
    await silent(server, '/2');
    await changes(states, server.open('/quick'));
    assert.deepEqual(server.closed, []);
    t.mock.timers.tick(12_000);
    await until('one is cut off', () => server.closed.length > 0);
    assert.deepEqual(server.closed, ['/1']);
  });

  it('is cut off after a minute', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const states = changing({ revision: 0, text: '' });
    await using server = await sending(states);
    await silent(server, '/');
    await changes(states, server.open('/quick'));
    for (let beats = 0; beats < 5; beats += 1) t.mock.timers.tick(12_000);
    await sleep(50);
    assert.deepEqual(server.closed, []);
    t.mock.timers.tick(12_000);
    await until('it is cut off', () => server.closed.length > 0);
    assert.deepEqual(server.closed, ['/']);
  });
});
