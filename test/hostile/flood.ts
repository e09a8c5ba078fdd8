// What somebody with many connections and no manners sends: raw bytes, as often as they are taken, and what comes back, counted.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Flood = {
  port: number;
  connections: number;
  /** The next bytes of a connection, and how many answers they ask for. */
  next: () => { bytes: Buffer | string; answers: number };
  /**
   * `answers`: waits for all of them, then goes on. `nothing`: stays as it is. `slowly`: the last bytes come one by one. `reset`: cuts the connection
   * at once. `unread`: goes on without ever reading an answer.
   */
  behaviour: 'answers' | 'nothing' | 'slowly' | 'reset' | 'unread';
  /** From its last answer to its next request, on each connection. */
  pauseMs?: number | undefined;
};

/** How often each thing happened: statuses of answers, `connected`, `closed` by the server. */
export type Tally = Record<string, number>;

const SLOWLY_MS = 1_000;
const SLOW_BYTES = 100;
const POURED_AT_ONCE = 50;
/** After a reset, and where a connection was closed. */
const AGAIN_MS = 20;
const STATUS = /HTTP\/1\.1 (\d{3}) /g;
/** What a status line may have been cut at. */
const LONGEST_CUT = 13;

export async function flood(what: Flood, tally: Tally, signal: AbortSignal): Promise<void> {
  await Promise.all(
    Array.from({ length: what.connections }, async () => {
      while (!signal.aborted) {
        await connection(what, tally, signal);
        await sleep(what.pauseMs ?? AGAIN_MS);
      }
    }),
  );
}

function count(tally: Tally, what: string): void {
  tally[what] = (tally[what] ?? 0) + 1;
}

/** Until it is closed, or the signal aborts. */
function connection({ port, next, behaviour, pauseMs }: Flood, tally: Tally, signal: AbortSignal): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  let missing = 0;
  let cut = '';
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    const { bytes, answers } = next();
    missing = answers;
    if (behaviour === 'slowly') drip(Buffer.from(bytes), Math.max(0, bytes.length - SLOW_BYTES));
    else if (behaviour === 'unread') pour();
    else socket.write(bytes, () => behaviour === 'reset' && socket.resetAndDestroy());
  }

  function drip(bytes: Buffer, from: number): void {
    socket.write(bytes.subarray(0, from));
    let at = from;
    timer = setInterval(() => at < bytes.length && socket.write(bytes.subarray(at, (at += 1))), SLOWLY_MS);
  }

  function pour(): void {
    for (let times = 0; times < POURED_AT_ONCE && socket.writable; times += 1) socket.write(next().bytes);
    if (socket.writableNeedDrain) socket.once('drain', pour);
    else timer = setTimeout(pour, AGAIN_MS);
  }

  socket.once('connect', () => {
    count(tally, 'connected');
    send();
  });
  if (behaviour !== 'unread') {
    socket.on('data', (data) => {
      const text = cut + data.toString('latin1');
      let end = 0;
      for (const { 1: status = '', index } of text.matchAll(STATUS)) {
        count(tally, status);
        end = index + LONGEST_CUT;
        if (status !== '100') missing -= 1;
      }
      cut = text.slice(Math.max(end, text.length - LONGEST_CUT + 1));
      if (behaviour !== 'answers' || missing > 0) return;
      if (pauseMs === undefined) return send();
      missing = Infinity;
      timer = setTimeout(send, pauseMs);
    });
  }
  socket.on('error', (error: NodeJS.ErrnoException) => count(tally, error.code ?? 'error'));
  socket.once('close', () => {
    clearInterval(timer);
    if (!signal.aborted && behaviour !== 'reset') count(tally, 'closed');
  });
  return untilClosed(socket, signal);
}

function untilClosed(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => socket.destroy();
    signal.addEventListener('abort', end);
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
    if (signal.aborted) end();
  });
}
