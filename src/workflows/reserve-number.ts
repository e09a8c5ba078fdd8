// Before an order takes a number of seQura's that an operator gives it: whether another order has it (docs/decisions/0046).
import { ActivityFailure, ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { RESERVE_NUMBER_MS } from '../contract/time-limits.ts';
import { activities } from './calls.ts';

const FIRST_RETRY_MS = 500;

/** Throws where the number is another order's, or where this cannot be found out now. Works after a cancel of the run, too. */
export async function reserveNumber(number: string): Promise<void> {
  const options = {
    startToCloseTimeout: RESERVE_NUMBER_MS,
    scheduleToCloseTimeout: RESERVE_NUMBER_MS,
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
