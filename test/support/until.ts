// Asking again and again.
import { setTimeout as sleep } from 'node:timers/promises';

/** Until the answer is one; throws after `waitMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | false> | T | null | false,
  waitMs = 20_000,
): Promise<T> {
  for (const giveUpAt = Date.now() + waitMs; Date.now() < giveUpAt; await sleep(50)) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
  }
  throw new Error(`${what}: not within ${waitMs} ms`);
}
