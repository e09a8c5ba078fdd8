// Before an order takes a number of seQura's that an operator gives it: whether another order has it (docs/decisions/0046).
import { ActivityFailure, ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { NUMBER_CLAIM_MS } from '../contract/deadlines.ts';
import { activities } from './calls.ts';

const FIRST_RETRY_MS = 500;

/** Throws where the number is another order's, or where this cannot be found out now. Works after a cancel of the run, too. */
export async function claimNumber(number: string): Promise<void> {
  const options = {
    startToCloseTimeout: NUMBER_CLAIM_MS,
    scheduleToCloseTimeout: NUMBER_CLAIM_MS,
    retry: { initialInterval: FIRST_RETRY_MS, backoffCoefficient: 2 },
    summary: 'Whether another order has the number',
  };
  let holder: string | null;
  try {
    const asking = () => activities.claimNumber.executeWithOptions(options, [{ number }]);
    ({ holder } = await CancellationScope.nonCancellable(asking));
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    throw ApplicationFailure.create({ message: 'Ask again.', type: 'number_not_checked', nonRetryable: true });
  }
  if (holder === null) return;
  const message = 'Another order has this number.';
  throw ApplicationFailure.create({ message, type: 'sequra_order_taken', nonRetryable: true, details: [holder] });
}
