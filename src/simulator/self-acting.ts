// Customers who act by themselves, as the reference of their order asks: a moment after its first SMS, whatever was restarted meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Move, MoveOutcome } from './customer.ts';
import type { Ledger } from './ledger.ts';
import { magicOf } from './magic-references.ts';
import type { ProviderOrder } from './records.ts';

export type SelfActing = {
  /** To be called with each SMS. A move that was made already is not possible again. */
  gotSms(order: ProviderOrder): void;
  /** Goes on with the customers of an earlier process. */
  resume(): void;
  /** Nobody acts any more. */
  abandon(): void;
};

/** Long enough for a shop to see that the order waits for its customer. */
export const ACTS_AFTER_MS = 1_000;

export function createSelfActing(
  ledger: Ledger,
  moves: Record<Move, (order: ProviderOrder) => MoveOutcome>,
  actsAfterMs: number,
): SelfActing {
  let abandoned = new AbortController();

  async function act(order: ProviderOrder, move: Move, dueMs: number, signal: AbortSignal): Promise<void> {
    const inTime = await sleep(Math.max(0, dueMs - Date.now()), true, { signal }).catch(() => false);
    if (inTime) moves[move](order);
  }

  function gotSms(order: ProviderOrder): void {
    const { move } = magicOf(order.reference);
    const [first] = order.sms;
    if (move === undefined || first === undefined) return;
    void act(order, move, Date.parse(first.at) + actsAfterMs, abandoned.signal);
  }

  return {
    gotSms,
    resume() {
      for (const order of ledger.record().orders) gotSms(order);
    },
    abandon() {
      abandoned.abort();
      abandoned = new AbortController();
    },
  };
}
