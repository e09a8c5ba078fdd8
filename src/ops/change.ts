// A change that an operator wants of an order: whether it would be taken, and how it is carried out: once, however often it is asked for in the same words.
import type { IdempotencyKey } from '../gateway/claim-key.ts';
import { idempotencyKeys } from '../gateway/claim-key.ts';
import { OrderRefusal } from '../gateway/errors.ts';
import { notifierAgain } from '../gateway/notify-again.ts';
import type { Orders, SmsCommandOutcome } from '../gateway/orders.ts';
import { findOrder } from '../gateway/search.ts';
import { temporalOrders } from '../gateway/temporal-orders.ts';
import type { By, Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import { refuseCancel, refuseResolution, refuseSms } from '../order/refusal.ts';
import type { OrderStatus, ResolveAction } from '../order/status.ts';
import { ATTENTION_REASONS, isCancelled, RESOLVE_ACTIONS } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { requestDigest } from '../temporal/keyed-digests.ts';
import type { Connected } from './here.ts';
import { errorInWords } from './in-words.ts';

export const ACTIONS = [...RESOLVE_ACTIONS, 'cancel', 'resend-sms', 'notify'] as const;
export type Action = (typeof ACTIONS)[number];

/** `number`: seQura's, for `attach`. `phone`: another one, for `resend-sms`. `asked`: the question that was seen; left out: whatever the order asks. */
export type Change = {
  id: string;
  action: Action;
  number?: string | undefined;
  phone?: string | undefined;
  asked?: OrderView['attention'] | undefined;
};

/** `done before`: nothing was left to do, or the same was asked for before in the same words. */
export type Result = { outcome: 'done' | 'done before' | 'failed'; what: string; order: OrderView | null };

export type Changer = (change: Change) => Promise<Result>;

/** Why the order would refuse it now; null: it would not. */
export function refusalOf(order: Order, change: Change, by: By): string | null {
  const { action, number } = change;
  if (action === 'notify') return null;
  if (action === 'cancel') return refuseCancel(order)?.detail ?? null;
  if (action === 'resend-sms') return refuseSms(order)?.detail ?? null;
  const resolution = { action, ...by, sequra_order_id: number };
  return asksAnother(order, change) ?? refuseResolution(order, resolution, new Date().toISOString())?.detail ?? null;
}

/** Whether nothing is left to do for the order as it is. */
export function isDone(order: Order, { action }: Change): boolean {
  return action === 'cancel' && isCancelled(order.status);
}

function asksAnother(order: Order, { action, asked }: Change): string | null {
  const open = openAttention(order);
  if (asked == null || open === null || !RESOLVE_ACTIONS.some((one) => one === action)) return null;
  return open.reason === asked.reason && open.since === asked.since
    ? null
    : `The order asks something else by now, ${open.reason}: look at it again.`;
}

/** A question as forms and files carry it; none: an empty text. */
export function askedText(asked: Change['asked']): string {
  return asked == null ? '' : `${asked.reason} ${asked.since}`;
}

export function askedIn(text: string): Change['asked'] {
  const [given, since = ''] = text.split(' ');
  const reason = ATTENTION_REASONS.find((known) => known === given);
  return reason === undefined || since === '' ? undefined : { reason, since };
}

export type Changing = Pick<Connected, 'client' | 'taskQueue' | 'payloadKeys'>;

export function changer({ client, taskQueue, payloadKeys }: Changing, by: By): Changer {
  const orders = temporalOrders({ client, taskQueue, payloadKeys });
  const notifyAgain = notifierAgain({ client, taskQueue, keys: idempotencyKeys(client, taskQueue) });

  /** The same words are the same command: whoever repeats them is told what it came to. */
  function keyOf(change: Change): IdempotencyKey {
    const words = JSON.stringify([
      'operators’ command line',
      change.id,
      change.action,
      change.number,
      change.phone,
      by,
    ]);
    const digest = requestDigest(words, payloadKeys)?.split(':')[1]?.slice(0, 32) ?? '';
    return { id: digest, request: digest, summary: 'A command of an operator' };
  }

  async function carryOut(change: Change): Promise<Result> {
    const found = await findOrder(client, change.id);
    if (found === null) return { outcome: 'failed', what: 'There is no such order.', order: null };
    if (found.order === null)
      return { outcome: 'failed', what: 'No key of PAYLOAD_KEYS can read the order.', order: null };
    if (isDone(found.order, change))
      return { outcome: 'done before', what: `It is ${found.order.status}.`, order: orderView(found.order) };
    const another = asksAnother(found.order, change);
    if (another !== null) return { outcome: 'failed', what: another, order: orderView(found.order) };
    const { action } = change;
    const key = keyOf(change);
    if (action === 'notify') {
      const { how, id, repeat } = await notifyAgain(found.order, by, key);
      const what = how === 'started' ? `Told again: ${id}.` : `It was still being tried; it is tried at once: ${id}.`;
      return { outcome: repeat ? 'done before' : 'done', what, order: orderView(found.order) };
    }
    if (action === 'cancel') return cancelled(await orders.cancel(change.id, key, by));
    if (action === 'resend-sms') return sent(await orders.sendSms(change.id, change.phone ?? null, key, by));
    const resolution = { action, ...by, sequra_order_id: change.number };
    return resolved(await orders.resolve(change.id, resolution, key), action, by);
  }

  return async (change) => {
    try {
      return await carryOut(change);
    } catch (error) {
      const order = error instanceof OrderRefusal ? (error.order ?? null) : null;
      if (order !== null && wasAnswered(order, change, by) && order.attention === null)
        return { outcome: 'done before', what: wordsOf(order), order };
      return { outcome: 'failed', what: errorInWords(error), order };
    }
  };
}

type Answer<Verb extends 'cancel' | 'sendSms' | 'resolve'> = Awaited<ReturnType<Orders[Verb]>>;

const GONE: Result = { outcome: 'failed', what: 'There is no such order.', order: null };
const wordsOf = ({ status, attention }: OrderView) =>
  `It is ${status}${attention === null ? '' : `, and asks: ${attention.reason}`}.`;

/** Final statuses for which a cancel came too late. */
const TOO_LATE: Partial<Record<OrderStatus, string>> = {
  confirmed: 'The customer’s confirmation came first: the sale stands.',
  failed: 'Nothing exists at seQura that could be cancelled.',
};

function cancelled(answer: Answer<'cancel'>): Result {
  if (answer === null) return GONE;
  const { end, order, repeat } = answer;
  const tooLate = end === null ? undefined : TOO_LATE[end];
  if (tooLate !== undefined) return { outcome: 'failed', what: tooLate, order };
  if (end === null) return { outcome: 'failed', what: `It waits for an operator first. ${wordsOf(order)}`, order };
  return { outcome: repeat ? 'done before' : 'done', what: wordsOf(order), order };
}

const SMS: Record<SmsCommandOutcome, { ok: boolean; what: string }> = {
  sent: { ok: true, what: 'The SMS is sent.' },
  pending: { ok: true, what: 'The SMS is being sent.' },
  unknown: { ok: false, what: 'The SMS may have been sent: seQura’s answer was lost.' },
  refused: { ok: false, what: 'seQura refused to send the SMS.' },
  not_sent: { ok: false, what: 'No SMS was sent: the tries ran out.' },
  over_limit: { ok: false, what: 'The phone has had as many SMS today as the merchant allows.' },
  not_possible: { ok: false, what: 'The order stopped waiting for its customer before the SMS was sent.' },
};

function sent(answer: Answer<'sendSms'>): Result {
  if (answer === null) return GONE;
  const { outcome, order, repeat } = answer;
  const { ok, what } = SMS[outcome];
  if (ok) return { outcome: repeat ? 'done before' : 'done', what, order };
  return { outcome: 'failed', what: repeat ? `${what} That was before: another --note asks again.` : what, order };
}

function answerOf({ timeline }: OrderView, action: Action, { operator, note }: By) {
  return timeline.findLast(
    (entry) =>
      entry.event === 'resolved' && entry.action === action && entry.operator === operator && entry.note === note,
  );
}

/** Nothing remembers an answer for longer than the timeline. */
function wasAnswered(order: OrderView, { action, number }: Change, by: By): boolean {
  const isOther = number !== undefined && order.sequra_order_id !== number;
  return answerOf(order, action, by) !== undefined && !isOther;
}

function resolved(answer: Answer<'resolve'>, action: ResolveAction, by: By): Result {
  if (answer === null) return GONE;
  const { order, repeat } = answer;
  const before = repeat ? answerOf(order, action, by) : undefined;
  if (before !== undefined && order.attention !== null && order.attention.since > before.at)
    return {
      outcome: 'failed',
      what: `This was answered in these words, and the order asks again: ${order.attention.reason}. Another --note answers that.`,
      order,
    };
  // How it comes out shows when this command has ended.
  const isTried = action === 'retry' && !repeat && order.attention === null;
  const what = isTried ? `It is ${order.status}, and being tried again.` : wordsOf(order);
  return { outcome: repeat ? 'done before' : 'done', what, order };
}
