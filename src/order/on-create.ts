// What follows from a create. seQura has no idempotency key and no read: a create whose answer was lost is not repeated blindly.
import { clear, end, later, note, raise } from './draft.ts';
import type { CreateResult } from './activity-results.ts';
import type { Failure, Order } from './order.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;

export function onCreateEnded(order: Order, result: CreateResult, at: string): void {
  order.create.attempts += 1;
  switch (result.outcome) {
    case 'created':
      return orderExists(order, result.sequraOrderId, result.orderUuid, at, order.create.againAt);
    case 'not_sent':
      return notSent(order, result.failure, result.retryAfterMs, at);
    case 'refused':
      return noOrder(order, result.failure, at);
    case 'unknown':
      return outcomeUnknown(order, at);
  }
}

/** seQura has the order: the customer's time begins. `askedAt`: as for `askForSms`. */
export function orderExists(
  order: Order,
  sequraOrderId: string,
  orderUuid: string | null,
  at: string,
  askedAt?: string,
): void {
  order.sequraOrderId = sequraOrderId;
  order.orderUuid ??= orderUuid;
  order.create.phase = 'done';
  order.confirmBy ??= later(at, order.policy.confirmWithinSeconds * 1000);
  note(order, { at, event: 'created' });
  if (wasHeard(order)) return endAsHeard(order, at);
  if (order.cancel !== null) {
    order.status = 'cancelling';
  } else {
    order.status = 'awaiting_customer';
    askForSms(order, 'first', askedAt);
  }
}

/** `askedAt`: when the SMS was asked for; left out where it was asked for with the order. */
export function askForSms({ sms }: Order, id: string, askedAt?: string): void {
  sms.queue.push(id);
  if (askedAt !== undefined) sms.askedAt = { ...sms.askedAt, [id]: askedAt };
}

function notSent(order: Order, failure: Failure, retryAfterMs: number | null, at: string): void {
  if (wasHeard(order)) return endAsHeard(order, at);
  if (order.cancel !== null) return nothingToCancel(order, at);
  const delayMs = retryAfterMs ?? Math.min(FIRST_RETRY_MS * 2 ** (order.create.attempts - 1), LONGEST_RETRY_MS);
  const windowMs = Date.parse(order.create.firstAt ?? at) + order.policy.createRetrySeconds * 1000 - Date.parse(at);
  if (delayMs > windowMs) return noOrder(order, failure, at);
  order.create.phase = 'backoff';
  order.create.retryAt = later(at, delayMs);
}

function noOrder(order: Order, failure: Failure, at: string): void {
  if (order.create.doubt) return holdCreate(order, at);
  order.failure = failure;
  end(order, 'failed', at);
  if (order.heard.confirmedAt !== null) raise(order, 'confirm_cancel_crossed', at);
}

function outcomeUnknown(order: Order, at: string): void {
  if (wasHeard(order)) return endAsHeard(order, at);
  const recreate = order.policy.onCreateOutcomeUnknown === 'recreate' && !order.create.doubt && order.cancel === null;
  if (!recreate) return holdCreate(order, at);
  order.create.phase = 'due';
  order.create.doubt = true;
  note(order, { at, event: 'recreated' });
}

/** Nobody knows whether seQura has the order: wait for an operator. */
export function holdCreate(order: Order, at: string): void {
  order.create.phase = 'unknown';
  order.create.retryAt = null;
  raise(order, 'create_outcome_unknown', at);
}

/** A cancel while no create is under way: seQura has no order, unless an earlier create left doubt. */
function nothingToCancel(order: Order, at: string): void {
  if (order.create.doubt) holdCreate(order, at);
  else end(order, 'cancelled', at);
}

/** An operator found no order at seQura: the create may be sent again. */
export function createAgain(order: Order, at: string): void {
  clear(order, 'create_outcome_unknown');
  order.create = { ...order.create, phase: 'due', firstAt: null, retryAt: null, doubt: false, againAt: at };
  if (order.cancel !== null) nothingToCancel(order, at);
}

/** Whether a create is held although a webhook, which came while it was under way, has said how the order ended. */
export function heldCreateIsAnswered(order: Order): boolean {
  return order.status === 'creating' && order.create.phase === 'unknown' && wasHeard(order);
}

function wasHeard(order: Order): boolean {
  return order.heard.confirmedAt !== null || order.heard.cancelledAt !== null;
}

/** The order ends as seQura's webhooks said, even if the create has no answer. */
export function endAsHeard(order: Order, at: string): void {
  end(order, order.heard.cancelledAt === null ? 'confirmed' : 'cancelled', at);
  if (order.heard.cancelledAt !== null && order.heard.confirmedAt !== null) raise(order, 'confirm_cancel_crossed', at);
}
