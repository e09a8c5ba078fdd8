// What an answer of seQura other than 2xx means: not sent, refused, or outcome unknown (sequra.md, "What follows from it").
import { NotSentError, OutcomeUnknownError } from '../http/errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';
import { retryAfterMs } from '../http/retry-after.ts';
import { RefusedError } from './errors.ts';
import { readErrorCodes } from './schemas.ts';

/** The status alone decides, so a 4xx whose body could not be read is refused all the same. */
export function failedAnswer({ httpStatus, retryAfter, date, body }: HttpAnswer, nowMs: number): Error {
  if (httpStatus === 429) return new NotSentError('rate_limited', httpStatus, retryAfterMs(retryAfter, date, nowMs));
  if (httpStatus >= 400 && httpStatus < 500) return new RefusedError(httpStatus, readErrorCodes(body.text ?? ''));
  return new OutcomeUnknownError(httpStatus < 400 ? 'redirect' : `http_${httpStatus}`, httpStatus);
}
