// The one place that turns a thrown error into a problem.
import type { ErrorRequestHandler } from 'express';
import {
  IdTakenError,
  IdTooLongError,
  InvalidCursorError,
  KeyReusedError,
  MerchantNeededError,
  NoWorkerError,
  NumberUncheckedError,
  OrderPausedError,
  OrderRefusal,
  OrderStuckError,
  TemporalUnavailableError,
  TooManyAtOnceError,
} from '../../gateway/errors.ts';
import type { ProblemCode } from './problem.ts';
import { Problem, PROBLEMS, sendProblem } from './problem.ts';
import type { Context } from '../context.ts';
import { fieldError, invalid } from './validation.ts';

export function errorHandler({ log, metrics }: Pick<Context, 'log' | 'metrics'>): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    const problem = problemOf(error);
    if (PROBLEMS[problem.code].status === 500)
      log.error({ error: nameOf(error), request_id: res.locals.requestId }, 'request failed');
    // The answer is out: the server has answered a request that timed out, or a stream of events has ended.
    if (res.writableEnded) return;
    if (res.headersSent) {
      next(error);
      return;
    }
    if (problem.code === 'too_many_waiting' || problem.code === 'rate_limited') metrics?.requestRefused(problem.code);
    sendProblem(res, problem);
  };
}

type Kind = abstract new (...args: never[]) => Error;

/** Failures that pass: the problem of each, and after how many seconds to ask again. */
const LATER: readonly [kind: Kind, code: ProblemCode, detail: string, retryAfterSeconds: number][] = [
  [
    TemporalUnavailableError,
    'temporal_unavailable',
    'The request may or may not have been taken; repeating it is safe, an SMS with the same `Idempotency-Key`.',
    2,
  ],
  [
    NumberUncheckedError,
    'temporal_unavailable',
    'Whether another order has this number cannot be looked up now; nothing was recorded.',
    2,
  ],
  [
    NoWorkerError,
    'no_worker',
    'The command may still be carried out; repeating it is safe, an SMS with the same `Idempotency-Key`.',
    10,
  ],
  [
    IdTakenError,
    'order_stuck',
    'A workflow that is not an order runs under its id: an operator has to end it. Nothing was created.',
    60,
  ],
  [
    OrderStuckError,
    'order_stuck',
    'Workers run, but none can carry this order on. The command may still be carried out; repeating it is safe, an SMS with the same `Idempotency-Key`.',
    60,
  ],
  [
    OrderPausedError,
    'order_stuck',
    'The order is paused in Temporal; nothing was recorded. An operator carries it on.',
    60,
  ],
  [TooManyAtOnceError, 'rate_limited', 'Too many requests of this key are under way; nothing was done.', 1],
];

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OrderRefusal)
    return new Problem(error.code, error.message, error.order === undefined ? {} : { order: error.order });
  const later = LATER.find(([kind]) => error instanceof kind);
  if (later !== undefined) {
    const [, code, detail, retryAfterSeconds] = later;
    return new Problem(code, detail, { headers: { 'Retry-After': String(retryAfterSeconds) } });
  }
  if (error instanceof IdTooLongError) {
    return invalid('invalid_body', [
      fieldError(['reference'], { code: 'too_long', names: '255 characters in the id that it is part of' }),
    ]);
  }
  if (error instanceof KeyReusedError)
    return new Problem('idempotency_key_reused', 'The key belongs to another request: a new request needs a new key.');
  if (error instanceof MerchantNeededError) {
    return invalid('invalid_query', [fieldError(['merchant_id'], { code: 'required' })]);
  }
  if (error instanceof InvalidCursorError) {
    return invalid('invalid_query', [fieldError(['cursor'], { code: 'invalid_cursor' })]);
  }
  // Express could not decode the path: no route has such an address.
  if (error instanceof URIError) return new Problem('route_not_found', 'The address is not percent-encoded UTF-8.');
  return new Problem('internal_error', 'The request may or may not have been taken.');
}

/** The name of the class, without the message: that of an unexpected error may hold anything. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
