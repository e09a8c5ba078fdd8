// Waits until a question has an answer, and the states of an order that tests wait for.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OrderView } from '../../src/order/view.ts';

/** Longer than a busy machine stalls: a test waits this long only where it fails. */
export const WAIT_MS = 60_000;

/** Asks until there is an answer; throws after `waitMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  waitMs = WAIT_MS,
): Promise<T> {
  for (const giveUpAt = performance.now() + waitMs; performance.now() < giveUpAt; await sleep(50)) {
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
