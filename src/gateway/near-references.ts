// Finds orders whose reference is close to that of an unmatched webhook, by looking up a few dozen ids.
import type { Client } from '@temporalio/client';
import type { NearOrder } from '../contract/messages.ts';
import { orderWorkflowId } from '../order/ids.ts';
import { nearSpellings } from '../order/spellings.ts';
import { isFinal } from '../order/status.ts';
import { readRun } from './read.ts';

const READ_TIMEOUT_MS = 3_000;
/** More would not help a human. */
const MOST_FOUND = 5;

/** Orders that are not final yet come first. */
export async function ordersNear(client: Client, merchantId: string, reference: string): Promise<NearOrder[]> {
  const found: NearOrder[] = [];
  for (const spelling of nearSpellings(reference)) {
    const run = await readRun(client, orderWorkflowId(merchantId, spelling), READ_TIMEOUT_MS);
    if (run !== null) found.push({ id: run.order.id, reference: spelling, status: run.order.status });
    if (found.length === MOST_FOUND) break;
  }
  const waits = ({ status }: NearOrder) => (isFinal(status) ? 1 : 0);
  return found.toSorted((a, b) => waits(a) - waits(b));
}
