// Creates the order at seQura, once.
import { activityInfo, getClient } from '@temporalio/activity';
import type { Failure } from '../order/order.ts';
import type { CreateResult } from '../order/events.ts';
import { NotSentError, RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';
import type { OrderActivities } from './activities.ts';

export function createOrderActivity(sequra: Sequra): OrderActivities['createOrder'] {
  return async ({ request, timeoutMs, resetRun, cancelAsked, clearedAt }): Promise<CreateResult> => {
    if (resetRun && !(await clearedSinceReset(clearedAt))) return { outcome: 'unknown' };
    if (cancelAsked) return { outcome: 'not_sent', failure: NOTHING_SENT, retryAfterMs: null };
    try {
      const created = await sequra.createOrder(request, { merchantId: request.merchant.id, timeoutMs });
      return { outcome: 'created', ...created };
    } catch (error) {
      if (error instanceof NotSentError) {
        return { outcome: 'not_sent', failure: failureOf(error), retryAfterMs: error.retryAfterMs };
      }
      if (error instanceof RefusedError) return { outcome: 'refused', failure: failureOf(error) };
      return { outcome: 'unknown' };
    }
  };
}

const NOTHING_SENT: Failure = { code: 'unreachable', http_status: null, errors: [] };

/** Whether an operator allowed another create in this very run: what was allowed before its reset may have been used by then. */
async function clearedSinceReset(clearedAt: string | null): Promise<boolean> {
  if (clearedAt === null) return false;
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) return false;
  const { startTime } = await getClient()
    .workflow.getHandle(workflowExecution.workflowId, workflowExecution.runId)
    .describe();
  return startTime.toISOString() < clearedAt;
}

function failureOf(error: NotSentError | RefusedError): Failure {
  if (error instanceof NotSentError) return { code: error.code, http_status: error.httpStatus, errors: [] };
  const code = error.httpStatus === 401 || error.httpStatus === 403 ? 'unauthorized' : 'refused';
  return { code, http_status: error.httpStatus, errors: error.errors };
}
