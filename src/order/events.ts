// What can happen to an order. Each event carries the time at which the workflow learned of it.
import type { CancelResult, CreateResult, Recovery, SmsResult, WayIn } from './activity-results.ts';
import type { By } from './order.ts';
import type { Resolution } from './resolution.ts';
import type { SequraEvent } from './webhook.ts';

/** `oldRule`: decide by the rule of the time when the history of this run was written. Never set in a new run. */
type Dated = { oldRule?: boolean };
/** `key`: the command came with an idempotency key; it stands for that key and the request. */
type Keyed = { key?: string };
/** An operator asked for it by name. */
type Named = { by?: By };

export type OrderEvent = { at: string } & (
  | { type: 'started'; step: 'create' | 'send_sms' | 'cancel' }
  | { type: 'create_ended'; result: CreateResult }
  | { type: 'sms_ended'; result: SmsResult }
  | { type: 'cancel_ended'; result: CancelResult }
  | { type: 'cancel_overdue' }
  /** `away`: the workflow learned of the time much too late. `wayIn`: set at a deadline, if it was looked at. */
  | { type: 'time'; away?: boolean; wayIn?: WayIn }
  /** Webhooks can come in again. */
  | { type: 'webhooks_reachable' }
  | ({ type: 'webhook'; webhook: SequraEvent } & Dated)
  | ({ type: 'cancel_requested' } & Dated & Keyed & Named)
  | ({ type: 'sms_requested'; requestId: string } & Keyed & Named)
  | ({ type: 'resolved'; resolution: Resolution } & Dated & Keyed)
  /** An earlier webhook has answered the question of a held create (`heldCreateIsAnswered`). */
  | { type: 'held_create_answered' }
  | { type: 'stopped' }
  | ({ type: 'recovered'; recovery: Recovery } & Dated)
);

/** An event before the workflow has said when it learned of it. */
export type NewOrderEvent = OrderEvent extends infer Event
  ? Event extends OrderEvent
    ? Omit<Event, 'at'>
    : never
  : never;
