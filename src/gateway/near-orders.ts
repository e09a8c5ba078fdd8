// Finds orders that an unmatched webhook may have been meant for: a few dozen ids are looked up, nothing is searched.
import type { Client } from '@temporalio/client';
import type { NearOrder } from '../contract/messages.ts';
import { orderWorkflowId } from '../order/ids.ts';
import { nearSpellings } from '../order/spellings.ts';
import { isFinal } from '../order/status.ts';
import { readRun } from './read.ts';

const READ_TIMEOUT_MS = 3_000;
/** More would not help a human. */
const MOST_FOUND = 5;

/** Those that wait for such a webhook come first. */
export async function nearOrders(client: Client, merchantId: string, reference: string): Promise<NearOrder[]> {
  const found: NearOrder[] = [];
  for (const spelling of nearSpellings(reference)) {
    const run = await readRun(client, orderWorkflowId(merchantId, spelling), READ_TIMEOUT_MS);
    if (run !== null) found.push({ id: run.order.id, reference: spelling, status: run.order.status });
    if (found.length === MOST_FOUND) break;
  }
  const waits = ({ status }: NearOrder) => (isFinal(status) ? 1 : 0);
  return found.toSorted((a, b) => waits(a) - waits(b));
}
