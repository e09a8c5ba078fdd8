// An order that seQura has just created is published by its search attributes alone, which say all that is new.
import { later } from './draft.ts';
import { evolve } from './evolve.ts';
import type { Order } from './order.ts';

/** What the search attributes say of an order. */
export type Listed = Pick<Order, 'sequraOrderId' | 'confirmBy'>;

/** The order, where `published` is what its memo has. */
export function asListed(published: Order, { sequraOrderId, confirmBy }: Listed): Order {
  if (published.status !== 'creating' || sequraOrderId === null || confirmBy === null) return published;
  const at = later(confirmBy, -published.policy.confirmWithinSeconds * 1000);
  return evolve(published, {
    type: 'create_ended',
    result: { outcome: 'created', sequraOrderId, orderUuid: null },
    at,
  });
}

/** Whether readers know the order from what its memo has, and from its search attributes. */
export function isListed(published: Order, order: Order): boolean {
  const listed = asListed(published, order);
  return listed !== published && JSON.stringify(created(listed)) === JSON.stringify(created(order));
}

/** When a create began matters until it has ended. */
function created(order: Order): Order {
  return { ...order, create: { ...order.create, firstAt: null } };
}
