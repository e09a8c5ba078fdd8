// Holds a number of seQura's that an operator has just given to an order, until lists show it there: its id can run but once.
import { sleep } from '@temporalio/workflow';

/** Much longer than the visibility store lags. */
const HELD_MS = 60_000;

export async function sequraNumberWorkflow(): Promise<void> {
  await sleep(HELD_MS, { summary: 'Until lists show the order with this number' });
}
