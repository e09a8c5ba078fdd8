// What `Retry-After` asks for (RFC 9110, section 10.2.3); how long is too long is the workflow's decision.

const SECONDS = /^\d+$/;
// The three spellings of an HTTP date. Date.parse alone would find a date in almost anything, "-5" included.
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Milliseconds from `nowMs`: 0 for a date that is past, at most Number.MAX_SAFE_INTEGER; null where missing or unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? '';
  if (SECONDS.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const dateMs = httpDateMs(value);
  return dateMs === null ? null : Math.max(0, dateMs - nowMs);
}

function httpDateMs(value: string): number | null {
  const text = ASCTIME.test(value) ? `${value} GMT` : value;
  if (text === value && !IMF_FIXDATE.test(value) && !RFC_850.test(value)) return null;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? null : dateMs;
}
