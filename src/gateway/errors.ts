// How the gateway fails; the API turns each class into one problem.
import type { Refusal } from '../order/refusal.ts';
import type { OrderView } from '../order/view.ts';

/** Temporal did not answer in time, or said that it cannot now: the request may or may not have been taken. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';
}

/** Temporal is there, but no worker took the command in time: it may still be carried out. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
}

/** Nobody could tell whether another order has the number that an operator gave: nothing was recorded. */
export class NumberUncheckedError extends Error {
  override readonly name = 'NumberUncheckedError';
}

/** The id of this order is taken by a run that somebody else started, which is not an order: an operator has to end it. */
export class IdTakenError extends Error {
  override readonly name = 'IdTakenError';
}

/** Somebody has paused the order's workflow in Temporal: it takes no command until it is unpaused. */
export class OrderPausedError extends Error {
  override readonly name = 'OrderPausedError';
}

/** The id of this order is too long for this Temporal: PostgreSQL keeps 255 characters, and a character of a reference may take twelve. */
export class IdTooLongError extends Error {
  override readonly name = 'IdTooLongError';
}

/** Workers are there, but none can carry this order on: its history does not fit their code. The command may still be carried out. */
export class OrderStuckError extends Error {
  override readonly name = 'OrderStuckError';
}

/** The order refuses the command, with the reason. Nothing was recorded. */
export class OrderRefusal extends Error {
  override readonly name = 'OrderRefusal';
  readonly code: Refusal['code'];
  /** The order after the refusal, if it could be read. */
  readonly order: OrderView | undefined;
  /** The id of another order that is the reason. */
  readonly other: string | null;

  constructor({ code, detail }: Refusal, order?: OrderView, other: string | null = null) {
    super(detail);
    this.code = code;
    this.order = order;
    this.other = other;
  }
}

export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';
}

/** The idempotency key belongs to another request. Nothing was done. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';
}

/** Nothing was done: the caller has too much under way already. */
export class TooManyAtOnceError extends Error {
  override readonly name = 'TooManyAtOnceError';
}

/** A list over so many merchants would be too many calls. */
export class MerchantNeededError extends Error {
  override readonly name = 'MerchantNeededError';
}
