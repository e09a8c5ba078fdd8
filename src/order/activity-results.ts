// What an activity found: how a call to seQura ended, whether webhooks can come in, what an earlier run knew.
import type { Failure, Order } from './order.ts';

/** How a create ended. */
export type CreateResult =
  | { outcome: 'created'; sequraOrderId: string; orderUuid: string | null }
  | { outcome: 'not_sent'; failure: Failure; retryAfterMs: number | null }
  | { outcome: 'refused'; failure: Failure }
  | { outcome: 'unknown' };

/** How an SMS ended. */
export type SmsResult =
  | { outcome: 'sent' | 'refused' }
  /** `repeat` false: it is not sent a second time without being asked for. */
  | { outcome: 'unknown'; repeat?: false }
  | { outcome: 'not_sent'; retryAfterMs: number | null };

/** How a cancel ended. `withdrawn`: not sent (any more), because seQura had meanwhile told us how the order ended. */
export type CancelResult =
  | { outcome: 'done' }
  /** `mayHaveArrived`: an earlier try may have reached seQura. */
  | { outcome: 'refused' | 'withdrawn'; mayHaveArrived: boolean };

/** Whether seQura's webhooks can come in. `openForMs`: they could not, and for so many ms they can again. */
export type WayIn = 'open' | 'closed' | { openForMs: number };

/** What a run recovers that a reset made: the order as the run before it knew it, null where that is no longer kept. `run`: which was reset. */
export type Recovery = { run: string; order: Order | null };
