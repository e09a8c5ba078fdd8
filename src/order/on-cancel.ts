// What follows from a cancel: asked for or at the deadline, answered, refused, or crossed by a confirmation.
import { clear, end, later, note, raise, stopWaitingForWebhooks } from './draft.ts';
import type { CancelResult } from './activity-results.ts';
import type { By, Order } from './order.ts';
import { isFinal } from './status.ts';

export function onCancelRequested(order: Order, at: string, oldRule: boolean, by?: By): void {
  const asked = { at, event: 'cancel_requested', ...by } as const;
  const joins = order.cancel !== null && (by !== undefined || (joinsUnnoted(order) && !oldRule));
  if (joins) note(order, asked);
  if (order.cancel !== null || (isFinal(order.status) && order.status !== 'confirmed')) return;
  note(order, asked);
  const ofConfirmed = order.status === 'confirmed';
  order.cancel = { cause: 'request', ofConfirmed, phase: 'due', settleUntil: null, mayHaveArrived: false };
  if (order.status === 'creating') {
    // The create activity answers that nothing was sent or, in a run that a reset made, that the outcome is unknown.
    if (order.create.phase === 'backoff') order.create = { ...order.create, phase: 'due', retryAt: null };
  } else if (order.sequraOrderId === null) {
    raise(order, 'create_outcome_unknown', at);
  } else {
    order.status = 'cancelling';
    stopWaitingForWebhooks(order);
  }
}

/** Whether a requested cancel joins the deadline's, and no request is noted yet. It is noted, because a reset may deliver it again where there is no cancel to join. */
export function joinsUnnoted(order: Order): boolean {
  return order.cancel !== null && !wasAsked(order);
}

export function wasAsked({ timeline }: Order): boolean {
  return timeline.some(({ event }) => event === 'cancel_requested');
}

export function onCancelEnded(order: Order, result: CancelResult, at: string): void {
  const { cancel, heard } = order;
  if (cancel === null) return;
  clear(order, 'cancel_overdue');
  if (result.outcome === 'done') cancel.mayHaveArrived = true;
  else cancel.mayHaveArrived ||= result.mayHaveArrived;
  if (confirmedMeanwhile(order)) {
    if (cancel.mayHaveArrived || heard.cancelledAt !== null) cross(order, at);
    else end(order, 'confirmed', at);
  } else if (result.outcome !== 'refused' || heard.cancelledAt !== null) {
    endCancelled(order, at);
  } else if (cancel.ofConfirmed || cancel.settleUntil !== null) {
    stayRefused(order, at);
  } else {
    settle(order, at);
  }
}

/** seQura told us of a confirmation after this cancel was asked for. */
export function confirmedMeanwhile({ cancel, heard }: Order): boolean {
  return cancel !== null && !cancel.ofConfirmed && heard.confirmedAt !== null;
}

/** Waits: a confirmation that explains the refusal may be on its way. */
function settle(order: Order, at: string): void {
  if (order.cancel === null) return;
  order.cancel.phase = 'settling';
  order.cancel.settleUntil = later(at, order.policy.settleSeconds * 1000);
}

export function stayRefused(order: Order, at: string): void {
  if (order.cancel === null) return;
  order.cancel.phase = 'refused';
  raise(order, 'cancel_refused', at);
}

/** A confirmation and a cancel met in flight: only an operator can find out which of them seQura took. */
export function cross(order: Order, at: string): void {
  if (order.cancel !== null) order.cancel.phase = 'crossed';
  raise(order, 'confirm_cancel_crossed', at);
}

export function endCancelled(order: Order, at: string): void {
  const cancelledByEvent = order.heard.cancelledAt !== null;
  if (order.cancel?.ofConfirmed === true)
    return end(order, cancelledByEvent ? 'cancelled' : 'cancellation_requested', at);
  end(order, order.cancel?.cause === 'deadline' ? 'expired' : 'cancelled', at);
}
