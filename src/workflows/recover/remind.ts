// A reset makes a run that has forgotten what the run before it knew: before it does anything else, it asks.
import { isCancellation } from '@temporalio/workflow';
import type { Forgotten } from '../../order/activity-results.ts';
import { orderOf } from '../../order/order.ts';
import type { Refusal } from '../../order/refusal.ts';
import { activities, ANSWER_MARGIN_MS, endable, reminded } from '../calls.ts';
import type { OrderRun } from '../order-run.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 60_000;

/** To an answer that the reset may have delivered again. */
export const JUST_RESET: Refusal = {
  code: 'action_not_allowed',
  detail: 'The order was reset and does not know yet what it knew before: look at it again.',
};

/** A reset forgets, seQura does not. */
export async function remind({ order, apply, underWay, own }: OrderRun): Promise<void> {
  const retry = {
    initialInterval: FIRST_RETRY_MS,
    backoffCoefficient: 2,
    maximumInterval: LONGEST_RETRY_MS,
  };
  const options = { startToCloseTimeout: ANSWER_MARGIN_MS, retry, summary: 'What the order knew before it was reset' };
  let forgotten: Forgotten | null | undefined;
  while (forgotten === undefined) {
    try {
      forgotten = own(
        await endable(underWay, () => activities.recall.executeWithOptions(options, [])),
      ) as Forgotten | null;
    } catch (error) {
      // Held up: harmless to ask again.
      if (!isCancellation(error)) throw error;
    }
  }
  if (forgotten === null || !('run' in forgotten)) return;
  const isOther = forgotten.order !== null && orderOf(order().id, forgotten.order) === null;
  if (!isOther) apply(reminded({ forgotten }));
}
