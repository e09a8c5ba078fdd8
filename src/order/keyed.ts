// Remembers the commands of an order that came with an idempotency key: a repeat gets the same answer, whatever has become of the order since, and
// does nothing.
import { later } from './draft.ts';
import type { SmsResult } from './activity-results.ts';
import type { OrderEvent } from './events.ts';
import type { Order } from './order.ts';
import type { OrderStatus } from './status.ts';
import { isFinal } from './status.ts';

/** `not_possible`: the order stopped waiting for its customer before the SMS was sent. */
export type SmsEnd = SmsResult['outcome'] | 'not_possible';

/** Whether nothing was sent, for a reason that may pass: the SMS may be asked for again, with the same key. */
export function sentNothing(end: SmsEnd | 'pending'): boolean {
  return end === 'not_possible' || end === 'over_limit';
}

/** `key`: a digest of the idempotency key and the whole request. `end`: the outcome, or that of the last try while an SMS waits; null: open. */
export type KeyedCommand = { key: string; at: string } & (
  { command: 'send_sms'; end: SmsEnd } | { command: 'cancel'; end: OrderStatus | null } | { command: 'resolve' }
);

/** Longer than a key is kept, so that no key outlives the memory of its command. */
export const KEPT_MS = 48 * 3_600_000;
export const MOST_KEPT = 50;

type Keyed = OrderEvent & { key?: string };

export function commandOf({ keyed = [] }: Order, key: string | undefined): KeyedCommand | undefined {
  return keyed.find((known) => known.key === key);
}

export function isUnderWay({ sms }: Order, known: KeyedCommand): boolean {
  if (known.command === 'send_sms') return sms.queue.includes(known.key);
  return known.command === 'cancel' && known.end === null;
}

/** Whether the event is a command that the order has taken before. */
export function isTakenBefore(order: Order, { key }: Keyed): boolean {
  return commandOf(order, key) !== undefined;
}

export function remember(order: Order, event: Keyed): void {
  const { key, at } = event;
  if (key === undefined) return;
  const since = later(at, -KEPT_MS);
  const kept = (order.keyed ?? []).filter((known) => known.at > since);
  order.keyed = [...kept, { key, at, ...begun(event) }].slice(-MOST_KEPT);
}

function begun({ type }: Keyed) {
  if (type === 'sms_requested') return { command: 'send_sms', end: 'not_possible' } as const;
  return type === 'cancel_requested' ? ({ command: 'cancel', end: null } as const) : ({ command: 'resolve' } as const);
}

/** Notes the outcome of the SMS that is under way. */
export function noteSmsEnd(order: Order, outcome: SmsEnd): void {
  const known = commandOf(order, order.sms.queue[0]);
  if (known?.command === 'send_sms') known.end = outcome;
}

/** Called after every event. Forgets an SMS that was not possible or over the limit, so that it may be asked for again. */
export function settleCommands(order: Order): void {
  if (order.keyed === undefined) return;
  const isOver = isFinal(order.status) && order.cancel === null;
  for (const known of order.keyed) if (known.command === 'cancel' && isOver) known.end ??= order.status;
  order.keyed = order.keyed.filter(
    (known) => isUnderWay(order, known) || known.command !== 'send_sms' || !sentNothing(known.end),
  );
}
