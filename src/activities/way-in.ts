// Watches whether seQura's webhooks can come in: asks the address that seQura has, as seQura would, and remembers when it last did not answer.
import { setTimeout as sleep } from 'node:timers/promises';
import type { WayIn } from '../order/activity-results.ts';
import { NotSentError, OutcomeUnknownError } from '../http/errors.ts';
import { post } from '../http/exchange.ts';

export type WayInWatch = {
  /** Never throws. */
  look: () => Promise<WayIn>;
  stop: () => void;
};

export type WayInOptions = {
  /** An address of the API under `/webhooks/sequra/`, without a token. Null: we assume that webhooks can come in. */
  url: string | null;
  /** Called after each look with `open`, or with a word for why not. */
  looked?: (outcome: string) => void;
  everyMs?: number;
};

/** As seQura does: 5 s for each try, and up to four redirects. */
const TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 4_000;
const MOST_REDIRECTS = 4;

/** A second try, so that one lost packet does not count as closed. */
const SECOND_TRY_MS = 1_000;
/** Deadlines of the same moment share one look. */
const FRESH_MS = 1_000;
/** With the second try, looks may miss an outage of less than four seconds. */
const EVERY_MS = 2_000;

export const NO_WAY_IN_WATCH: WayInWatch = { look: () => Promise.resolve('open'), stop: () => {} };

/**
 * Also looks at intervals, so that a deadline learns of an outage that has just ended. While the way in is closed, `look` answers at once: a new look
 * may take seconds, while a workflow task waits for it.
 */
export function watchWayIn({ url, looked = () => {}, everyMs = EVERY_MS }: WayInOptions): WayInWatch {
  if (url === null) return NO_WAY_IN_WATCH;
  const stopped = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
  let openSinceMs: number | null = null;
  let closed = false;
  let latest: { answer: Promise<WayIn>; doneMs: number | null } | null = null;

  async function lookNow(): Promise<WayIn> {
    let outcome = await ask(url ?? '');
    if (outcome !== 'open') {
      await pause(SECOND_TRY_MS);
      outcome = await ask(url ?? '');
    }
    looked(outcome);
    if (outcome !== 'open') {
      closed = true;
      return 'closed';
    }
    if (closed) openSinceMs = performance.now();
    closed = false;
    return openSinceMs === null ? 'open' : { openForMs: Math.floor(performance.now() - openSinceMs) };
  }

  function freshLook(): Promise<WayIn> {
    if (latest !== null && (latest.doneMs === null || performance.now() - latest.doneMs < FRESH_MS))
      return latest.answer;
    const present: typeof latest = { answer: lookNow(), doneMs: null };
    void present.answer.then(() => (present.doneMs = performance.now()));
    latest = present;
    return present.answer;
  }

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      await freshLook();
      await pause(everyMs);
    }
  }
  void watch();
  const look = () => (closed ? Promise.resolve<WayIn>('closed') : freshLook());
  return { look, stop: () => stopped.abort() };
}

/** `open`, or a word for why a confirmation could not come in. */
async function ask(url: string): Promise<string> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  let address = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const timeoutMs = Math.ceil(deadlineMs - performance.now());
    if (timeoutMs <= 1) return 'timeout';
    const { origin, pathname, search } = new URL(address);
    try {
      const { httpStatus, location, body } = await post({
        origin,
        path: `${pathname}${search}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: '*/*' },
        body: 'event=probe',
        connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, timeoutMs - 1),
        timeoutMs,
        wantsBody: () => true,
      });
      if (httpStatus >= 300 && httpStatus < 400) {
        // With any other redirect the POST may become a GET, which carries no event.
        if ((httpStatus !== 307 && httpStatus !== 308) || location === null) return 'redirect';
        if (!URL.canParse(location, address)) return 'redirect';
        address = new URL(location, address).href;
        if (!/^https?:/.test(address)) return 'redirect';
        continue;
      }
      if (httpStatus >= 500) return `http_${httpStatus}`;
      return isOurApi(body.text) ? 'open' : 'not_our_api';
    } catch (error) {
      if (error instanceof NotSentError) return error.code;
      return error instanceof OutcomeUnknownError ? error.reason : 'other';
    }
  }
  return 'redirect';
}

/** A parked page, or a proxy whose API is away, does not answer with a problem of ours. */
function isOurApi(text: string | null): boolean {
  try {
    const { type } = JSON.parse(text ?? '') as { type?: unknown };
    return typeof type === 'string' && type.startsWith(OURS);
  } catch {
    return false;
  }
}

const OURS = 'urn:part-payment-orders:';
