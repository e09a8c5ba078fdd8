// Finds orders whose reference is close to that of an unmatched webhook, with one question to Temporal's visibility store.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import type { NearOrder } from '../contract/messages.ts';
import { orderWorkflowId } from '../order/ids.ts';
import { nearSpellings } from '../order/spellings.ts';
import { isFinal } from '../order/status.ts';
import { call } from './call.ts';
import { runOf } from './read.ts';
import { turns } from './turns.ts';
import { quote } from './visibility.ts';

const LOOK_MS = 10_000;
/** More would not help a human. */
const MOST_FOUND = 5;

/** One merchant may have many such webhooks. Temporal tries again what gets no turn. */
const LOOKS = { atOnce: 1, perGroup: 1, waiting: 50, patienceMs: 20_000 };
/** The visibility store takes ten calls a second by default, and lists need them. */
const PAUSE_MS = 300;

type Finder = (client: Client, merchantId: string, reference: string) => Promise<NearOrder[]>;

/** Looks one after the other. Throws `TooManyAtOnceError`, and `TemporalUnavailableError` within 10 s. */
export function nearOrderFinder(): Finder {
  const inTurn = turns(LOOKS);
  return (client, merchantId, reference) =>
    inTurn(merchantId, async () => {
      const pause = sleep(PAUSE_MS);
      try {
        return await ordersNear(client, merchantId, reference);
      } finally {
        await pause;
      }
    });
}

/** Orders that are not final yet come first. An order that is some seconds old may be missing. */
async function ordersNear(client: Client, merchantId: string, reference: string): Promise<NearOrder[]> {
  const near = new Map(nearSpellings(reference).map((spelling) => [orderWorkflowId(merchantId, spelling), spelling]));
  if (near.size === 0) return [];
  const found = await call(client, LOOK_MS, () => ordersAmong(client, near));
  const inOrder = [...near.keys()].flatMap((id) => found.get(id) ?? []).slice(0, MOST_FOUND);
  const waits = ({ status }: NearOrder) => (isFinal(status) ? 1 : 0);
  return inOrder.toSorted((a, b) => waits(a) - waits(b));
}

async function ordersAmong(client: Client, near: ReadonlyMap<string, string>): Promise<Map<string, NearOrder>> {
  const query = `WorkflowType = '${ORDER_WORKFLOW}' AND WorkflowId IN (${[...near.keys()].map(quote).join(', ')})`;
  const found = new Map<string, NearOrder>();
  // The newest run of an order comes first. The store's query parser may misread an id with quotes, so we compare it.
  for await (const info of client.workflow.list({ query })) {
    const spelling = near.get(info.workflowId);
    if (spelling === undefined || found.has(info.workflowId)) continue;
    const run = await runOf(client, info);
    if (run !== null) found.set(info.workflowId, { id: run.order.id, reference: spelling, status: run.order.status });
  }
  return found;
}
