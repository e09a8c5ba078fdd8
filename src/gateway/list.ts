// Lists of orders from Temporal's visibility store, which may lag some seconds.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '../temporal/sdk-internals.ts';
import type { PayloadKey } from '../config/model.ts';
import { orderWorkflowId } from '../order/ids.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { call } from './call.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { requestDigest } from '../temporal/keyed-digests.ts';
import { InvalidCursorError, MerchantNeededError } from './errors.ts';
import type { OrderFilter, OrderPage } from './orders.ts';
import { patient, quote } from './visibility.ts';
import { isWanted, mayBeWanted, orderQuery } from './order-query.ts';
import { isOwn } from './own-runs.ts';
import type { Run } from './read.ts';
import { readRun, runOf } from './read.ts';
import { shared } from './shared-read.ts';
import { turns } from './turns.ts';

const MOST_RUNS = 1_000;

/** How many orders of a list are read at a time. */
const READS_AT_ONCE = 10;
/** A list by reference makes one call per merchant. A key that sees more merchants has to name one. */
const MOST_MERCHANTS_BY_REFERENCE = 50;

type Options = { client: Client; payloadKeys: readonly PayloadKey[] | null; timeoutMs: number };
type List = Options & { visibility: <Result>(work: () => Promise<Result>) => Promise<Result> };

/** Equal lists that are asked for at the same time share one call. */
export function lister(options: Options): (filter: OrderFilter) => Promise<OrderPage> {
  const inTurn = patient(options.timeoutMs);
  const list = shared((filterText) => {
    const filter = JSON.parse(filterText) as OrderFilter;
    const group = JSON.stringify(filter.merchantIds);
    return listOrders({ ...options, visibility: (work) => inTurn(group, work) }, filter);
  });
  return (filter) => list(JSON.stringify(filter));
}

async function listOrders(from: List, filter: OrderFilter): Promise<OrderPage> {
  const { data, unreadable, nextCursor } = await call(from.client, from.timeoutMs, () =>
    filter.reference === undefined ? page(from, filter) : byReference(from, filter),
  );
  return {
    data: data.filter((view) => isWanted(view, filter)),
    unreadable: unreadable.filter((id) => mayBeWanted(id, filter)),
    nextCursor,
  };
}

/** Reads orders by their ids: the visibility store cannot search for every text that a reference may be. */
async function byReference(
  { client, timeoutMs }: List,
  { merchantIds, reference = '' }: OrderFilter,
): Promise<OrderPage> {
  if (merchantIds.length > MOST_MERCHANTS_BY_REFERENCE)
    throw new MerchantNeededError('a reference of too many merchants');
  const ids = merchantIds.map((merchantId) => orderWorkflowId(merchantId, reference));
  const { read, unreadable } = await readEach(ids, String, (id) => readRun(client, id, timeoutMs));
  return { data: viewsOf(read), unreadable, nextCursor: null };
}

function viewsOf(runs: readonly (Run | null)[]): OrderView[] {
  return runs.flatMap((run) => (run === null ? [] : [orderView(run.order)]));
}

/** Names an order that no key here can read, so that it does not hide all others. */
async function readEach<From, To>(
  all: readonly From[],
  idOf: (one: From) => string,
  readOne: (one: From) => Promise<To>,
): Promise<{ read: To[]; unreadable: string[] }> {
  const unreadable: string[] = [];
  const inTurn = turns({ perGroup: READS_AT_ONCE, waiting: Infinity, patienceMs: 60_000 });
  const read = await Promise.all(
    all.map(async (one) => {
      try {
        return [await inTurn('', () => readOne(one))];
      } catch (error) {
        if (!(error instanceof PayloadUnreadableError)) throw error;
        unreadable.push(idOf(one));
        return [];
      }
    }),
  );
  return { read: read.flat(), unreadable };
}

