// What follows from an SMS, by which alone the customer gets the link. A second one is cheaper than a lost sale; a third is sent on request only.
import { clear, later, note, raise } from './draft.ts';
import type { SmsResult } from './activity-results.ts';
import { noteSmsEnd } from './keyed.ts';
import type { Order } from './order.ts';

/** The reminder's id among the SMS to send. Where it is over the limit, no human is asked: the customer has the link. */
export const REMINDER = 'reminder';

const MOST_TRIES = 3;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

export function onSmsEnded(order: Order, result: SmsResult, at: string): void {
  const { sms } = order;
  noteSmsEnd(order, result.outcome);
  if (result.outcome === 'not_sent') {
    sms.tries += 1;
    if (order.status !== 'awaiting_customer') return;
    if (sms.tries >= MOST_TRIES) return notSent(order, at);
    const backoffMs = FIRST_RETRY_MS * 2 ** (sms.tries - 1);
    sms.retryAt = later(at, Math.min(Math.max(backoffMs, result.retryAfterMs ?? 0), LONGEST_RETRY_MS));
    return;
  }
  if (result.outcome === 'over_limit') return sms.queue[0] === REMINDER ? failed(order, at) : notSent(order, at);
  sms.lastOutcome = result.outcome;
  if (result.outcome === 'refused') return notSent(order, at);
  sms.sent += 1;
  sms.lastSentAt = at;
  if (result.counted !== undefined) count(order, result.counted);
  if (result.outcome === 'sent') {
    note(order, { at, event: 'sms_sent' });
    clear(order, 'sms_not_sent');
    return nextSms(order);
  }
  if (order.status !== 'awaiting_customer') return;
  const room = sms.sent + sms.queue.length - 1 < order.policy.smsLimit;
  if (sms.repeated || !room || ('repeat' in result && !result.repeat)) return notSent(order, at);
  sms.repeated = true;
  sms.retryAt = later(at, FIRST_RETRY_MS);
}

/** Forgets the SMS of days before: nobody counts those any more. */
function count({ sms }: Order, entry: string): void {
  const day = entry.slice(entry.lastIndexOf(' '));
  const ofDay = (sms.ofDay ?? []).filter((mark) => mark.includes(`${day} `));
  const nth = ofDay.filter((mark) => mark.startsWith(`${entry} `)).length + 1;
  sms.ofDay = [...ofDay, `${entry} ${nth}`];
}

function failed(order: Order, at: string): void {
  note(order, { at, event: 'sms_failed' });
  nextSms(order);
}

function notSent(order: Order, at: string): void {
  failed(order, at);
  if (order.status === 'awaiting_customer') raise(order, 'sms_not_sent', at);
}

/** The oldest is done with. */
export function nextSms(order: Order): void {
  delete order.sms.askedAt?.[order.sms.queue[0] ?? ''];
  order.sms = { ...order.sms, queue: order.sms.queue.slice(1), tries: 0, repeated: false, retryAt: null };
}
