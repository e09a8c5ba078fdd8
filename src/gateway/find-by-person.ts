// Finds the orders of a person, by digests of a phone or document number: neither is in Temporal in the clear.
import type { Client } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import { LIST_READ_MS, ORDER_READ_MS } from '../contract/time-limits.ts';
import type { PersonalValue } from '../order/search-attributes.ts';
import { DIGEST_ATTRIBUTES } from '../order/search-attributes.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { personalDigests } from '../temporal/keyed-digests.ts';
import { call } from './call.ts';
import { readRun } from './read.ts';

const RUNS_A_PAGE = 200;

/** `order` null: no key of this process can read it. */
export type Found = { id: string; order: OrderView | null };

/** `values`: the spellings of one number, each as an order may have it. The newest order first; the visibility store may lag some seconds. */
export async function* ordersOf(
  client: Client,
  payloadKeys: readonly PayloadKey[] | null,
  what: PersonalValue,
  values: readonly string[],
): AsyncGenerator<Found> {
  const digests = values.flatMap((value) => personalDigests(what, value, payloadKeys));
  const among = digests.map((digest) => `'${digest}'`).join(', ');
  const seen = new Set<string>();
  for await (const id of idsOf(
    client,
    `WorkflowType = '${ORDER_WORKFLOW}' AND ${DIGEST_ATTRIBUTES[what]} IN (${among})`,
  )) {
    if (seen.has(id)) continue;
    seen.add(id);
    const found = await orderOf(client, id);
    if (found !== null) yield found;
  }
}

/** With raw pages: the client would read every memo, and fail at the first that it cannot read. */
async function* idsOf(client: Client, query: string): AsyncGenerator<string> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const request = { namespace, query, pageSize: RUNS_A_PAGE, nextPageToken };
    const page = await call(client, LIST_READ_MS, () => client.workflowService.listWorkflowExecutions(request));
    for (const { execution } of page.executions) yield execution?.workflowId ?? '';
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

async function orderOf(client: Client, id: string): Promise<Found | null> {
  try {
    const run = await readRun(client, id, ORDER_READ_MS);
    return run === null ? null : { id, order: orderView(run.order) };
  } catch (error) {
    if (error instanceof PayloadUnreadableError) return { id, order: null };
    throw error;
  }
}
