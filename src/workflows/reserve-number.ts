// Reserves a number of seQura's for an order before the order takes it from an operator (docs/decisions/0046).
import { ActivityFailure, ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { RESERVE_NUMBER_MS } from '../contract/time-limits.ts';
import { activities } from './calls.ts';

const FIRST_RETRY_MS = 500;

/** Throws if another order has the number, or if nobody can tell now. Works after a cancel of the run, too. */
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
