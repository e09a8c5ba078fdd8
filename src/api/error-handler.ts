// The one place where what was thrown becomes a problem.
import type { ErrorRequestHandler } from 'express';
import {
  IdTakenError,
  IdTooLongError,
  InvalidCursorError,
  MerchantNeededError,
  NoWorkerError,
  OrderPausedError,
  OrderRefusal,
  OrderStuckError,
  TemporalUnavailableError,
  TooManyAtOnceError,
} from '../temporal/errors.ts';
import { Problem, PROBLEMS, sendProblem } from './problem.ts';
import type { Context } from './route.ts';
import { fieldError, invalid } from './validation.ts';

export function errorHandler({ log, metrics }: Pick<Context, 'log' | 'metrics'>): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    // The answer is out already: a request that timed out has been given one by the server.
    if (res.writableEnded) return;
    if (res.headersSent) {
      next(error);
      return;
    }
    const problem = problemOf(error);
    if (PROBLEMS[problem.code].status === 500)
      log.error({ error: nameOf(error), request_id: res.locals.requestId }, 'request failed');
    if (problem.code === 'too_many_waiting' || problem.code === 'rate_limited') metrics?.requestRefused(problem.code);
    sendProblem(res, problem);
  };
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OrderRefusal)
    return new Problem(error.code, error.message, error.order === undefined ? {} : { order: error.order });
  if (error instanceof TemporalUnavailableError) {
    const detail = 'The request may or may not have been taken; repeating it is safe.';
    return new Problem('temporal_unavailable', detail, { headers: { 'Retry-After': '2' } });
  }
  if (error instanceof NoWorkerError) {
    const detail = 'The command may still be carried out; repeating it is safe.';
    return new Problem('no_worker', detail, { headers: { 'Retry-After': '10' } });
  }
  if (error instanceof IdTakenError) {
    const detail = 'A workflow that is not an order runs under its id: an operator has to end it. Nothing was created.';
    return new Problem('order_stuck', detail, { headers: { 'Retry-After': '60' } });
  }
  if (error instanceof OrderStuckError) {
    const detail =
      'Workers run, but none can carry this order on. The command may still be carried out; repeating it is safe.';
    return new Problem('order_stuck', detail, { headers: { 'Retry-After': '60' } });
  }
  if (error instanceof OrderPausedError) {
    const detail = 'The order is paused in Temporal; nothing was recorded. An operator carries it on.';
    return new Problem('order_stuck', detail, { headers: { 'Retry-After': '60' } });
  }
  if (error instanceof TooManyAtOnceError) {
    const detail = 'Too many requests of this key are under way; nothing was done.';
    return new Problem('rate_limited', detail, { headers: { 'Retry-After': '1' } });
  }
  if (error instanceof IdTooLongError) {
    return invalid('invalid_body', [
      fieldError(['reference'], { code: 'too_long', names: '255 characters in the id that it is part of' }),
    ]);
  }
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

/** The class alone: messages of unexpected errors may hold anything. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
