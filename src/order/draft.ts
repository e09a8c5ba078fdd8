// The few ways in which a rule changes an order. Rules may write to the order, because `evolve` gives them a copy.
import type { Order, TimelineEntry } from './order.ts';
import type { AttentionReason, OrderStatus } from './status.ts';
import { ATTENTION_REASONS, isFinal } from './status.ts';

/** A deep copy: an order is plain data. */
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

/** Attentions that stay open when an order ends; all others are cleared. */
const STAYS_OPEN: readonly AttentionReason[] = ['unrecognised_event', 'confirm_cancel_crossed'];

/** Move to a final status: nothing is left to do at seQura. */
export function end(
  order: Order,
  status: Exclude<OrderStatus, 'creating' | 'awaiting_customer' | 'cancelling'>,
  at: string,
): void {
  clear(order, ...ATTENTION_REASONS.filter((reason) => !STAYS_OPEN.includes(reason)));
  stopWaitingForWebhooks(order);
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

/** Ends the wait for webhooks, and clears its attention. */
export function stopWaitingForWebhooks(order: Order): void {
  clear(order, 'webhooks_unreachable');
  delete order.webhooksShutOut;
}

/** The order is final and has no open attention: its workflow is closed, or about to close. */
export function isClosed(order: Order): boolean {
  return isFinal(order.status) && ATTENTION_REASONS.every((reason) => order.attentions[reason] === undefined);
}

/** The time `ms` after `at`, in the form in which times compare as texts. */
export function later(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}
