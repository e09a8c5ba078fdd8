// What the tests of faults wait for, and say.
import type { OrderView } from '../../src/order/view.ts';

export const closed = (order: OrderView) => order.closed_at !== null && order.attention === null;
export const heeded = (order: OrderView) => order.attention !== null;
export const smsSent = (order: OrderView) => order.sms.sent > 0;

/** The body of `resolve`, and of the update of that name. */
export function resolution(action: string) {
  return { action, operator: 'ana', note: 'looked it up' };
}
