// Searches all orders, of every merchant, page after page: for operators' commands. Of a person, by digests of a phone or document number: neither is
// in Temporal in the clear.
import type { Client } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import { LIST_READ_MS, ORDER_READ_MS } from '../contract/time-limits.ts';
import type { Order } from '../order/order.ts';
import { orderView } from '../order/view.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { call } from './call.ts';
import type { Search } from './order-query.ts';
import { isWanted, mayBeWanted, orderQuery, personTerms } from './order-query.ts';
import { readRun } from './read.ts';
import { turns } from './turns.ts';
import { patient } from './visibility.ts';

const RUNS_A_PAGE = 200;
/** An operator's question must leave the server to the orders. */
const READS_AT_ONCE = 10;
const PATIENCE_MS = 60_000;

/** `order` null: no key of this process can read it. */
export type Found = { id: string; order: Order | null };

/** Open orders first, then the newest; the visibility store may lag some seconds. */
export async function* searchOrders(
  client: Client,
  payloadKeys: readonly PayloadKey[] | null,
  search: Search,
): AsyncGenerator<Found> {
  const inTurn = turns({ perGroup: READS_AT_ONCE, waiting: Infinity, patienceMs: PATIENCE_MS });
  const seen = new Set<string>();
  for await (const ids of pagesOfIds(client, orderQuery(search, ...personTerms(search, payloadKeys)))) {
    const news = [...new Set(ids)].filter((id) => !seen.has(id) && mayBeWanted(id, search));
    for (const id of news) seen.add(id);
    for (const found of await Promise.all(news.map((id) => inTurn('', () => findOrder(client, id)))))
      if (found !== null && (found.order === null || isWanted(orderView(found.order), search))) yield found;
  }
}

/** With raw pages: the client would read every memo, and fail at the first that it cannot read. */
async function* pagesOfIds(client: Client, query: string): AsyncGenerator<string[]> {
  const { namespace } = client.options;
  const inTurn = patient(PATIENCE_MS);
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const request = { namespace, query, pageSize: RUNS_A_PAGE, nextPageToken };
    const page = await inTurn('', () =>
      call(client, LIST_READ_MS, () => client.workflowService.listWorkflowExecutions(request)),
    );
    yield page.executions.map(({ execution }) => execution?.workflowId ?? '');
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

/** Null: there is no such order. */
export async function findOrder(client: Client, id: string): Promise<Found | null> {
  try {
    const run = await readRun(client, id, ORDER_READ_MS);
    return run === null ? null : { id, order: run.order };
  } catch (error) {
    if (error instanceof PayloadUnreadableError) return { id, order: null };
    throw error;
  }
}
