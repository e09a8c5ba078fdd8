// A call that was not done, or may not have been, fails its activity, so that Temporal's timeline shows it as what it is. The failure has the result.
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Failure } from '../order/order.ts';
import { notDone } from '../order/words.ts';

type Input = { failsIfNotDone?: true; cancelAsked?: boolean };
type Result = { outcome: string; failure?: Failure } | { forgotten: unknown };

export function marked<In extends Input, Out extends Result>(call: (input: In) => Promise<Out>) {
  return async (input: In): Promise<Out> => {
    const result = await call(input);
    // Not a run of before, which takes a failure for an unknown outcome; not a call that nobody wants any more.
    if (input.failsIfNotDone !== true || input.cancelAsked === true || !('outcome' in result)) return result;
    const why = notDone(result);
    if (why !== null) throw failureWith(result, why);
    return result;
  };
}

function failureWith(result: Result & { outcome: string }, message: string): ApplicationFailure {
  // Foreseen: neither a warning in the log nor a failure in the SDK's metrics.
  const category = ApplicationFailureCategory.BENIGN;
  const failure = ApplicationFailure.create({
    message,
    type: result.outcome,
    nonRetryable: true,
    details: [result],
    category,
  });
  failure.stack = '';
  return failure;
}
