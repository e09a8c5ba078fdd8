// src/order: the vocabulary of orders, and the decider: evolve and decide; pure.
//
// decide(order) → step: what to do next, from what is known of the order. Pure.
import type { Order } from './order.ts';
import { openAttention } from './order.ts';
import { reminderAt } from './reminder.ts';
import { assertNever } from './status.ts';

export type Step =
  | { do: 'create' }
  | { do: 'send_sms'; requestId: string }
  | { do: 'cancel' }
  /** Wait for news until `until`; null: without limit. */
  | { do: 'await_customer' | 'await_retry' | 'await_confirmation' | 'await_operator'; until: string | null }
  /** Wait for the customer until the reminder is due. */
  | { do: 'await_reminder'; until: string }
  /** Wait until webhooks can come in again, without limit. */
  | { do: 'await_webhooks'; until: null }
  | { do: 'close' };

export function decide(order: Order): Step {
  if (order.attentions.workflow_stopped !== undefined) return { do: 'await_operator', until: null };
  switch (order.status) {
    case 'creating':
      return decideCreate(order);
    case 'awaiting_customer':
      return decideAwaiting(order);
    case 'cancelling':
      return decideCancel(order);
    case 'confirmed':
    case 'expired':
    case 'cancelled':
    case 'cancellation_requested':
    case 'failed':
      return openAttention(order) === null ? { do: 'close' } : { do: 'await_operator', until: null };
    default:
      return assertNever(order.status);
  }
}

function decideCreate({ create }: Order): Step {
  if (create.phase === 'unknown') return { do: 'await_operator', until: null };
  return create.phase === 'backoff' ? { do: 'await_retry', until: create.retryAt } : { do: 'create' };
}

function decideAwaiting(order: Order): Step {
  const { sms } = order;
  if (order.webhooksShutOut === true) return { do: 'await_webhooks', until: null };
  const deadline = deadlineOf(order);
  const [requestId] = sms.queue;
  if (requestId === undefined) {
    const reminder = reminderAt(order);
    return reminder === null ? { do: 'await_customer', until: deadline } : { do: 'await_reminder', until: reminder };
  }
  if (sms.retryAt === null) return { do: 'send_sms', requestId };
  return { do: 'await_retry', until: deadline !== null && deadline < sms.retryAt ? deadline : sms.retryAt };
}

/** When the order is cancelled unless its customer has confirmed it. */
export function deadlineOf({ confirmBy, graceUntil }: Order): string | null {
  return graceUntil ?? confirmBy;
}

function decideCancel({ cancel }: Order): Step {
  if (cancel?.phase === 'settling') return { do: 'await_confirmation', until: cancel.settleUntil };
  return cancel?.phase === 'due' || cancel?.phase === 'sending'
    ? { do: 'cancel' }
    : { do: 'await_operator', until: null };
}

/** Whether a cancel may still be sent. It is asked right before each try, so that no cancel follows what seQura told us of the order's end. */
export function cancelStillWanted({ cancel, heard }: Order): boolean {
  if (cancel === null) return false;
  return heard.cancelledAt === null && (heard.confirmedAt === null || cancel.ofConfirmed);
}
