// Waits until a question has an answer, and the states of an order that tests wait for.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../src/order/view.ts';

/** Asks until there is an answer; throws after `waitMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  waitMs = 20_000,
): Promise<T> {
  for (const giveUpAt = Date.now() + waitMs; Date.now() < giveUpAt; await sleep(50)) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
  }
  throw new Error(`${what}: not within ${waitMs} ms`);
}

export const smsSent = (order: OrderView) => order.sms.sent > 0;
/** A human must look. */
export const asksHuman = (order: OrderView) => order.attention !== null;
export const ended = (order: OrderView) => order.closed_at !== null;
/** It has ended, and no human must look. */
export const closed = (order: OrderView) => ended(order) && !asksHuman(order);
