// What would be done, before anybody says yes: which orders take it, and which refuse.
import type { Found } from '../gateway/search.ts';
import type { By, Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import { orderView } from '../order/view.ts';
import type { Change } from './change.ts';
import { isDone, refusalOf } from './change.ts';
import { countAndMoney } from './in-words.ts';

/** `refusal` null: it would be done. */
export type Planned = { change: Change; order: Order | null; refusal: string | null };

export function plan(change: Change, order: Found['order'], by: By): Planned {
  if (order === null) return { change, order, refusal: 'There is no such order, or no key here can read it.' };
  return { change, order, refusal: isDone(order, change) ? null : refusalOf(order, change, by) };
}

/** `20 orders, 5,000.00 EUR: 20 retry (sms_not_sent)` */
export function summaryOf(planned: readonly Planned[]): string {
  const orders = planned.flatMap(({ order }) => (order === null ? [] : [orderView(order)]));
  const kinds = Map.groupBy(planned, ({ change, order }) => {
    const open = order === null ? null : openAttention(order);
    return `${change.action} (${open?.reason ?? order?.status ?? 'not found'})`;
  });
  const list = [...kinds].map(([kind, { length }]) => `${length} ${kind}`).join(', ');
  return list === '' ? countAndMoney(orders) : `${countAndMoney(orders)}: ${list}`;
}

/** `2: The order is already expired.` */
export function whyOf(refused: readonly Planned[]): string {
  const counts = Map.groupBy(refused, ({ refusal }) => refusal ?? '');
  return [...counts].map(([why, { length }]) => `${length}: ${why}`).join(' ');
}
