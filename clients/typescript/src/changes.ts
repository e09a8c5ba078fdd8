// An order as it changes: by its events, or by the long poll where no events come through.
import { createParser } from 'eventsource-parser';
import type { Client as Http } from 'openapi-fetch';
import type { paths } from './api.ts';
import { ProblemError } from './errors.ts';
import type { Order } from './order.ts';
import { hasEnded } from './order.ts';
import type { Fetch } from './repeat.ts';
import { pause } from './repeat.ts';

/** How to ask for the events of an order, and for the order itself. `http` repeats for as long as it takes. */
export type Watched = { baseUrl: string; headers: Record<string, string>; fetch: Fetch; http: Http<paths> };

/** The API sends a line every 15 s: where none has come for so long, the connection is dead. */
const SILENCE_MS = 30_000;
/** The first line comes at once, unless something between holds lines back. */
const FIRST_LINE_MS = 10_000;
const HELD_SECONDS = 30;
/** Without an ETag nothing can be waited for. */
const POLL_GAP_MS = 5_000;
const RECONNECT_MS = 2_000;

/** The order as it is, then as it changes, until it has ended. Throws where the API refuses, or `signal` says so. */
export async function* changes(watched: Watched, id: string, signal: AbortSignal): AsyncGenerator<Order, void> {
  let known = 0;
  let isStream = true;
  for (;;) {
    const stream: Stream | null = isStream ? await openStream(watched, id, known, signal) : null;
    // What does not stream is asked for the order, which also says why where it is refused.
    isStream = stream !== null;
    for await (const order of stream === null ? poll(watched, id, signal) : stream.orders) {
      // Not only a later one: where a backup was put back, revisions begin again.
      if (order.revision !== known) {
        known = order.revision;
        yield order;
      }
      if (hasEnded(order)) return;
    }
    signal.throwIfAborted();
    if (stream !== null) await pause(stream.retryMs(), signal);
  }
}

type Stream = { orders: AsyncIterable<Order>; retryMs: () => number };

/** Null where no line comes. `known`: the last revision that was seen. */
async function openStream(
  { baseUrl, headers, fetch }: Watched,
  id: string,
  known: number,
  signal: AbortSignal,
): Promise<Stream | null> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), FIRST_LINE_MS);
  const lines = await linesOf();
  if (lines === null) clearTimeout(timer);
  if (lines === null) return null;

  let retryMs = RECONNECT_MS;
  const found: Order[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => void (event === 'order' && found.push(JSON.parse(data) as Order)),
    onRetry: (ms) => (retryMs = ms),
  });
  async function* orders({ first, rest }: Lines): AsyncGenerator<Order> {
    try {
      for (let next: string | null = first; next !== null; next = await rest()) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENCE_MS);
        parser.feed(next);
        yield* found.splice(0);
      }
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
  }
  return { orders: orders(lines), retryMs: () => retryMs };

  type Lines = { first: string; rest: () => Promise<string | null> };
  async function linesOf(): Promise<Lines | null> {
    try {
      const answer = await fetch(`${baseUrl}/v1/orders/${encodeURIComponent(id)}/events`, {
        headers: { ...headers, ...(known > 0 && { 'last-event-id': String(known) }) },
        redirect: 'manual',
        signal: AbortSignal.any([signal, silence.signal]),
      });
      const isEvents = /^text\/event-stream\b/.test(answer.headers.get('content-type') ?? '');
      if (answer.status !== 200 || !isEvents || answer.body === null) {
        await answer.body?.cancel();
        return null;
      }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      // A connection that breaks is an end like any other.
      const rest = () =>
        reader.read().then(
          ({ value }) => value ?? null,
          () => null,
        );
      const first = await rest();
      return first === null ? null : { first, rest };
    } catch {
      signal.throwIfAborted();
      return null;
    }
  }
}

async function* poll({ http }: Watched, id: string, signal: AbortSignal): AsyncGenerator<Order> {
  let etag: string | null = null;
  for (;;) {
    const held: object = etag === null ? {} : { query: { wait: HELD_SECONDS }, header: { 'If-None-Match': etag } };
    const { data, error, response } = await http.GET('/v1/orders/{id}', { params: { path: { id }, ...held }, signal });
    if (data !== undefined) yield data;
    else if (response.status !== 304) throw new ProblemError(response, error);
    etag = response.headers.get('etag') ?? etag;
    if (etag === null) await pause(POLL_GAP_MS, signal);
  }
}
