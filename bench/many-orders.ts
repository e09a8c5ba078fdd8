// Fills the visibility store of a full server with orders: copies of real ones, each under an id of its own. Their workflows do not exist, but lists
// read nothing else.
import { randomUUID } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { getGlobalDispatcher, request } from 'undici';
import { orderWorkflowId, parseOrderId } from '../src/order/ids.ts';
import type { Order } from '../src/order/order.ts';
import type { OrderView } from '../src/order/view.ts';
import { createPayloadCodec } from '../src/temporal/codec.ts';
import { API_KEY, PAYLOAD_KEYS } from '../test/support/canaries.ts';
import { ACCOUNT } from '../test/support/merchants.ts';
import { until } from '../test/support/waits.ts';
import type { Postgres } from './postgres.ts';
import type { Stand } from './stand.ts';

/** `reference`: makes the simulator do it (docs/simulator.md). `share`: of the orders that are open, or of those that are not. */
const KINDS = [
  { reference: 'signs-0', status: 'confirmed', attention: null, isOpen: false, share: 0.8 },
  { reference: 'sequra-cancels-0', status: 'cancelled', attention: null, isOpen: false, share: 0.15 },
  { reference: 'refuse-0', status: 'failed', attention: null, isOpen: false, share: 0.05 },
  { reference: 'waits-0', status: 'awaiting_customer', attention: null, isOpen: true, share: 0.98 },
  { reference: 'sms-fails-0', status: 'awaiting_customer', attention: 'sms_not_sent', isOpen: true, share: 0.02 },
] as const;
type Kind = (typeof KINDS)[number];

const TABLE = 'executions_visibility';
/** Of its columns those that are not made from others. */
const COLUMNS =
  `namespace_id run_id _version start_time execution_time workflow_id workflow_type_name status close_time history_length history_size_bytes
  execution_duration state_transition_count memo encoding task_queue search_attributes parent_workflow_id parent_run_id root_workflow_id root_run_id`.split(
    /\s+/,
  );
type Row = {
  workflow_id: string;
  run_id: string;
  root_workflow_id: string;
  root_run_id: string;
  memo: string;
  search_attributes: Record<string, unknown>;
  start_time: string;
  execution_time: string;
  close_time: string | null;
};

export type Wanted = { merchantIds: readonly string[]; open: number; closed: number };

/** Closed orders are of the time for which they are kept, open ones of that within which customers may sign. */
const OPEN_WITHIN_MS = 86_400_000;
const KEPT_MS = 90 * OPEN_WITHIN_MS;

const { Memo } = proto.temporal.api.common.v1;
const codec = createPayloadCodec(PAYLOAD_KEYS);

export async function fillWithOrders(stand: Stand, postgres: Postgres, wanted: Wanted): Promise<void> {
  const shop = { url: stand.url, dispatcher: getGlobalDispatcher() };
  for (const { reference } of KINDS) await stand.shape.front.place(shop, reference);
  const rows = await until('an order of each kind', () => realRows(stand, postgres), 60_000);
  await postgres.copy('temporal_visibility', `${TABLE} (${COLUMNS.join(', ')})`, copies(rows, wanted));
  // Autovacuum does that within a minute.
  await postgres.sql('temporal_visibility', `VACUUM ANALYZE ${TABLE}`);
}

/** The row of each order, once all are as they shall be. */
async function realRows({ url }: Stand, { sql }: Postgres): Promise<Map<Kind, Row> | null> {
  const answer = await request(`${url}/v1/orders`, { headers: { authorization: `Bearer ${API_KEY}` } });
  const { data } = (await answer.body.json()) as { data: OrderView[] };
  const listed = data.map(({ reference, status, attention }) => `${reference} ${status} ${attention?.reason ?? null}`);
  if (!KINDS.every(({ reference, status, attention }) => listed.includes(`${reference} ${status} ${attention}`)))
    return null;
  const text = `SELECT to_jsonb(o) || jsonb_build_object('memo', encode(memo, 'hex')) FROM (SELECT ${COLUMNS.join(', ')} FROM ${TABLE}) o`;
  const rows = (await sql('temporal_visibility', text)).split('\n').map((line) => JSON.parse(line) as Row);
  const found = KINDS.map((kind): [Kind, Row | undefined] => [
    kind,
    rows.find(({ workflow_id, close_time }) => workflow_id === idOf(kind) && (close_time === null) === kind.isOpen),
  ]);
  return found.every((pair): pair is [Kind, Row] => pair[1] !== undefined) ? new Map(found) : null;
}