async function page(from: List, filter: OrderFilter): Promise<OrderPage> {
  if (filter.merchantIds.length === 0) return { data: [], unreadable: [], nextCursor: null };
  const query = orderQuery(filter);
  const token = filter.cursor === undefined ? null : readCursor(from, query, filter.cursor);
  const { runs, unreadable, nextToken } = await listRuns(from, query, filter.limit, token);
  const newest = await newestRunIds(from, runs);
  const current = runs.filter(({ workflowId, runId }) => (newest.get(workflowId) ?? runId) === runId);
  const orders = await readEach(
    current,
    ({ workflowId }) => workflowId,
    (info) => runOf(from.client, info),
  );
  return {
    data: viewsOf(orders.read),
    unreadable: [...unreadable, ...orders.unreadable],
    nextCursor: nextToken === null ? null : writeCursor(from, query, nextToken),
  };
}

async function listRuns({ client, visibility }: List, query: string, pageSize: number, token: Uint8Array | null) {
  const { namespace, loadedDataConverter } = client.options;
  const request = { namespace, query, pageSize, ...(token === null ? {} : { nextPageToken: token }) };
  const answer = await visibility(() => client.workflowService.listWorkflowExecutions(request));
  const { read, unreadable } = await readEach(
    answer.executions,
    ({ execution }) => execution?.workflowId ?? '',
    (raw) => executionInfoFromRaw(raw, loadedDataConverter, raw, namespace),
  );
  return { runs: read, unreadable, nextToken: answer.nextPageToken.length === 0 ? null : answer.nextPageToken };
}

/**
 * The newest run of each order that has a closed run in this list, so that a run which was replaced is not listed. The store is asked for other runs
 * only: of most orders there are none. Where there are very many, and for ids with a quote, which the store's query parser may misread, orders are
 * read by their ids.
 */
async function newestRunIds(from: List, runs: readonly WorkflowExecutionInfo[]): Promise<Map<string, string>> {
  const closed = new Set(runs.filter(({ status }) => status.name !== 'RUNNING').map(({ workflowId }) => workflowId));
  const ids = [...closed].filter((id) => !id.includes("'"));
  const newest = new Map<string, string>();
  if (ids.length > 0) {
    const listed = runs.filter(({ workflowId }) => ids.includes(workflowId));
    const others = await listRuns(from, otherRunsQuery(ids, listed), MOST_RUNS, null);
    const all = others.nextToken === null ? [...listed, ...others.runs] : [];
    for (const { workflowId, runId } of all.filter(isOwn).toSorted(newestFirst))
      if (!newest.has(workflowId)) newest.set(workflowId, runId);
  }
  const unknown = [...closed].filter((id) => !newest.has(id));
  await readEach(unknown, String, async (id) =>
    newest.set(id, (await readRun(from.client, id, from.timeoutMs))?.runId ?? ''),
  );
  return newest;
}

function otherRunsQuery(ids: readonly string[], listed: readonly WorkflowExecutionInfo[]): string {
  const runIds = listed.map(({ runId }) => quote(runId));
  return `WorkflowId IN (${ids.map(quote).join(', ')}) AND RunId NOT IN (${runIds.join(', ')})`;
}

/** As the store lists them: those that are open, then by when they were closed. */
function newestFirst(one: WorkflowExecutionInfo, other: WorkflowExecutionInfo): number {
  const closedMs = ({ closeTime }: WorkflowExecutionInfo) => closeTime?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return closedMs(other) - closedMs(one) || other.startTime.getTime() - one.startTime.getTime();
}

/** A cursor is valid only for the list that made it: we check its digest over query and token before Temporal gets the token. */
function writeCursor({ payloadKeys }: List, query: string, token: Uint8Array): string {
  const text = Buffer.from(token).toString('base64url');
  return `${text}.${cursorMark(payloadKeys, query, text)}`;
}

function readCursor({ payloadKeys }: List, query: string, cursor: string): Uint8Array {
  const [text = '', mark] = cursor.split('.');
  if (mark !== cursorMark(payloadKeys, query, text)) throw new InvalidCursorError('not a cursor of this list');
  return Buffer.from(text, 'base64url');
}

function cursorMark(keys: readonly PayloadKey[] | null, query: string, text: string): string {
  return requestDigest(`${query}\n${text}`, keys)?.split(':')[1]?.slice(0, 16) ?? '';
}
