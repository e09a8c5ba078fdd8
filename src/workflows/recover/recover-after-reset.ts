// What a run made by a reset does first: it recovers what the run before it knew.
import { isCancellation } from '@temporalio/workflow';
import type { Recovery } from '../../order/activity-results.ts';
import { orderOf } from '../../order/order.ts';
import type { Refusal } from '../../order/refusal.ts';
import { activities, ANSWER_MARGIN_MS, endable } from '../calls.ts';
import type { OrderRun } from '../order-run.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/** Refuses a resolution that the reset may have delivered again. */
export const JUST_RESET: Refusal = {
  code: 'action_not_allowed',
  detail: 'The order was reset and does not know yet what it knew before: look at it again.',
};

export async function recoverAfterReset({ order, apply, underWay, believed }: OrderRun): Promise<void> {
  const retry = {
    initialInterval: FIRST_RETRY_MS,
    backoffCoefficient: 2,
    maximumInterval: LONGEST_RETRY_MS,
  };
  const options = { startToCloseTimeout: ANSWER_MARGIN_MS, retry, summary: 'What the order knew before it was reset' };
  let recovery: Recovery | null | undefined;
  while (recovery === undefined) {
    try {
      const asking = endable(underWay, () => activities.recall.executeWithOptions(options, []));
      recovery = believed(await asking) as Recovery | null;
    } catch (error) {
      // The call was held up. It is harmless to ask again.
      if (!isCancellation(error)) throw error;
    }
  }
  if (recovery === null || !('run' in recovery)) return;
  const isOther = recovery.order !== null && orderOf(order().id, recovery.order) === null;
  if (!isOther) apply({ type: 'recovered', recovery });
}
