// Makes an order visible outside its workflow: the memo for reads, search attributes for lists, details for the Temporal UI.
import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Order } from '../order/order.ts';
import { changedSearchAttributes } from '../order/search-attributes.ts';
import { currentDetails } from '../order/words.ts';

/** Writes only what changed: each upsert of search attributes is a billable action. */
export function publish(before: Order, after: Order): void {
  if (before.revision === after.revision) return;
  setCurrentDetails(currentDetails(after));
  upsertMemo({ order: after });
  const changed = changedSearchAttributes(before, after);
  if (changed.length > 0) upsertSearchAttributes(changed);
}
