// The HTTP server of the public port: its limits, and the answers to what its parser refuses, which never reach the app.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Response } from 'express';
import { limitConnections, MOST_CONNECTIONS } from './connections.ts';
import { mindPipelines } from './pipelining.ts';
import type { ProblemCode } from './problem.ts';
import { Problem, problemBody, PROBLEMS, sendProblem } from './problem.ts';
import type { Context } from '../context.ts';
import { SAFE_HEADERS } from './safe-headers.ts';
import { beforeHead, closeUnreadUploads, linger } from './uploads.ts';

/**
 * A proxy loses a request that it sends in the moment in which we close the connection: ours stay open longer than those in proxies' pools
 * do. nginx and ALB keep theirs for 60 s, Traefik 90 s, Caddy 120 s, Google's balancer 600 s, Cloudflare 900 s.
 */
const KEEP_ALIVE_TIMEOUT_MS = 915_000;
/** Whole requests, head and body, from their first byte. */
const REQUEST_TIMEOUT_MS = 20_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** Node looks every 30 s by default: a slow upload could exceed its limit by as much. */
const LOOK_EVERY_MS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** After so long without data, TCP probes whether the peer is still there. */
const PROBE_AFTER_MS = 60_000;

export type ServerOptions = Pick<Context, 'log' | 'metrics'> & {
  /** When it aborts, each answer closes its connection: a client that keeps it open would otherwise ask on until it is cut. */
  ending?: AbortSignal | undefined;
  requestTimeoutMs?: number;
  /** How many answers may wait at a time, each perhaps on a connection of its own. */
  mostWaiting?: number;
};

export function createHttpServer(app: RequestListener, options: ServerOptions): Server {
  const { log, metrics, ending, requestTimeoutMs = REQUEST_TIMEOUT_MS, mostWaiting = 0 } = options;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    connectionsCheckingInterval: LOOK_EVERY_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
    // The app checks it: Node's own answer would be no problem document.
    requireHostHeader: false,
  });
  // Only the limit in bytes holds: beyond a number of headers, Node would silently drop some.
  server.maxHeadersCount = 0;
  mindPipelines(server);
  limitConnections(server, MOST_CONNECTIONS + mostWaiting);

  /** The newest request of each connection: all earlier ones have been read to their end. */
  const newest = new WeakMap<Socket, { req: IncomingMessage; res: Response }>();
  server.on('request', (req, res) => {
    newest.set(req.socket, { req, res: res as Response });
    beforeHead(res, () => {
      if (ending?.aborted) res.setHeader('Connection', 'close');
    });
    app(req, res);
  });
  server.on('checkExpectation', (req, res) => void server.emit('request', req, res));
  closeUnreadUploads(server);

  const refused = new WeakSet<Socket>();
  function refuse(socket: Socket, problem: Problem): void {
    if (refused.has(socket)) return;
    refused.add(socket);
    metrics?.requestRefused(problem.code);
    const { req, res } = newest.get(socket) ?? {};
    if (req === undefined || res === undefined || res.writableFinished) answer(socket, problem);
    else if (req.complete) res.once('finish', () => answer(socket, problem));
    else if (res.headersSent) socket.destroy();
    else sendProblem(res.set({ Connection: 'close', ...SAFE_HEADERS }), problem);
  }

  function answer(socket: Socket, problem: Problem): void {
    const { req, res } = newest.get(socket) ?? {};
    // The request has been answered already.
    if (!socket.writable || (res?.headersSent && req?.complete === false)) return void socket.destroy();
    const requestId = randomUUID();
    const { status } = PROBLEMS[problem.code];
    log.info({ status, problem: problem.code, request_id: requestId, from: socket.remoteAddress }, 'request refused');
    const body = Buffer.from(JSON.stringify(problemBody(problem)));
    const headers = {
      'Content-Type': 'application/problem+json',
      'Content-Length': body.length,
      'Request-Id': requestId,
      Date: new Date().toUTCString(),
      Connection: 'close',
      ...SAFE_HEADERS,
    };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n`);
    socket.write(body);
    linger(socket);
  }

  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const problem = refusal(error.code ?? '');
    // The connection broke, or was never used: nobody expects an answer.
    if (problem === null || socket.bytesRead === 0) socket.destroy();
    else refuse(socket, problem);
  });
  server.on('connect', (_req, stream) => {
    // Node has removed its own listener: without this one, a connection that breaks now would end the process.
    stream.on('error', () => stream.destroy());
    refuse(stream as Socket, MALFORMED);
  });
  return server;
}

const MALFORMED = new Problem('malformed_request', 'The request cannot be read as HTTP/1.1; the connection is closed.');

const REFUSALS: Record<string, [code: ProblemCode, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request took too long to arrive; the connection is closed.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', `The headers may have at most ${MAX_HEADER_BYTES} bytes.`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['body_too_large', 'The extensions of a chunk are too large.'],
};

/** Null where the connection broke. */
function refusal(errorCode: string): Problem | null {
  const [code, detail] = REFUSALS[errorCode] ?? [];
  if (code !== undefined && detail !== undefined) return new Problem(code, detail);
  return errorCode.startsWith('HPE_') ? MALFORMED : null;
}
