// Encodes messages and stack traces of failures like payloads, so that the codec encrypts them too. Runs inside workflows as well.
import { ApplicationFailure, DefaultFailureConverter } from '@temporalio/common';
import { REFUSALS } from '../order/refusal.ts';

/** All but refusals: the Temporal UI decodes no failure of an update, and these are our own words to its operator, without personal data. */
class FailureConverter extends DefaultFailureConverter {
  override errorToFailure(...[error, ...rest]: Parameters<DefaultFailureConverter['errorToFailure']>) {
    return isRefusal(error)
      ? { ...this.errorToFailureInner(error, ...rest), stackTrace: '' }
      : super.errorToFailure(error, ...rest);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApplicationFailure && REFUSALS.some((code) => code === error.type);
}

export const failureConverter = new FailureConverter({ encodeCommonAttributes: true });
