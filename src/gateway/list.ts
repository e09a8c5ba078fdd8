// Lists of orders from Temporal's visibility store, which may lag some seconds.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { executionInfoFromRaw } from '../temporal/sdk-internals.ts';
import type { PayloadKey } from '../config/model.ts';
import { orderWorkflowId } from '../order/ids.ts';
import type { Order } from '../order/order.ts';
import { orderView } from '../order/view.ts';
import { call } from './call.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { requestDigest } from '../temporal/keyed-digests.ts';
import { InvalidCursorError, MerchantNeededError } from './errors.ts';
import { listedOrders } from './listed-orders.ts';
import type { OrderPage } from './orders.ts';
import { patient, quote } from './visibility.ts';
import type { Search } from './order-query.ts';
import { isWanted, mayBeWanted, orderQuery, personTerms } from './order-query.ts';
import { orderNow, readRun } from './read.ts';
import { shared } from './shared-read.ts';
import { turns } from './turns.ts';

const MOST_RUNS = 1_000;

/** How many orders of a list are read at a time. */
const READS_AT_ONCE = 10;
/** A list by reference makes one call per merchant. A key that sees more merchants has to name one. */
const MOST_MERCHANTS_BY_REFERENCE = 50;

/** `merchantIds` left out: of every merchant. */
export type ListFilter = Search & { limit: number; cursor?: string | undefined };

type Options = { client: Client; payloadKeys: readonly PayloadKey[] | null; timeoutMs: number };
type List = Options & {
  visibility: <Result>(work: () => Promise<Result>) => Promise<Result>;
  publishedIn: ReturnType<typeof listedOrders>;
};

/** Equal lists that are asked for at the same time share one call. */
export function lister(options: Options): (filter: ListFilter) => Promise<OrderPage> {
  const inTurn = patient(options.timeoutMs);
  const publishedIn = listedOrders(options.client);
  const list = shared((filterText) => {
    const filter = JSON.parse(filterText) as ListFilter;
    const group = JSON.stringify(filter.merchantIds ?? null);
    return listOrders({ ...options, publishedIn, visibility: (work) => inTurn(group, work) }, filter);
  });
  return (filter) => list(JSON.stringify(filter));
}

