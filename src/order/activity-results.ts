// The results of activities: how a call to seQura ended, whether webhooks can come in, what an earlier run knew.
import type { Failure, Order } from './order.ts';

/** How a create ended. */
export type CreateResult =
  | { outcome: 'created'; sequraOrderId: string; orderUuid: string | null }
  | { outcome: 'not_sent'; failure: Failure; retryAfterMs: number | null }
  | { outcome: 'refused'; failure: Failure }
  | { outcome: 'unknown' };

/** The phone's digest and the day, `{digest} {day}`; set where the merchant has a budget of SMS. */
type Counted = { counted?: string };

/** How an SMS ended. */
export type SmsResult =
  | ({ outcome: 'sent' } & Counted)
  | { outcome: 'refused' }
  /** `repeat` false: the SMS is not sent again unless somebody asks for it. */
  | ({ outcome: 'unknown'; repeat?: false } & Counted)
  /** Not sent: the phone has had as many SMS today as the merchant allows. */
  | { outcome: 'over_limit' }
  | { outcome: 'not_sent'; retryAfterMs: number | null };

/** How a cancel ended. `withdrawn`: not sent, or not sent again, because seQura had meanwhile told us how the order ended. */
export type CancelResult =
  | { outcome: 'done' }
  /** `mayHaveArrived`: an earlier try may have reached seQura. */
  | { outcome: 'refused' | 'withdrawn'; mayHaveArrived: boolean };

/** Whether seQura's webhooks can come in. `openForMs`: the way in was closed, and has been open again for so long. */
export type WayIn = 'open' | 'closed' | { openForMs: number };

/** What a run made by a reset recovers: the order as the run before it knew it, null where that is no longer kept. `run`: the one that was reset. */
export type Recovery = { run: string; order: Order | null };
