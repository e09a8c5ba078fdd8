// An order as it was last seen: the run that carries it, how far it was read, and what of it is shown.
import { asListed } from '../order/listed.ts';
import { orderOf } from '../order/order.ts';
import { ownValue } from '../order/unvouched.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import type { Published } from '../temporal/follow-history.ts';
import { listedBy } from './own-runs.ts';
import type { Run } from './read.ts';

export type Seen = Omit<Run, 'digest' | 'digests'>;

/** What a view was made of. */
const seenAs = new WeakMap<OrderView, Seen>();

export function viewOf(seen: Seen): OrderView {
  const view = orderView(seen.order);
  seenAs.set(view, seen);
  return view;
}

/** How far the reader of this view has seen the run; undefined where the view was made of nothing that was seen. */
export function seenBehind(view: OrderView): Seen | undefined {
  return seenAs.get(view);
}

/** Whether a state is of the same run as another, and no older. */
export function isLater(seen: Seen | null, than: Seen | null): boolean {
  return seen !== null && seen.runId === than?.runId && seen.events >= than.events;
}

/** What a run that was seen so has published then; null where that does not say it. */
export function after(seen: Seen | null, { event, order, attributes }: Published): Seen | null {
  if (seen === null || event <= seen.events) return seen;
  if (asListed(seen.published, seen.listed).revision !== seen.order.revision) return null;
  const published = order === undefined ? seen.published : orderOf(seen.order.id, ownValue(order));
  if (published === null) return null;
  const { sequraOrderId, confirmBy } = listedBy({ typedSearchAttributes: attributes });
  const listed = {
    sequraOrderId: sequraOrderId ?? seen.listed.sequraOrderId,
    confirmBy: confirmBy ?? seen.listed.confirmBy,
  };
  return { ...seen, published, listed, events: event, order: asListed(published, listed) };
}