const idOf = ({ reference }: Kind) => orderWorkflowId(ACCOUNT.id, reference);

/** As lines of CSV. */
async function* copies(rows: ReadonlyMap<Kind, Row>, { merchantIds, open, closed }: Wanted): AsyncGenerator<string> {
  let number = 0;
  for (const [kind, row] of rows) {
    const memo = await openedMemo(row.memo, idOf(kind));
    const [all, withinMs] = kind.isOpen ? [open, OPEN_WITHIN_MS] : [closed, KEPT_MS];
    const count = Math.round(all * kind.share);
    for (let at = 0; at < count; at += 1) {
      number += 1;
      const merchantId = merchantIds[number % merchantIds.length] ?? '';
      const reference = `copy-${number}`;
      const changes = { id: orderWorkflowId(merchantId, reference), merchantId, reference };
      const earlierMs = (withinMs * at) / count;
      yield csv(copyOf(row, await sealedMemo(memo, changes), changes, earlierMs));
    }
  }
}

type Changes = Pick<Order, 'id' | 'merchantId' | 'reference'>;

function copyOf(row: Row, memo: string, { id, merchantId, reference }: Changes, earlierMs: number): Row {
  const earlier = (time: string) => new Date(Date.parse(`${time}Z`) - earlierMs).toISOString();
  const runId = randomUUID();
  const inPlaceOf = new Map<unknown, string>([
    [ACCOUNT.id, merchantId],
    [kindReference(row), reference],
  ]);
  const attributes = Object.entries(row.search_attributes).map(([name, value]) => [
    name,
    inPlaceOf.get(value) ?? value,
  ]);
  return {
    ...row,
    run_id: runId,
    workflow_id: id,
    root_run_id: runId,
    root_workflow_id: id,
    memo,
    start_time: earlier(row.start_time),
    execution_time: earlier(row.execution_time),
    close_time: row.close_time === null ? null : earlier(row.close_time),
    search_attributes: Object.fromEntries(attributes),
  };
}

const kindReference = ({ workflow_id: id }: Row) => parseOrderId(id)?.reference;

type OpenedMemo = { order: Order; rest: Record<string, Payload> };

async function openedMemo(hex: string, id: string): Promise<OpenedMemo> {
  const { fields } = Memo.decode(Buffer.from(hex, 'hex'));
  const opened = Object.entries(fields).map(async ([name, payload]) => [name, await decoded(payload, id)] as const);
  const { order, ...rest } = Object.fromEntries(await Promise.all(opened));
  return { order: JSON.parse(Buffer.from(order?.data ?? []).toString()) as Order, rest };
}

async function sealedMemo({ order, rest }: OpenedMemo, changes: Changes): Promise<string> {
  const data = Buffer.from(JSON.stringify({ ...order, ...changes }));
  const payloads = { ...rest, order: { metadata: { encoding: Buffer.from('json/plain') }, data } };
  const [names, values] = [Object.keys(payloads), Object.values(payloads)];
  const sealed = await codec.encode(values, context(changes.id));
  const fields = Object.fromEntries(names.map((name, at) => [name, sealed[at] ?? {}]));
  return Buffer.from(Memo.encode({ fields }).finish()).toString('hex');
}

const context = (workflowId: string) => ({ type: 'workflow' as const, namespace: 'default', workflowId });

async function decoded(payload: Payload, id: string): Promise<Payload> {
  const [one = {}] = await codec.decode([payload], context(id));
  return one;
}

function csv(row: Row): string {
  const values: Record<string, unknown> = { ...row, memo: `\\x${row.memo}` };
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const cell = (value: unknown) => {
    if (value === null) return '';
    return quoted(typeof value === 'string' ? value : JSON.stringify(value));
  };
  return `${COLUMNS.map((name) => cell(values[name])).join(',')}\n`;
}
