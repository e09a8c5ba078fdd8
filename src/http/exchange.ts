// src/http: the one outgoing HTTP client: to seQura, and to merchants' endpoints.
//
// One HTTP request over one connection of its own, with every limit set and nothing repeated or followed: to seQura, and to the
// endpoints of merchants. Node's own client, because it takes interim answers that nobody asked for (RFC 9110, section 15.2).
import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { decodedText } from './content-coding.ts';
import { brokenOffReason, neverReached } from './broken-off.ts';
import { AnswerTooLargeError, NotSentError, OutcomeUnknownError } from './errors.ts';

export type PostRequest = {
  origin: string;
  path: string;
  headers: Record<string, string>;
  /** Null: none. */
  body: string | null;
  /** Name resolution, TCP and TLS together; has to be less than `timeoutMs`. */
  connectTimeoutMs: number;
  /** Everything, from the name resolution to the last byte of the answer. */
  timeoutMs: number;
  /** Whether the body of an answer with this status matters. */
  wantsBody: (httpStatus: number) => boolean;
};

export type HttpAnswer = {
  httpStatus: number;
  /** As received; null where missing or repeated. */
  retryAfter: string | null;
  date: string | null;
  location: string | null;
  /** `failure`: the reason why a wanted body could not be read to its end; both null where it was not wanted. */
  body: { text: string | null; failure: string | null };
};

// Answers are a few kB; the rest of a longer one is never read.
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
// Where the status is enough, the answer may end within this time, so that the other side sees no broken connection.
const DRAIN_MS = 1000;
// A request that says nothing of codings accepts all of them (RFC 9110, section 12.5.3).
const HEADERS = { 'user-agent': 'part-payment-orders', 'accept-encoding': 'identity' };

/** Keeps no connection, only what both sides remember of the last handshake: the next one need not prove again who the other side is. */
const resumingHandshakes = new TlsAgent({ keepAlive: false });

/**
 * Resolves as soon as the status is known, whatever becomes of the body. Throws NotSentError where the other side was surely never
 * reached, and OutcomeUnknownError where the exchange broke off before a status came.
 *
 * The connection is never shared: on a kept-alive one that the other side has just closed, a request that nobody read would look like one
 * whose answer was lost.
 */
export async function post({
  origin,
  path,
  headers,
  body,
  connectTimeoutMs,
  timeoutMs,
  wantsBody,
}: PostRequest): Promise<HttpAnswer> {
  const url = new URL(origin);
  const isTls = url.protocol === 'https:';
  const length = body === null ? '0' : String(Buffer.byteLength(body));
  const request = (isTls ? httpsRequest : httpRequest)({
    method: 'POST',
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: url.port,
    path,
    headers: { ...HEADERS, ...headers, 'content-length': length },
    // A connection of its own; says `connection: close`.
    agent: isTls && resumingHandshakes,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  let connected = false;
  let timedOut = false;
  const giveUp = () => {
    timedOut = true;
    request.destroy(new Error('timeout'));
  };
  const totalTimer = setTimeout(giveUp, timeoutMs);
  const connectTimer = setTimeout(giveUp, connectTimeoutMs);
  request.once('socket', (socket) =>
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      connected = true;
      clearTimeout(connectTimer);
    }),
  );
  const reasonOf = (error: unknown) => (timedOut ? 'timeout' : brokenOffReason(error));
  try {
    const answer = await sent(request, body);
    const httpStatus = answer.statusCode ?? 0;
    return {
      httpStatus,
      retryAfter: singleHeader(answer, 'retry-after'),
      date: singleHeader(answer, 'date'),
      location: singleHeader(answer, 'location'),
      body: wantsBody(httpStatus) ? await readText(answer, reasonOf) : await drain(answer),
    };
  } catch (error) {
    if (!connected && (timedOut || neverReached(error))) throw new NotSentError('unreachable');
    throw new OutcomeUnknownError(reasonOf(error));
  } finally {
    clearTimeout(totalTimer);
    clearTimeout(connectTimer);
    request.destroy();
  }
}

function sent(request: ReturnType<typeof httpRequest>, body: string | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays attached: a connection may break again after the answer.
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

async function readText(answer: IncomingMessage, reasonOf: (error: unknown) => string): Promise<HttpAnswer['body']> {
  try {
    return { text: decodedText(await readBytes(answer), answer.headers, MAX_ANSWER_BYTES), failure: null };
  } catch (error) {
    return { text: null, failure: reasonOf(error) };
  }
}

/** Throws `AnswerTooLargeError`. */
async function readBytes(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new AnswerTooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function drain(answer: IncomingMessage): Promise<HttpAnswer['body']> {
  const timer = setTimeout(() => answer.destroy(), DRAIN_MS);
  await readBytes(answer).catch(() => undefined);
  clearTimeout(timer);
  return { text: null, failure: null };
}

function singleHeader({ headersDistinct }: IncomingMessage, name: string): string | null {
  const [value, ...more] = headersDistinct[name] ?? [];
  return value !== undefined && more.length === 0 ? value : null;
}
