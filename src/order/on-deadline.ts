// What follows from the deadline: the cancel, unless a confirmation may have been unable to come in.
import { later, raise, stopWaitingForWebhooks } from './draft.ts';
import type { WayIn } from './activity-results.ts';
import type { Order } from './order.ts';

/** `away`: no worker ran when the time came. */
export type Found = { away: boolean; wayIn: WayIn };

export function onDeadline(order: Order, at: string, { away, wayIn }: Found): void {
  if (wayIn === 'closed') return shutOut(order, at);
  delete order.webhooksShutOut;
  const waitMs = wayIn === 'open' ? 0 : order.policy.settleSeconds * 1000 - wayIn.openForMs;
  // After an outage seQura repeats confirmations: they get time to come in, once.
  if (away && (order.graceUntil ?? null) === null) return giveTime(order, at);
  if (waitMs <= 0) return cancelAtDeadline(order);
  // The second time, a human is asked as well.
  if ((order.graceUntil ?? null) !== null) raise(order, 'webhooks_unreachable', at);
  order.graceUntil = later(at, waitMs);
}

/** The cancel goes out now. */
export function cancelAtDeadline(order: Order): void {
  stopWaitingForWebhooks(order);
  order.cancel = { cause: 'deadline', ofConfirmed: false, phase: 'due', settleUntil: null, mayHaveArrived: false };
  order.status = 'cancelling';
}

/** Webhooks can come in again. seQura repeats those that failed, so they get time. */
export function onWebhooksReachable(order: Order, at: string): void {
  if (order.webhooksShutOut !== true) return;
  delete order.webhooksShutOut;
  giveTime(order, at);
}

/** The customer may have signed without our hearing of it. No more SMS are sent, because the time to sign is over. */
function shutOut(order: Order, at: string): void {
  order.webhooksShutOut = true;
  order.sms = { ...order.sms, queue: [], tries: 0, repeated: false, retryAt: null };
  raise(order, 'webhooks_unreachable', at);
}

function giveTime(order: Order, at: string): void {
  order.graceUntil = later(at, order.policy.settleSeconds * 1000);
}
