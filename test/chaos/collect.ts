// The end: everything is whole again, nobody asks for anything new, and what there is to judge by is gathered.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { OrderView } from '../../src/order/view.ts';
import { isFinal } from '../../src/order/status.ts';
import type { Evidence, Posted } from '../oracle/evidence.ts';
import { readRuns } from '../oracle/evidence.ts';
import { orderPath } from '../support/orders.ts';
import { until } from '../support/waits.ts';
import type { Outside } from './people.ts';
import { apiOf } from './people.ts';

/** Beyond a customer's time: the longest gap between two tries of a cancel. */
const QUIET_WITHIN_MS = 150_000;
/** Temporal's lists lag behind, and a reopened run stays for five seconds. */
const LAG_MS = 8_000;

/** How long it took until every order was final or asked a human; null where one never was. `ids` may still grow. */
export async function untilQuiet(outside: Outside, ids: readonly string[]): Promise<number | null> {
  const startedMs = Date.now();
  const settled = new Set<string>();
  const allSettled = async () => {
    for (const id of ids) {
      if (settled.has(id)) continue;
      const order = await read(outside, id);
      if (order === null || (!isFinal(order.status) && order.attention === null)) return false;
      settled.add(id);
    }
    return true;
  };
  const isQuiet = await until('quiet', allSettled, QUIET_WITHIN_MS).catch(() => false);
  return isQuiet ? Date.now() - startedMs : null;
}

export async function collect(
  outside: Outside & { client: Client },
  ids: readonly string[],
  posted: readonly Posted[],
): Promise<Evidence> {
  await outside.simulator.idle();
  await sleep(LAG_MS);
  const { runs, kept } = await readRuns(
    outside.client,
    'WorkflowType IN ("orderWorkflow", "unmatchedWebhookWorkflow")',
  );
  const orders: OrderView[] = [];
  for (const id of ids) {
    const order = await until(`${id} is read`, () => read(outside, id));
    orders.push(order);
  }
  return { nowMs: Date.now(), ledger: outside.simulator.ledger.record(), orders, runs, kept, posted };
}

async function read(outside: Outside, id: string): Promise<OrderView | null> {
  const answer = await apiOf(outside, 0)
    .call(orderPath(id))
    .catch(() => null);
  return answer?.status === 200 ? answer.body : null;
}
