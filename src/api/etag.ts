// The ETag of an order is its revision: one resource, one number that rises with every visible change.
import type { OrderView } from '../order/view.ts';

export function etagOf({ revision }: OrderView): string {
  return `"${revision}"`;
}

/** Whether `If-None-Match` names this order as it is: weak comparison (RFC 9110, section 13.1.2). */
export function matchesEtag(ifNoneMatch: string, order: OrderView): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  return Array.from(ifNoneMatch.matchAll(/"[^"]*"/g), ([tag]) => tag).includes(etagOf(order));
}
