// Creates the order at seQura, once.
import type { Failure } from '../order/order.ts';
import { NotSentError } from '../http/errors.ts';
import { isUnauthorized, RefusedError } from '../sequra/errors.ts';
import type { Sequra } from '../sequra/sequra.ts';
import type { OrderActivities } from '../contract/activities.ts';
import { orderWorkflowId } from '../order/ids.ts';
import type { Backup } from './dispatch.ts';
import { isFirstDispatch, isForgottenByBackup, scheduledAt } from './dispatch.ts';
import { recoveryFor } from './recover.ts';

export function createOrderActivity(sequra: Sequra, backup: Backup): OrderActivities['createOrder'] {
  return async ({ request, timeoutMs, cancelAsked, askedBy, wantedSince = scheduledAt(), lookedUp = false }) => {
    const recovery = await recoveryFor(askedBy);
    if (recovery !== null) return { forgotten: recovery };
    if (isForgottenByBackup(wantedSince, backup)) return { outcome: 'unknown' };
    // The order was placed again under a reference that seQura may have already: only an operator can look what is there.
    const id = orderWorkflowId(request.merchant.id, request.reference);
    if (!lookedUp && backup.forgottenOrders.has(id)) return { outcome: 'unknown' };
    if (cancelAsked) return { outcome: 'not_sent', failure: NOTHING_SENT, retryAfterMs: null };
    if (!isFirstDispatch()) return { outcome: 'unknown' };
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

function failureOf(error: NotSentError | RefusedError): Failure {
  if (error instanceof NotSentError) return { code: error.code, http_status: error.httpStatus, errors: [] };
  const code = isUnauthorized(error) ? 'unauthorized' : 'refused';
  return { code, http_status: error.httpStatus, errors: error.errors };
}
