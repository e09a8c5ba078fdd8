// Reserves a number of seQura's that an operator has just given to an order, until lists show it there. Only one run of an id can be open.
import { sleep } from '@temporalio/workflow';

/** Much longer than the visibility store lags. */
const RESERVED_MS = 60_000;

export async function sequraNumberWorkflow(): Promise<void> {
  await sleep(RESERVED_MS, { summary: 'Until lists show the order with this number' });
}
