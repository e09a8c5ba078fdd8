// Limits requests that are sent on one connection before the first of them is answered.
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** In the whole process, some ten kilobytes each. Beyond it, a connection with more than `MOST_OF_CONNECTION` is closed. */
const MOST_UNANSWERED = 8_000;
/** We stop reading a connection with more unanswered requests than this. */
const MOST_OF_CONNECTION = 100;
/** Node reads 64 KB at a time, which may be thousands of requests: with more than this unanswered, we parse one piece per turn of the event loop. */
const FEW = 2;
const PIECE_BYTES = 1024;

/** Emitted by a response when we stop reading its connection, because too much is queued on it: we would not see that the caller has closed it. */
export const CROWDED = 'crowded';
const crowded = new WeakSet<ServerResponse>();

export function isCrowded(res: ServerResponse): boolean {
  return crowded.has(res);
}

/** Emitted by a response when another request has come on its connection, whose answer can only follow. */
export const FOLLOWED = 'followed';
const followed = new WeakSet<ServerResponse>();

export function isFollowed(res: ServerResponse): boolean {
  return followed.has(res);
}

/**
 * When a connection closes, Node tells only the response that is sent next: here every response of it is told, so that none goes on waiting.
 * Node also parses everything that has arrived before it does other work: here it parses no more than can soon be answered. Call this before
 * anything else listens for requests.
 */
export function mindPipelines(server: Server, mostUnanswered = MOST_UNANSWERED): void {
  const ofConnection = new WeakMap<Socket, Connection>();
  let unanswered = 0;

  server.on('connection', (socket) => ofConnection.set(socket, connection(socket)));
  server.on('request', ({ socket }, res) => {
    const { responses, goOn } = ofConnection.get(socket) ?? connection(socket);
    for (const earlier of responses) {
      if (followed.has(earlier)) continue;
      followed.add(earlier);
      earlier.emit(FOLLOWED);
    }
    responses.add(res);
    unanswered += 1;
    res.once('close', () => {
      if (!responses.delete(res)) return;
      unanswered -= 1;
      goOn();
    });
    if (unanswered > mostUnanswered && responses.size > MOST_OF_CONNECTION) shelve(socket);
  });
}

/** A client that is cut off immediately reconnects immediately. */
const SHELVED_MS = 2_000;
const MOST_SHELVED = 500;
const shelved = new Set<Socket>();

/** Stops reading a connection whose caller asks for too much, drops what has arrived on it, and closes it a moment later. */
export function shelve(socket: Socket): void {
  if (shelved.has(socket)) return;
  shelved.add(socket);
  const timer = setTimeout(() => socket.destroy(), SHELVED_MS).unref();
  socket.once('close', () => {
    shelved.delete(socket);
    clearTimeout(timer);
  });
  const [oldest] = shelved;
  if (shelved.size > MOST_SHELVED) oldest?.destroy();
}

type Connection = { responses: Set<ServerResponse>; goOn: () => void };

function connection(socket: Socket): Connection {
  const responses = new Set<ServerResponse>();
  /** Data that has arrived and is not parsed yet; null: the end of the connection. */
  const unread: (Buffer | null)[] = [];
  const push = socket.push.bind(socket);
  // oxlint-disable-next-line no-underscore-dangle -- of streams, for those who implement them
  const read = socket._read.bind(socket);
  let pushing = false;
  let soon: NodeJS.Immediate | undefined;

  function crowd(): void {
    for (const res of responses) {
      crowded.add(res);
      res.emit(CROWDED);
    }
  }

  /** Parses what has arrived. False where we must not read more for now. */
  function goOn(): boolean {
    if (shelved.has(socket)) unread.length = 0;
    if (pushing || shelved.has(socket)) return false;
    pushing = true;
    let more = true;
    do {
      if (socket.destroyed || shelved.has(socket)) unread.length = 0;
      if (unread.length === 0 || responses.size > MOST_OF_CONNECTION) break;
      const [chunk = null] = unread;
      if (chunk === null || chunk.length <= PIECE_BYTES) unread.shift();
      else unread[0] = chunk.subarray(PIECE_BYTES);
      more = push(chunk === null ? null : chunk.subarray(0, PIECE_BYTES));
    } while (responses.size <= FEW);
    pushing = false;
    if (unread.length === 0) return more;
    if (responses.size > MOST_OF_CONNECTION) crowd();
    else soon ??= setImmediate(() => ((soon = undefined), goOn()));
    return false;
  }

  // With a listener for data, Node feeds its parser through `push`; without one, it bypasses the stream.
  socket.on('data', () => {});
  socket.push = (chunk: Buffer | null) => {
    unread.push(chunk);
    return goOn();
  };
  // Node reads on after each piece that is parsed.
  // oxlint-disable-next-line no-underscore-dangle
  socket._read = (size) => {
    if (unread.length === 0) read(size);
  };
  socket.on('pause', crowd);
  socket.once('close', () => {
    clearImmediate(soon);
    for (const res of responses) {
      res.destroy();
      res.emit('close');
    }
  });
  return { responses, goOn };
}
