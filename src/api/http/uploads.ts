// Bodies that nobody reads to their end: the answer goes out at once, the rest stays unread, and the connection is closed.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What is announced up to here is read and dropped after an early answer, so that its connection can go on. */
const MOST_DROPPED_BYTES = 100 * 1024;
/** Who still sends when we close loses the answer to a reset: this long it can be read, while we read no more. */
const LINGER_MS = 1_000;

const awaitingContinue = new WeakSet<IncomingMessage>();

/** To be called before a body is read: `100 Continue`, where the caller waits for it. */
export function askForBody(req: IncomingMessage, res: ServerResponse): void {
  if (awaitingContinue.delete(req)) res.writeContinue();
}

/** Has the answers of a server close connections whose request is not worth reading to its end. */
export function closeUnreadUploads(server: Server): void {
  const unread = new WeakSet<Socket>();
  server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
    // Once it is read from, Node does not read an unread body to its end by itself.
    if (isEndless(req)) req.read(0);
    beforeHead(res, () => {
      if (req.complete || !(isEndless(req) || awaitingContinue.has(req))) return;
      unread.add(req.socket);
      res.setHeader('Connection', 'close');
    });
  });
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    awaitingContinue.add(req);
    server.emit('request', req, res);
  });
  server.on('connection', (socket) => {
    const destroySoon = socket.destroySoon.bind(socket);
    socket.destroySoon = () => (unread.has(socket) ? linger(socket) : destroySoon());
  });
}

/** Sends what is left to send and closes, a moment later. */
export function linger(socket: Socket): void {
  socket.end();
  socket.pause();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Runs when the head of an answer is about to be written, while headers can still be set. */
export function beforeHead(res: ServerResponse, run: () => void): void {
  const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => ServerResponse;
  res.writeHead = (...args: unknown[]) => {
    run();
    return writeHead(...args);
  };
}

function isEndless({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MOST_DROPPED_BYTES;
}
