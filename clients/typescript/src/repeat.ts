// Sends a request until it is answered for good: repeated is what may pass, no answer, 429 and 5xx.
import { setTimeout as sleep } from 'node:timers/promises';
import { UnansweredError } from './errors.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How long an answer may take that nothing is waited for; one that is held gets its seconds on top. */
const ANSWER_MS = 15_000;
const FIRST_GAP_MS = 500;
const LONGEST_GAP_MS = 10_000;
/** Answers that have no body. */
const EMPTY = [204, 205, 304];

/** Every request that passes here is safe to send again: by the reference of a new order, or by its `Idempotency-Key`. */
export function repeating(fetch: Fetch, repeatForMs: number): (request: Request) => Promise<Response> {
  return async (request) => {
    const { url, method, headers, signal } = request;
    const text = await request.text();
    const sent = { method, headers, redirect: 'manual', ...(text !== '' && { body: text }) } as const;
    const limitMs = ANSWER_MS + heldSeconds(request) * 1000;
    const endsMs = performance.now() + repeatForMs;
    for (let gapMs = FIRST_GAP_MS; ; gapMs = Math.min(gapMs * 2, LONGEST_GAP_MS)) {
      const tried = await attempt(fetch, url, {
        ...sent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      });
      signal.throwIfAborted();
      if ('answer' in tried && !(await mayPass(tried.answer))) return tried.answer;
      // Between half and all of the gap, so that tills that failed together do not come back together.
      const waitMs = ('answer' in tried ? retryAfterMs(tried.answer) : null) ?? gapMs * (1 - Math.random() / 2);
      if (performance.now() + waitMs > endsMs) {
        if ('answer' in tried) return tried.answer;
        throw new UnansweredError(url, tried.error);
      }
      await pause(waitMs, signal);
    }
  };
}

/** Throws what the signal says, once it does. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** With the whole body: an answer that is cut off is none. */
async function attempt(
  fetch: Fetch,
  url: string,
  init: RequestInit,
): Promise<{ answer: Response } | { error: unknown }> {
  try {
    const answer = await fetch(url, init);
    const { status, statusText, headers } = answer;
    const body = await answer.arrayBuffer();
    return { answer: new Response(EMPTY.includes(status) ? null : body, { status, statusText, headers }) };
  } catch (error) {
    return { error };
  }
}

/** A 502 that carries the order says what seQura has answered: it stays so. Any other is of a proxy. */
async function mayPass(answer: Response): Promise<boolean> {
  if (answer.status === 502) return !hasOrder(await answer.clone().text());
  return answer.status === 429 || answer.status >= 500;
}

function hasOrder(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null && 'order' in body;
  } catch {
    return false;
  }
}

function heldSeconds({ url, headers }: Request): number {
  const preferred = /\bwait=(\d{1,2})\b/.exec(headers.get('prefer') ?? '')?.[1];
  return Number(preferred ?? new URL(url).searchParams.get('wait') ?? 0);
}

function retryAfterMs({ headers }: Response): number | null {
  const value = headers.get('retry-after');
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : null;
}
