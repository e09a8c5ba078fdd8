// A TCP proxy between two parts of the service, which makes the network fail: cut, silent in one direction or both, slow.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { freePort } from '../../src/dev/temporal.ts';

/** As seen by the client: `there` is the data that it sends, `back` the data that it gets. */
type Direction = 'there' | 'back';

export type Proxy = {
  port: number;
  /** host:port. */
  address: string;
  /** Resets every open connection, and each further one until `heal`. */
  cut(): void;
  /** Keeps back the data in these directions; connections stay open. */
  stall(...directions: Direction[]): void;
  /** Delays each piece of data by this. */
  slow(delayMs: number): void;
  /** `see` is called with each piece of data before it passes; false keeps it, and all that follows in its direction, back until `heal`. */
  watch(see: (direction: Direction, data: Buffer) => boolean): void;
  /** Everything passes again, beginning with the data that was kept back. */
  heal(): void;
  /** As `heal`, but the data that was kept back is lost, and its connections are closed. */
  healEmpty(): void;
  /** How many connections or pieces of data each fault has met since the proxy was opened. `refused`: by the target. */
  met: { cut: number; stalled: number; slowed: number; refused: number };
  close(): Promise<void>;
};

/** `kept`: what is still to be done at the other end. */
type Pipe = { direction: Direction; from: Socket; to: Socket; kept: (() => void)[]; freeAtMs: number };

const LOOPBACK = '127.0.0.1';
const seeNothing = () => true;

/** `targetPort` is called for each connection, because the target may change. */
export async function openProxy(targetPort: () => number): Promise<Proxy> {
  const port = await freePort();
  const met = { cut: 0, stalled: 0, slowed: 0, refused: 0 };
  const clients = new Set<Socket>();
  const pipes = new Set<Pipe>();
  let isCut = false;
  let stalled: readonly Direction[] = [];
  let delayMs = 0;
  let see: (direction: Direction, data: Buffer) => boolean = seeNothing;

  function reset(client: Socket): void {
    met.cut += 1;
    client.resetAndDestroy();
  }

  /** `data` null: the end of a connection, which a silent network keeps back, too. */
  function pass(pipe: Pipe, data: Buffer | null, act: () => void): void {
    if (pipe.kept.length > 0 || stalled.includes(pipe.direction) || !(data === null || see(pipe.direction, data))) {
      if (data !== null) met.stalled += 1;
      pipe.kept.push(act);
    } else {
      if (data !== null && delayMs > 0) met.slowed += 1;
      later(pipe, act);
    }
  }

  /** Acts after the present delay, but never before an earlier piece. */
  function later(pipe: Pipe, act: () => void): void {
    const now = performance.now();
    pipe.freeAtMs = Math.max(pipe.freeAtMs, now + delayMs);
    if (pipe.freeAtMs <= now) act();
    else setTimeout(act, pipe.freeAtMs - now);
  }

  function join(from: Socket, to: Socket, direction: Direction): void {
    const pipe: Pipe = { direction, from, to, kept: [], freeAtMs: 0 };
    pipes.add(pipe);
    from.on('data', (data) => pass(pipe, data, () => to.write(data)));
    from.on('end', () => pass(pipe, null, () => to.end()));
    from.on('error', () => {});
    from.on('close', () => {
      pass(pipe, null, () => to.destroy());
      if (pipe.kept.length === 0) pipes.delete(pipe);
    });
  }

  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => {});
    if (isCut) return reset(client);
    const upstream = connect({ port: targetPort(), host: LOOPBACK, noDelay: true });
    upstream.once('error', ({ code }: NodeJS.ErrnoException) => (met.refused += code === 'ECONNREFUSED' ? 1 : 0));
    clients.add(client);
    client.once('close', () => clients.delete(client));
    join(client, upstream, 'there');
    join(upstream, client, 'back');
  }).listen(port, LOOPBACK);
  await once(server, 'listening');

  function passAll(): void {
    isCut = false;
    stalled = [];
    delayMs = 0;
    see = seeNothing;
  }

  return {
    port,
    address: `${LOOPBACK}:${port}`,
    met,
    cut() {
      isCut = true;
      clients.forEach(reset);
    },
    stall: (...directions) => void (stalled = directions),
    slow: (ms) => void (delayMs = ms),
    watch: (next) => void (see = next),
    healEmpty() {
      passAll();
      for (const { from, to, kept } of pipes) {
        if (kept.splice(0).length === 0) continue;
        from.destroy();
        to.destroy();
      }
    },
    heal() {
      passAll();
      for (const pipe of pipes) for (const act of pipe.kept.splice(0)) later(pipe, act);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.destroy();
      for (const pipe of pipes) for (const act of pipe.kept.splice(0)) act();
      await closed;
    },
  };
}
