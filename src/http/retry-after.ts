// What `Retry-After` asks for (RFC 9110, section 10.2.3); how long is too long is the workflow's decision.

const SECONDS = /^\d+$/;
// The three spellings of an HTTP date. Date.parse alone would find a date in almost anything, "-5" included.
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** So that a 0, or a date that is past, does not become a storm of tries. */
const LEAST_MS = 1000;

/**
 * Milliseconds from `date`, the time of the answer, so that this host's clock does not matter; from `nowMs` where that is missing. From
 * LEAST_MS to Number.MAX_SAFE_INTEGER; null where missing or unreadable.
 */
export function retryAfterMs(header: string | null, date: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? '';
  const waitMs = SECONDS.test(value)
    ? Number(value) * 1000
    : (httpDateMs(value) ?? NaN) - (httpDateMs(date ?? '') ?? nowMs);
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, LEAST_MS), Number.MAX_SAFE_INTEGER);
}

function httpDateMs(value: string): number | null {
  const text = ASCTIME.test(value) ? `${value} GMT` : value;
  if (text === value && !IMF_FIXDATE.test(value) && !RFC_850.test(value)) return null;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? null : dateMs;
}
