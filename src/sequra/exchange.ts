// One HTTP request over one connection of its own, with every limit set and nothing repeated or followed: to seQura, and to the
// endpoints of merchants.
import type { Dispatcher } from 'undici';
import { Client } from 'undici';
import { brokenOffReason, neverReached } from './classify.ts';
import { NotSentError, OutcomeUnknownError } from './errors.ts';

export type Post = {
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

export type Answer = {
  httpStatus: number;
  /** As received; null where missing or repeated. */
  retryAfter: string | null;
  date: string | null;
  /** `failure`: the reason why a wanted body could not be read to its end; both null where it was not wanted. */
  body: { text: string | null; failure: string | null };
};

// Answers are a few kB; the rest of a longer one is never read.
const MAX_ANSWER_BYTES = 1024 * 1024;
// An answer that is settled by its status may still finish, so that the other side sees no broken connection; but nobody waits for it.
const DRAIN_MS = 1000;
const USER_AGENT = 'part-payment-orders';

/**
 * Answers as soon as a status is known, whatever becomes of the body. Throws NotSentError where the other side was surely never
 * reached, and OutcomeUnknownError where the exchange broke off before a status came.
 *
 * The connection is never shared: on a kept-alive one that the other side has just closed, a request that nobody read could not be
 * told from one whose answer was lost.
 */
export async function post({
  origin,
  path,
  headers,
  body,
  connectTimeoutMs,
  timeoutMs,
  wantsBody,
}: Post): Promise<Answer> {
  const client = new Client(origin, {
    connect: { timeout: connectTimeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES,
    allowH2: false,
    // Says `connection: close`.
    pipelining: 0,
  });
  let connected = false;
  let timedOut = false;
  // Not an AbortSignal: undici heeds one only once it is connected.
  const giveUp = () => {
    timedOut = true;
    void client.destroy();
  };
  const totalTimer = setTimeout(giveUp, timeoutMs);
  // undici's own connect timeout comes up to a second late; it then only clears away what is left of the attempt.
  const connectTimer = setTimeout(giveUp, connectTimeoutMs);
  client.once('connect', () => {
    connected = true;
    clearTimeout(connectTimer);
  });
  // undici takes a request up again whose connection went before it was written: not here.
  client.once('disconnect', () => void client.destroy());
  const reasonOf = (error: unknown) => (timedOut ? 'timeout' : brokenOffReason(error));
  try {
    const answer = await client.request({
      method: 'POST',
      path,
      headers: { 'user-agent': USER_AGENT, ...headers },
      body,
    });
    return {
      httpStatus: answer.statusCode,
      retryAfter: singleHeader(answer.headers['retry-after']),
      date: singleHeader(answer.headers['date']),
      body: wantsBody(answer.statusCode) ? await readText(answer.body, reasonOf) : await drain(answer.body),
    };
  } catch (error) {
    if (!connected && (timedOut || neverReached(error))) throw new NotSentError('unreachable');
    throw new OutcomeUnknownError(reasonOf(error));
  } finally {
    clearTimeout(totalTimer);
    clearTimeout(connectTimer);
    await client.destroy();
  }
}

type Body = Dispatcher.ResponseData['body'];

async function readText(body: Body, reasonOf: (error: unknown) => string): Promise<Answer['body']> {
  try {
    return { text: await body.text(), failure: null };
  } catch (error) {
    return { text: null, failure: reasonOf(error) };
  }
}

async function drain(body: Body): Promise<Answer['body']> {
  await body.dump({ limit: MAX_ANSWER_BYTES, signal: AbortSignal.timeout(DRAIN_MS) }).catch(() => undefined);
  return { text: null, failure: null };
}

function singleHeader(value: string | string[] | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
