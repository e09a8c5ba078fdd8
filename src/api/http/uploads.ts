// Bodies that we do not read to their end: the answer is sent at once, the rest stays unread, and the connection is closed.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** After an early answer, a body of up to this announced length is read and dropped, so that its connection can go on. */
const MOST_DROPPED_BYTES = 100 * 1024;
/** A client that is still sending when we close gets a reset and loses our answer: it has this long to read it, while we read no more. */
const LINGER_MS = 1_000;

const awaitingContinue = new WeakSet<IncomingMessage>();

/** Sends `100 Continue` to a caller that waits for it. Call it before a body is read. */
export function askForBody(req: IncomingMessage, res: ServerResponse): void {
  if (awaitingContinue.delete(req)) res.writeContinue();
}

/** Makes an answer close its connection where the rest of the request is too long to be read and dropped. */
export function closeUnreadUploads(server: Server): void {
  const unread = new WeakSet<Socket>();
  server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
    // Node reads an untouched body to its end by itself; one that was read from, it does not.
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

/** Sends what is left to send, and closes the connection a moment later. */
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
