// `npm run orders:compare < LIST`: compares the orders in seQura's back office with ours, after a backup of Temporal's database was put back, or
// an outage without an API (docs/runbooks/backup-restored.md). It changes nothing without `--tell` or `--attach`.
import { parseArgs } from 'node:util';
import { text } from 'node:stream/consumers';
import type { Merchant } from '../config/model.ts';
import { configOrExit, loadCompareConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import { isReference, orderWorkflowId } from '../order/ids.ts';
import { isFinal } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import type { EventNames } from '../order/webhook.ts';
import { eventKind } from '../order/webhook.ts';
import { createClient } from '../temporal/connection.ts';
import { temporalOrders } from '../gateway/temporal-orders.ts';
import type { Orders } from '../gateway/orders.ts';

/** `undone`: signed, and its cancel was asked for afterwards. */
const STATES = ['open', 'signed', 'cancelled', 'undone'] as const;

/** An order at seQura. */
export type TheirOrder = { merchantId: string; reference: string; number: string; state: (typeof STATES)[number] };

/**
 * `forgotten`: we have no such order. `confirm`, `cancel`: the order has not heard of it. `attach`: it asks for its number. `wait`: it will.
 * `look`: the two contradict each other, and only a human can decide.
 */
export type Task = 'forgotten' | 'confirm' | 'cancel' | 'attach' | 'wait' | 'look';
export type Comparison = { id: string; theirs: TheirOrder[]; ours: OrderView | null; tasks: Task[] };

/** Lines of merchant id, reference, seQura's number and state, with tabs between them, which no reference contains. Throws with every mistake. */
export function readList(list: string): TheirOrder[] {
  const mistakes: string[] = [];
  const orders = list.split(/\r?\n/).flatMap((line, index): TheirOrder[] => {
    if (line.trim() === '') return [];
    const [merchantId = '', reference = '', number = '', word = '', ...more] = line.split('\t');
    const state = STATES.find((each) => each === word.trim());
    if (state !== undefined && merchantId !== '' && isReference(reference) && number !== '' && more.length === 0)
      return [{ merchantId, reference, number, state }];
    mistakes.push(
      `line ${index + 1}: not a merchant id, reference, number and one of ${STATES.join(', ')}, between tabs`,
    );
    return [];
  });
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return orders;
}

/** `theirs`: all of one reference, oldest first. */
export function tasksOf(theirs: readonly TheirOrder[], ours: OrderView | null, names?: EventNames): Task[] {
  if (ours === null) return ['forgotten'];
  const live = theirs.filter(({ state }) => state === 'open' || state === 'signed');
  const known = ours.sequra_order_id;
  const own = known === null ? (live[0] ?? theirs.at(-1)) : theirs.find(({ number }) => number === known);
  if (own === undefined || live.some((each) => each !== own)) return ['look'];
  if (own.state === 'open') {
    if (ours.attention?.reason === 'create_outcome_unknown') return ['attach'];
    if (ours.status === 'creating') return ['wait'];
    return isFinal(ours.status) ? ['look'] : [];
  }
  const said: Task[] = own.state === 'undone' ? ['confirm', 'cancel'] : [own.state === 'signed' ? 'confirm' : 'cancel'];
  return said.filter((kind) => !hasHeard(ours, kind, names));
}

/** From a webhook, or from an operator. */
function hasHeard({ status, timeline }: OrderView, kind: Task, names: EventNames | undefined): boolean {
  const isSo: readonly string[] =
    kind === 'confirm'
      ? ['confirmed', 'cancellation_requested']
      : ['cancelled', 'expired', 'cancellation_requested', 'failed'];
  return (
    isSo.includes(status) ||
    timeline.some(
      (entry) =>
        (kind === 'confirm' && entry.event === 'confirmed') ||
        (entry.event === 'webhook_noted' && eventKind(entry.name, names) === kind) ||
        (entry.event === 'resolved' && entry.action.startsWith('mark_')),
    )
  );
}

export type Shop = Pick<Merchant, 'eventNames'>;

export async function compare(
  orders: Pick<Orders, 'get'>,
  merchants: ReadonlyMap<string, Shop>,
  list: readonly TheirOrder[],
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [id, theirs] of Map.groupBy(list, (each) => orderWorkflowId(each.merchantId, each.reference))) {
    const ours = await orders.get(id);
    const names = merchants.get(theirs[0]?.merchantId ?? '')?.eventNames;
    comparisons.push({ id, theirs, ours, tasks: tasksOf(theirs, ours, names) });
  }
  return comparisons;
}

/** `tell`: sends orders what they have not heard, as webhooks. `operator`: in whose name orders get the numbers that they ask for. */
export async function carryOut(
  orders: Pick<Orders, 'webhook' | 'resolve'>,
  merchants: ReadonlyMap<string, Shop>,
  { id, theirs, tasks }: Comparison,
  { tell, operator }: { tell: boolean; operator?: string | undefined },
): Promise<void> {
  const live = theirs.find(({ state }) => state === 'open') ?? theirs.at(-1);
  if (live === undefined) return;
  for (const task of tasks) {
    if (task === 'attach' && operator !== undefined) {
      const note = 'in the list of seQura’s back office';
      await orders.resolve(id, { action: 'attach', operator, note, sequra_order_id: live.number });
    }
    if (!tell || (task !== 'confirm' && task !== 'cancel')) continue;
    const [event] = merchants.get(live.merchantId)?.eventNames[task] ?? [];
    if (event !== undefined) await orders.webhook(live.merchantId, live.reference, { event, kind: task });
  }
}

function lineOf({ id, theirs, ours, tasks }: Comparison): string {
  const there = theirs.map(({ number, state }) => `${number} ${state}`).join(', ');
  const here = ours === null ? '' : [ours.status, ours.attention?.reason].filter(Boolean).join(', ');
  return [id, there, here, tasks.join(', ')].join('\t');
}

const USAGE = `usage: npm run orders:compare -- [options] <LIST
  LIST              merchant id, reference, seQura's number, and ${STATES.join(', ')}: a line each, between tabs
  --forgotten       only the ids of orders that we do not have: for FORGOTTEN_ORDERS
  --tell            tell orders what they have not heard
  --attach OPERATOR attach the numbers that orders ask for, in this operator's name: needs workers`;

if (isMain(import.meta)) {
  const options = {
    forgotten: { type: 'boolean', default: false },
    tell: { type: 'boolean', default: false },
    attach: { type: 'string' },
  } as const;
  try {
    const { values } = parseArgs({ options });
    const { merchants, taskQueue, ...store } = configOrExit(loadCompareConfig);
    const list = readList(await text(process.stdin));
    const strangers = new Set(list.map(({ merchantId }) => merchantId).filter((id) => !merchants.has(id)));
    if (strangers.size > 0) throw new Error(`not in the merchants file: ${[...strangers].join(', ')}`);
    const client = createClient(store);
    const orders = temporalOrders({ client, taskQueue, payloadKeys: store.payloadKeys });
    for (const each of await compare(orders, merchants, list)) {
      if (each.tasks.length === 0) continue;
      if (!values.forgotten) console.log(lineOf(each));
      else if (each.ours === null) console.log(each.id);
      await carryOut(orders, merchants, each, { tell: values.tell, operator: values.attach }).catch(
        (error: unknown) => {
          console.error(`${each.id}: ${(error as Error).message}`);
          process.exitCode = 1;
        },
      );
    }
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exitCode = 1;
  }
}
