// What one caller may take of the process itself: its steps, its memory, its connections.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import { limitConnections } from '../../../../src/api/http/connections.ts';
import type { LaneLimits, Turn } from '../../../../src/api/http/lanes.ts';
import { createLanes } from '../../../../src/api/http/lanes.ts';
import { mindPipelines } from '../../../../src/api/http/pipelining.ts';
import { until } from '../../../support/waits.ts';

/** A server whose requests tell their lane in a header; `answer` is called with each that has entered. */
async function serving(answer: (turn: Turn, res: Response) => void, limits?: LaneLimits) {
  const lanes = createLanes(limits);
  const server = createServer();
  mindPipelines(server);
  server.on('request', (req, res) => {
    const response = Object.assign(res, { req }) as unknown as Response;
    answer(lanes.enter(String(req.headers['lane']), response), response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    server,
    open(): Socket {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const get = (lane: string, more = '') => `GET / HTTP/1.1\r\nHost: x\r\nLane: ${lane}\r\n${more}\r\n`;

/** Keeps the processor busy; returns for how long. */
function workFor(ms: number): number {
  const fromMs = performance.now();
  while (performance.now() - fromMs < ms);
  return performance.now() - fromMs;
}

describe('a connection whose requests are not answered', () => {
  it('is read no further than they are parsed', async () => {
    let came = 0;
    let readBytes = () => 0;
    await using server = await serving((_turn, { req: { socket } }) => {
      came += 1;
      readBytes = () => socket.bytesRead;
    });
    const body = 'x'.repeat(50_000);
    const post = `POST / HTTP/1.1\r\nHost: x\r\nLane: rogue\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    server.open().write(post.repeat(400));
    await until('so many have come that no more are parsed', () => came > 100);
    for (let before = -1; before < readBytes(); await sleep(100)) before = readBytes();
    assert.ok(came < 110 && readBytes() < 110 * post.length, `${readBytes()} bytes for ${came} requests`);
  });
});

describe('a lane', () => {
  it('has its turn at once where others have had theirs, however much they have sent', async () => {
    const order: string[] = [];
    const turns: Record<string, Turn[]> = { rogue: [], shop: [] };
    await using server = await serving((turn, res) => void turns[String(res.req.headers['lane'])]?.push(turn));
    for (let opened = 0; opened < 5; opened += 1) server.open().write(get('rogue').repeat(100));
    server.open().write(get('shop'));
    await until('all have come', () => turns['rogue']?.length === 500 && turns['shop']?.length === 1);
    const work = (lane: string) => () => {
      order.push(lane);
      workFor(1);
    };
    const rogues = (turns['rogue'] ?? []).map((turn) => turn.step().then(work('rogue')));
    await until('some have had theirs', () => order.length > 10);
    const before = order.length;
    await turns['shop']?.[0]?.step().then(work('shop'));
    // What had begun to be served then is served to its end.
    assert.ok(order.length - before <= 5, `${order.length - before} others`);
    await Promise.all(rogues);
  });

  it('has as much time as another, not as many steps', async () => {
    const turns: Record<string, Turn[]> = { long: [], short: [] };
    await using server = await serving((turn, res) => void turns[String(res.req.headers['lane'])]?.push(turn));
    server.open().write(get('long').repeat(50));
    server.open().write(get('short').repeat(50));
    await until('all have come', () => Object.values(turns).every((all) => all.length === 50));
    const spentMs = { long: 0, short: 0 };
    const differences: number[] = [];
    let longestMs = 0;
    async function step(lane: 'long' | 'short', ms: number, turn: Turn): Promise<void> {
      await turn.step();
      const stepMs = workFor(ms);
      longestMs = Math.max(longestMs, stepMs);
      spentMs[lane] += stepMs;
      differences.push(Math.abs(spentMs.long - spentMs.short));
    }
    const steps = [
      ...(turns['long'] ?? []).map((turn) => step('long', 4, turn)),
      ...(turns['short'] ?? []).map((turn) => step('short', 1, turn)),
    ];
    await Promise.all(steps);
    // While both have something to do.
    const most = Math.max(...differences.slice(0, 60));
    assert.ok(most < 2 * longestMs + 10, `${most} ms, where a step took ${longestMs} ms at most`);
  });

  it('has room for so much; who exceeds it is not answered, and others are', async () => {
    let answered = 0;
    const held: Response[] = [];
    await using server = await serving(
      (turn, res) => {
        if (res.req.headers['lane'] === 'rogue') held.push(res);
        else void turn.step().then(() => ((answered += 1), res.end()));
      },
      { underWayBytes: 210_000, unsentBytes: Infinity },
    );
    const ended: Socket[] = [];
    const large = get('rogue', 'Content-Length: 90000\r\n');
    for (const socket of Array.from({ length: 5 }, () => server.open())) {
      socket.once('close', () => ended.push(socket));
      socket.write(large);
    }
    await until('three are closed', () => ended.length === 3);
    server.open().write(get('shop'));
    await until('the other lane is served', () => answered === 1);
    await sleep(100);
    assert.equal(ended.length, 3);
  });

  it('has room for answers that wait, of which there may be many, as long as the other requests have', async () => {
    const turns: Turn[] = [];
    await using server = await serving(
      (turn) => {
        turn.waits();
        turns.push(turn);
      },
      { underWayBytes: 210_000, unsentBytes: Infinity },
    );
    const closed: Socket[] = [];
    for (let opened = 1; opened <= 60; opened += 1) {
      const socket = server.open();
      socket.once('close', () => closed.push(socket));
      socket.write(get('shop'));
      await until('it waits', () => turns.length === opened);
    }
    await sleep(100);
    assert.deepEqual(closed, []);
  });

  it('loses the oldest of its answers that nobody reads, and no other lane does', async () => {
    const body = Buffer.alloc(8 * 2 ** 20, 'x');
    const closed: string[] = [];
    await using server = await serving(
      (_turn, res) => {
        res.once('close', () => closed.push(`${String(res.req.headers['lane'])} ${res.req.url}`));
        res.setHeader('Content-Length', body.length);
        res.writeHead(200);
        res.end(body);
      },
      { underWayBytes: Infinity, unsentBytes: 5.5 * body.length },
    );
    const ask = (lane: string, path: string) => {
      const socket = server.open();
      socket.pause();
      socket.write(get(lane).replace('/', path));
    };
    ask('shop', '/1');
    for (let number = 1; number <= 6; number += 1) ask('rogue', `/${number}`);
    await until('two are cut', () => closed.length === 2);
    await sleep(100);
    assert.equal(closed.length, 2);
    assert.ok(
      closed.every((one) => one.startsWith('rogue')),
      closed.join(),
    );
  });
});

describe('an answer that is sent in pieces', () => {
  it('weighs what of it is not sent, and is lost where its lane has most', async () => {
    const turns = new Map<string, Turn>();
    const closed: string[] = [];
    await using server = await serving(
      (turn, res) => {
        const path = res.req.url;
        turns.set(path, turn);
        res.once('close', () => closed.push(path));
        res.writeHead(200);
      },
      { underWayBytes: Infinity, unsentBytes: 1_000 },
    );
    for (const [lane, path] of [
      ['rogue', '/1'],
      ['rogue', '/2'],
      ['shop', '/3'],
    ] as const) {
      server.open().write(get(lane).replace('/', path));
      await until('it has come', () => turns.has(path));
    }
    turns.get('/1')?.unsent(900);
    turns.get('/1')?.unsent(0);
    turns.get('/2')?.unsent(600);
    turns.get('/3')?.unsent(390);
    await sleep(50);
    assert.deepEqual(closed, []);
    turns.get('/3')?.unsent(590);
    await until('one is cut', () => closed.length > 0);
    turns.get('/1')?.unsent(400);
    await sleep(50);
    assert.deepEqual(closed, ['/2']);
  });
});

describe('connections', () => {
  it('give way to new ones where there are too many: the one that has been idle longest first', async () => {
    await using server = await serving((_turn, res) => {
      if (res.req.url !== '/held') res.end();
    });
    limitConnections(server.server, 3);
    const closed: string[] = [];
    const open = async (name: string, text: string) => {
      const socket = server.open();
      socket.once('close', () => closed.push(name));
      await once(socket, 'connect');
      socket.write(text);
      await sleep(50);
      return socket;
    };
    await open('held', get('x').replace('/', '/held'));
    const used = await open('used', 'GET / HT');
    await open('half', 'GET / HT');
    used.write('TP/1.1\r\nHost: x\r\n\r\n');
    await once(used, 'data');
    await open('new', get('x'));
    await until('one has gone', () => closed.length > 0);
    assert.deepEqual(closed, ['half']);
  });
});