async function listOrders(from: List, filter: ListFilter): Promise<OrderPage> {
  const { data, unreadable, nextCursor } = await call(from.client, from.timeoutMs, () =>
    filter.reference === undefined || filter.merchantIds === undefined
      ? page(from, filter)
      : byReference(from, filter.merchantIds, filter.reference),
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
  merchantIds: readonly string[],
  reference: string,
): Promise<OrderPage> {
  if (merchantIds.length > MOST_MERCHANTS_BY_REFERENCE)
    throw new MerchantNeededError('a reference of too many merchants');
  const ids = merchantIds.map((merchantId) => orderWorkflowId(merchantId, reference));
  const inTurn = readTurns();
  const { read, unreadable } = await readEach(ids, String, (id) => inTurn('', () => readRun(client, id, timeoutMs)));
  return { data: read.flatMap((run) => (run === null ? [] : [orderView(run.order)])), unreadable, nextCursor: null };
}

const readTurns = () => turns({ perGroup: READS_AT_ONCE, waiting: Infinity, patienceMs: 60_000 });

/** Names an order that no key here can read, so that it does not hide all others. */
async function readEach<From, To>(
  all: readonly From[],
  idOf: (one: From) => string,
  readOne: (one: From) => Promise<To>,
): Promise<{ read: To[]; unreadable: string[] }> {
  const unreadable: string[] = [];
  const read = await Promise.all(
    all.map(async (one) => {
      try {
        return [await readOne(one)];
      } catch (error) {
        if (!(error instanceof PayloadUnreadableError)) throw error;
        unreadable.push(idOf(one));
        return [];
      }
    }),
  );
  return { read: read.flat(), unreadable };
}

async function page(from: List, filter: ListFilter): Promise<OrderPage> {
  if (filter.merchantIds?.length === 0) return { data: [], unreadable: [], nextCursor: null };
  const query = orderQuery(filter, ...personTerms(filter, from.payloadKeys));
  const token = filter.cursor === undefined ? null : readCursor(from, query, filter.cursor);
  const { runs, unreadable, nextToken } = await listRuns(from, query, filter.limit, token);
  const newest = await newestRunIds(from, runs);
  const current = runs.filter(({ info: { workflowId, runId } }) => (newest.get(workflowId) ?? runId) === runId);
  const inTurn = readTurns();
  const orders = await readEach(
    current,
    ({ info }) => info.workflowId,
    async ({ info, published }) => {
      if (published === null) return [];
      const isStill = info.status.name === 'RUNNING' || info.status.name === 'COMPLETED';
      // Of any other, the history is read.
      const now = () => orderNow(from.client, info, published);
      return [orderView(await (isStill ? now() : inTurn('', now)))];
    },
  );
  return {
    data: orders.read.flat(),
    unreadable: [...unreadable, ...orders.unreadable],
    nextCursor: nextToken === null ? null : writeCursor(from, query, nextToken),
  };
}

/** `published`: the order in its memo; null where the run is not the order's own. */
type ListedRun = { info: WorkflowExecutionInfo; published: Order | null };

async function listRuns(
  { client, visibility, publishedIn }: List,
  query: string,
  pageSize: number,
  token: Uint8Array | null,
) {
  const { namespace, loadedDataConverter } = client.options;
  const request = { namespace, query, pageSize, ...(token === null ? {} : { nextPageToken: token }) };
  const answer = await visibility(() => client.workflowService.listWorkflowExecutions(request));
  const { read, unreadable } = await readEach(
    answer.executions,
    ({ execution }) => execution?.workflowId ?? '',
    async (raw): Promise<ListedRun> => {
      const published = await publishedIn(raw);
      const info = await executionInfoFromRaw(onlyShown(raw, published), loadedDataConverter, raw, namespace);
      return { info, published };
    },
  );
  return { runs: read, unreadable, nextToken: answer.nextPageToken.length === 0 ? null : answer.nextPageToken };
}

type RawInfo = temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** Without what a list does not show: decoding it took as long as decrypting the orders. */
function onlyShown(raw: RawInfo, published: Order | null): RawInfo {
  const names = published?.status === 'creating' ? ['SequraOrderId', 'ConfirmBy'] : [];
  const all = raw.searchAttributes?.indexedFields ?? {};
  const indexedFields = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  // What it does not have itself is read from `raw`, the defaults of its fields too.
  return Object.assign(Object.create(raw) as RawInfo, { memo: null, searchAttributes: { indexedFields } });
}

/**
 * The newest run of each order that has a closed run in this list, so that a run which was replaced is not listed. The store is asked for other runs
 * only: of most orders there are none. Where there are very many, and for ids with a quote, which the store's query parser may misread, orders are
 * read by their ids.
 */
async function newestRunIds(from: List, runs: readonly ListedRun[]): Promise<Map<string, string>> {
  const isClosed = ({ info }: ListedRun) => info.status.name !== 'RUNNING';
  const closed = new Set(runs.filter(isClosed).map(({ info }) => info.workflowId));
  const ids = new Set([...closed].filter((id) => !id.includes("'")));
  const newest = new Map<string, string>();
  if (ids.size > 0) {
    const listed = runs.filter(({ info }) => ids.has(info.workflowId));
    const others = await listRuns(from, otherRunsQuery([...ids], listed), MOST_RUNS, null);
    const all = others.nextToken === null ? [...listed, ...others.runs] : [];
    const own = all.flatMap(({ info, published }) => (published === null ? [] : [info]));
    for (const { workflowId, runId } of own.toSorted(newestFirst))
      if (!newest.has(workflowId)) newest.set(workflowId, runId);
  }
  const unknown = [...closed].filter((id) => !newest.has(id));
  const inTurn = readTurns();
  await readEach(unknown, String, async (id) =>
    newest.set(id, (await inTurn('', () => readRun(from.client, id, from.timeoutMs)))?.runId ?? ''),
  );
  return newest;
}

function otherRunsQuery(ids: readonly string[], listed: readonly ListedRun[]): string {
  const runIds = listed.map(({ info }) => quote(info.runId));
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
  // Another key may be the first one by now.
  const ids = payloadKeys?.map(({ id }) => id) ?? [undefined];
  if (!ids.some((id) => mark === cursorMark(payloadKeys, query, text, id)))
    throw new InvalidCursorError('not a cursor of this list');
  return Buffer.from(text, 'base64url');
}

function cursorMark(keys: readonly PayloadKey[] | null, query: string, text: string, keyId?: string): string {
  return requestDigest(`${query}\n${text}`, keys, keyId)?.split(':')[1]?.slice(0, 16) ?? '';
}
