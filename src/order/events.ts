// Everything that can happen to an order. Each event carries the time at which the workflow learned of it.
import type { Failure, Order } from './order.ts';
import type { AttentionReason, ResolveAction } from './status.ts';

/** What a webhook means for an order: `unknown` where no rule knows its name. */
export type WebhookKind = 'confirm' | 'cancel' | 'note' | 'unknown';

/** seQura's event as the API relays it, and as an operator may type it into the Temporal UI. */
export type SequraEvent = {
  event: string;
  event_id?: string | null | undefined;
  /** seQura's UUID of the order. */
  order_ref?: string | null | undefined;
  /** Missing where an operator typed the event: then its name decides. */
  kind?: WebhookKind | undefined;
};

/** What an operator answers to an attention (http-api.md, section 5). */
export type Resolution = {
  action: ResolveAction;
  operator: string;
  note: string;
  sequra_order_id?: string | undefined;
  /** What it answers, as the API read it; an operator in the Temporal UI answers what is open. */
  answers?: { reason: AttentionReason; since: string } | undefined;
  /** When the API sent it: it may be carried out long after its caller was told that no worker is there. */
  asked_at?: string | undefined;
};

/**
 * Whether seQura's confirmations can come in, as a worker found at an order's deadline: a number says for how many ms they could again, after
 * they could not.
 */
export type WayIn = 'open' | 'closed' | { openForMs: number };

/** What a run has forgotten that was made by a reset of `run`: all that the newest run before it knew; null where that is no longer kept. */
export type Forgotten = { run: string; order: Order | null };

/** How a create ended, as the activity reports it. */
export type CreateResult =
  | { outcome: 'created'; sequraOrderId: string; orderUuid: string | null }
  | { outcome: 'not_sent'; failure: Failure; retryAfterMs: number | null }
  | { outcome: 'refused'; failure: Failure }
  | { outcome: 'unknown' };

/** How an SMS ended. */
export type SmsResult =
  | { outcome: 'sent' | 'refused' }
  /** `repeat` false: it is not sent once more by itself. */
  | { outcome: 'unknown'; repeat?: false }
  | { outcome: 'not_sent'; retryAfterMs: number | null };

/** How a cancel ended. `withdrawn`: not sent (any more), because seQura had meanwhile told us how the order ended. */
export type CancelResult =
  | { outcome: 'done' }
  /** `mayHaveArrived`: an earlier try may have reached seQura. */
  | { outcome: 'refused' | 'withdrawn'; mayHaveArrived: boolean };

/** Decided as the rules were when the history of this run was written; a new run never is. */
type Dated = { oldRule?: boolean };

export type OrderEvent = { at: string } & (
  | { type: 'started'; step: 'create' | 'send_sms' | 'cancel' }
  | { type: 'create_ended'; result: CreateResult }
  | { type: 'sms_ended'; result: SmsResult }
  | { type: 'cancel_ended'; result: CancelResult }
  | { type: 'cancel_overdue' }
  /** `away`: the time had come long before the workflow could learn of it. `wayIn`: at a deadline, where it was looked at. */
  | { type: 'time'; away?: boolean; wayIn?: WayIn }
  /** Webhooks can come in again. */
  | { type: 'webhooks_reachable' }
  | ({ type: 'webhook'; webhook: SequraEvent } & Dated)
  | ({ type: 'cancel_requested' } & Dated)
  | { type: 'sms_requested'; requestId: string }
  | ({ type: 'resolved'; resolution: Resolution } & Dated)
  /** What a held create waits for has been heard before (`isTold`). */
  | { type: 'told' }
  | { type: 'stopped' }
  | ({ type: 'reminded'; of: Forgotten } & Dated)
);

/** An event before the workflow has said when it learned of it. */
export type NewOrderEvent = OrderEvent extends infer Event
  ? Event extends OrderEvent
    ? Omit<Event, 'at'>
    : never
  : never;
