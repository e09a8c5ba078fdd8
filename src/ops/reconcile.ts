// Compares a list of orders, of seQura's back office or of a shop, with ours (docs/runbooks/backup-restored.md).
import type { Merchant } from '../config/model.ts';
import type { Orders } from '../gateway/orders.ts';
import { isReference, orderWorkflowId } from '../order/ids.ts';
import type { By } from '../order/order.ts';
import { isFinal } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import type { EventNames } from '../order/webhook.ts';
import { eventKind } from '../order/webhook.ts';
import type { Row } from './csv.ts';
import { EXIT, Told } from './here.ts';

/** `undone`: signed, and its cancel was asked for afterwards. With the words of seQura's back office, and ours. */
const STATES = {
  open: ['open', 'pending', 'creating', 'awaiting_customer'],
  signed: ['signed', 'confirmed', 'completed'],
  cancelled: ['cancelled', 'expired'],
  undone: ['undone', 'cancellation_requested'],
} as const;
type State = keyof typeof STATES;

/** An order of the list; null: the list does not say. */
export type TheirOrder = {
  merchantId: string;
  reference: string;
  number: string | null;
  state: State | null;
  totalCents: number | null;
};

/**
 * `forgotten`: we have no such order. `unlisted`: we have it, the list does not. `confirm`, `cancel`: the order has not heard of it. `attach`: it asks
 * for its number. `amount`: the totals differ. `wait`: it will. `look`: the two contradict each other, and only a human can decide.
 */
export type Task = 'forgotten' | 'unlisted' | 'confirm' | 'cancel' | 'attach' | 'amount' | 'wait' | 'look';
export type Comparison = { id: string; theirs: TheirOrder[]; ours: OrderView | null; tasks: Task[] };

/** Throws with every mistake. `merchantId`: of the rows that name none. */
export function theirOrders(rows: readonly Row[], merchantId: string | undefined): TheirOrder[] {
  const mistakes: string[] = [];
  const orders = rows.flatMap(({ line, cells }): TheirOrder[] => {
    const merchant = cells['merchant'] || cells['merchant_id'] || merchantId;
    const reference = cells['reference'] ?? '';
    const word = cells['state'] || cells['status'] || '';
    const total = cells['total'] ?? '';
    const [state = null] = (Object.keys(STATES) as State[]).filter((one) =>
      STATES[one].some((known) => known === word),
    );
    if (merchant === undefined) mistakes.push(`line ${line}: no merchant; --merchant names that of the whole list`);
    else if (!isReference(reference)) mistakes.push(`line ${line}: no reference`);
    else if (word !== '' && state === null)
      mistakes.push(`line ${line}: ${word} is none of ${Object.values(STATES).flat().join(', ')}`);
    else if (total !== '' && !TOTAL.test(total)) mistakes.push(`line ${line}: ${total} is no amount such as 250.00`);
    else {
      const number = cells['sequra_order_id'] || cells['number'] || null;
      return [{ merchantId: merchant, reference, number, state, totalCents: total === '' ? null : cents(total) }];
    }
    return [];
  });
  if (mistakes.length > 0) throw new Told(mistakes.join('\n'), EXIT.usage);
  return orders;
}

const TOTAL = /^\d{1,9}([.,]\d\d)?$/;

function cents(total: string): number {
  const [whole = '', part = '00'] = total.split(/[.,]/);
  return Number(whole) * 100 + Number(part);
}

/** `theirs`: all of one reference, oldest first. */
export function tasksOf(theirs: readonly TheirOrder[], ours: OrderView | null, names?: EventNames): Task[] {
  if (ours === null) return ['forgotten'];
  const isOther = theirs.some(({ totalCents: total }) => total !== null && total !== ours.total_with_tax);
  return [...(isOther ? (['amount'] as const) : []), ...differences(theirs, ours, names)];
}

function differences(theirs: readonly TheirOrder[], ours: OrderView, names?: EventNames): Task[] {
  const live = theirs.filter(({ state }) => state === 'open' || state === 'signed');
  const known = ours.sequra_order_id;
  const own =
    known === null ? (live[0] ?? theirs.at(-1)) : theirs.find(({ number }) => number === null || number === known);
  if (own === undefined || live.some((each) => each !== own)) return ['look'];
  if (own.state === null) return [];
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

/** `tell`: sends orders what they have not heard, as webhooks. `attach`: in whose name orders get the numbers that they ask for. Answers with what is left. */
export async function carryOut(
  orders: Pick<Orders, 'webhook' | 'resolve'>,
  merchants: ReadonlyMap<string, Shop>,
  { id, theirs, tasks }: Comparison,
  { tell, attach }: { tell: boolean; attach: By | null },
): Promise<Task[]> {
  const live = theirs.find(({ state }) => state === 'open') ?? theirs.at(-1);
  const left: Task[] = [];
  for (const task of tasks) {
    const [event] =
      tell && (task === 'confirm' || task === 'cancel')
        ? (merchants.get(live?.merchantId ?? '')?.eventNames[task] ?? [])
        : [];
    if (live !== undefined && task === 'attach' && attach !== null && live.number !== null)
      await orders.resolve(id, { action: 'attach', ...attach, sequra_order_id: live.number });
    else if (live !== undefined && event !== undefined && (task === 'confirm' || task === 'cancel'))
      await orders.webhook(live.merchantId, live.reference, { event, kind: task });
    else left.push(task);
  }
  return left;
}
