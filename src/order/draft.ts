// The few ways in which a rule changes an order. Rules work on a copy that `evolve` makes, so they may write to it.
import type { Order, TimelineEntry } from './order.ts';
import type { AttentionReason, OrderStatus } from './status.ts';
import { ATTENTION_REASONS, isFinal } from './status.ts';

/** An order is plain data. */
export function copyOf(order: Order): Order {
  return JSON.parse(JSON.stringify(order)) as Order;
}

export function note(order: Order, entry: TimelineEntry): void {
  order.timeline.push(entry);
}

/** Ask for a human. An attention that is open already keeps its `since`. */
export function raise(order: Order, reason: AttentionReason, at: string): void {
  if (order.attentions[reason] !== undefined) return;
  order.attentions[reason] = at;
  note(order, { at, event: 'attention', reason });
}

export function clear(order: Order, ...reasons: AttentionReason[]): void {
  for (const reason of reasons) delete order.attentions[reason];
}

/** Questions that a final status does not answer; it answers all others. */
const OUTLIVES_THE_END: readonly AttentionReason[] = ['unrecognised_event', 'confirm_cancel_crossed'];

/** Move to a final status: nothing is left to do at seQura. */
export function end(
  order: Order,
  status: Exclude<OrderStatus, 'creating' | 'awaiting_customer' | 'cancelling'>,
  at: string,
): void {
  clear(order, ...ATTENTION_REASONS.filter((reason) => !OUTLIVES_THE_END.includes(reason)));
  waitForWebhooksNoMore(order);
  order.cancel = null;
  order.sms.queue = [];
  delete order.sms.askedAt;
  order.sms.retryAt = null;
  order.create.retryAt = null;
  if (order.status === status) return;
  order.status = status;
  order.closedAt = at;
  note(order, { at, event: status });
}

/** What the wait was for has come, or nobody waits for it any more. */
export function waitForWebhooksNoMore(order: Order): void {
  clear(order, 'webhooks_unreachable');
  delete order.webhooksShutOut;
}

/** Nothing left to do, nothing open: the workflow is closed, or about to be. */
export function isClosed(order: Order): boolean {
  return isFinal(order.status) && ATTENTION_REASONS.every((reason) => order.attentions[reason] === undefined);
}

/** A time `ms` after another, as a text that compares with all others. */
export function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
