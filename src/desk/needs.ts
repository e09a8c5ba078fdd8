// What asks for a human, and what is late or stuck: read from Temporal for each page, with few calls.
import type { Search } from '../gateway/order-query.ts';
import type { OrderPage } from '../gateway/orders.ts';
import type { ListFilter } from '../gateway/list.ts';
import { LATE_AFTER_MS } from '../gateway/count-orders.ts';
import type { AttentionReason } from '../order/status.ts';
import { ATTENTION_REASONS } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';

/** Orders that a page looks at, at most; the command line has no such limit. */
const MOST_ORDERS = 1_000;
const RUNS_A_CALL = 200;

export type Read = (filter: ListFilter) => Promise<OrderPage>;

/** `isAll` false: there are more than were read. `unreadable`: ids of orders that no key here can read. */
export type Chosen = { orders: OrderView[]; unreadable: string[]; isAll: boolean };

export async function readAll(read: Read, search: Search): Promise<Chosen> {
  const orders = new Map<string, OrderView>();
  const unreadable: string[] = [];
  let cursor: string | undefined;
  for (let runs = 0; runs < MOST_ORDERS; runs += RUNS_A_CALL) {
    const page = await read({ ...search, limit: RUNS_A_CALL, cursor });
    for (const order of page.data) orders.set(order.id, order);
    unreadable.push(...page.unreadable);
    cursor = page.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return { orders: [...orders.values()], unreadable, isAll: cursor === undefined };
}

/** How long something has been asked. */
export const AGES = {
  new: { words: 'under an hour', fromMs: 0, toMs: 3_600_000 },
  day: { words: 'an hour to a day', fromMs: 3_600_000, toMs: 86_400_000 },
  old: { words: 'over a day', fromMs: 86_400_000, toMs: Infinity },
} as const;
export type Age = keyof typeof AGES;
export const AGE_NAMES = Object.keys(AGES) as Age[];

export function isOfAge(at: string, name: Age, nowMs = Date.now()): boolean {
  const ms = Math.max(0, nowMs - Date.parse(at));
  return ms >= AGES[name].fromMs && ms < AGES[name].toMs;
}

/** The lists of the desk: how each is searched for, and since when each order belongs to it. */
export const LISTS = {
  attention: {
    title: 'Orders that ask for a human',
    search: (): Search => ({ attention: true }),
    since: ({ attention, created_at: placed }: OrderView) => attention?.since ?? placed,
  },
  late: {
    title: 'Past their deadline',
    search: (): Search => ({ pastDeadlineAt: new Date(Date.now() - LATE_AFTER_MS).toISOString() }),
    since: ({ confirm_by: deadline, created_at: placed }: OrderView) => deadline ?? placed,
  },
  stuck: {
    title: 'Stuck: no worker can carry them on',
    search: (): Search => ({ stuck: true }),
    since: ({ created_at: placed }: OrderView) => placed,
  },
} as const;
export type ListName = keyof typeof LISTS | AttentionReason;
export const LIST_NAMES = [...(Object.keys(LISTS) as (keyof typeof LISTS)[]), ...ATTENTION_REASONS] as const;

export function isReason(name: ListName): name is AttentionReason {
  return !(name in LISTS);
}

export function listOf(name: ListName) {
  if (!isReason(name)) return LISTS[name];
  return { ...LISTS.attention, title: name, search: (): Search => ({ attention: name }) };
}

/** The oldest question first. */
export function oldestFirst(orders: readonly OrderView[], name: ListName): OrderView[] {
  const { since } = listOf(name);
  return orders.toSorted((one, other) => (since(one) < since(other) ? -1 : 1));
}
