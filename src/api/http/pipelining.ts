// Requests that are sent on one connection before the first of them is answered.
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Some ten kilobytes each, of the whole process: beyond, a connection that has as many as it may is cut. */
const MOST_UNANSWERED = 8_000;
/** A connection with more is not read on. */
const MOST_OF_CONNECTION = 100;
/** In the 64 KB that a connection is read in are thousands of requests: with more than this unanswered, a piece at a time is parsed. */
const FEW = 2;
const PIECE_BYTES = 1024;

/** Emitted by a response when its connection is read no more for all that is queued on it: that it was closed would not be seen. */
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
 * Node tells only the response that is next to be sent when its connection closes: here each of them is told, so that none goes on waiting for
 * nobody. And Node parses all that has come in before it looks at what else there is to do: here no more than can soon be answered. To be called
 * before anything else listens for requests.
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

/** Who is cut off at once comes back at once. */
const SHELVED_MS = 2_000;
const MOST_SHELVED = 500;
const shelved = new Set<Socket>();

/** Reads a connection no more, forgets what has come in on it, and closes it a moment later: for who asks for more than there is room for. */
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
  /** What has come in and is not parsed; null: the end. */
  const unread: (Buffer | null)[] = [];
  const push = socket.push.bind(socket);
  let pushing = false;
  let soon: NodeJS.Immediate | undefined;

  function crowd(): void {
    for (const res of responses) {
      crowded.add(res);
      res.emit(CROWDED);
    }
  }

  /** False where the connection is not to be read on for the time being. */
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

  // Who listens for data has Node's parser fed by the stream, rather than past it.
  socket.on('data', () => {});
  socket.push = (chunk: Buffer | null) => {
    unread.push(chunk);
    return goOn();
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
