// Cancels the order at seQura, unless the cancel is not wanted any more.
import { activityInfo, getClient, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Recovery } from '../order/activity-results.ts';
import { NotSentError } from '../http/errors.ts';
import { RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';
import { cancelStillWantedQuery } from '../contract/messages.ts';
import type { OrderActivities } from '../contract/activities.ts';
import type { Backup } from './dispatch.ts';
import { isFirstDispatch, isForgottenByBackup, scheduledAt } from './dispatch.ts';
import { recoveryFor } from './recover.ts';

const LONGEST_RETRY_AFTER_MS = 300_000;
/** Less than the margin of the activity beyond its call: a try that timed out would count as one that may have arrived. */
const LOOK_TIMEOUT_MS = 5_000;

/** A try tells the next one that no try up to this one has reached seQura. */
type Heartbeat = { notSentThrough: number };
/** After a reset, which counts the tries anew, any earlier try may have reached seQura. */
const NOBODY_KNOWS: Heartbeat = { notSentThrough: -1 };

export function cancelOrderActivity(sequra: Sequra, backup: Backup): OrderActivities['cancelOrder'] {
  return async ({ merchantId, sequraOrderId, timeoutMs, ...input }) => {
    const { attempt, heartbeatDetails } = activityInfo();
    const notSentThrough = (heartbeatDetails as Heartbeat | undefined)?.notSentThrough ?? 0;
    const wasReset = attempt === 1 && !isFirstDispatch();
    const mayHaveArrived =
      input.mayHaveArrived || wasReset || attempt - 1 > notSentThrough || isForgottenByBackup(scheduledAt(), backup);
    const notThisTime = (reason: string, retryAfterMs: number | null) => {
      if (!mayHaveArrived) heartbeat({ notSentThrough: attempt } satisfies Heartbeat);
      else if (wasReset) heartbeat(NOBODY_KNOWS);
      return tryAgain(reason, retryAfterMs);
    };

    let recovery: Recovery | null;
    try {
      recovery = await recoveryFor(input.askedBy);
      if (recovery === null && !(await stillWanted())) return { outcome: 'withdrawn', mayHaveArrived };
    } catch {
      throw notThisTime('LastLookFailed', null);
    }
    if (recovery !== null) return { forgotten: recovery };
    try {
      await sequra.cancelOrder(sequraOrderId, { merchantId, timeoutMs });
      return { outcome: 'done' };
    } catch (error) {
      if (error instanceof NotSentError) throw notThisTime('NotSent', error.retryAfterMs);
      if (error instanceof RefusedError) {
        // A 422 after a try that may have arrived: that try has cancelled the order, which is therefore not cancellable any more.
        return error.httpStatus === 422 && mayHaveArrived
          ? { outcome: 'done' }
          : { outcome: 'refused', mayHaveArrived };
      }
      throw tryAgain('OutcomeUnknown', null);
    }
  };
}

/** The last look: a query answers after every webhook that Temporal has recorded by now, so no cancel follows an accepted confirmation. */
async function stillWanted(): Promise<boolean> {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('a cancel belongs to a workflow');
  const { workflowId, runId } = workflowExecution;
  const handle = getClient().workflow.getHandle(workflowId, runId);
  const wanted: unknown = await getClient().withDeadline(Date.now() + LOOK_TIMEOUT_MS, () =>
    handle.query(cancelStillWantedQuery),
  );
  if (typeof wanted !== 'boolean') throw new TypeError('not an answer of this order');
  return wanted;
}

function tryAgain(type: string, retryAfterMs: number | null): ApplicationFailure {
  const nextRetryDelay =
    retryAfterMs === null ? {} : { nextRetryDelay: Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) };
  return ApplicationFailure.create({ message: 'the cancel is tried again', type, ...nextRetryDelay });
}
