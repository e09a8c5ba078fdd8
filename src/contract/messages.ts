// src/contract: what processes share: messages, names, activities, time limits, patches.
//
// The names and shapes of the messages to an order's workflow: from the API, from activities, and from operators in the Temporal UI.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SmsEnd } from '../order/keyed.ts';
import type { Resolution } from '../order/resolution.ts';
import type { SequraEvent } from '../order/webhook.ts';
import type { By, Order } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { OrderStatus } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';

/** Input of `orderWorkflow`: a new order, or one that ended or was stopped and now continues in a new run. */
export type OrderInput = {
  /** Left out where `compact`: it is in the memo. */
  order?: Order;
  /** Needed as long as the order may have to be created; null afterwards, so that personal data does not travel on. */
  request: OrderRequest | null;
  /** A new run of an order that had a run before. */
  reopened: boolean;
  /** The history is kept short (docs/decisions/0070). Missing in runs that an earlier release started: they go on as they began. */
  compact?: true;
};

/** Memo of every run: the order as it is now, and the digest of the request it was started with. */
export type OrderMemo = { order: Order; digest: string };

/** Input of `unmatchedWebhookWorkflow`. */
export type UnmatchedWebhook = { merchantId: string; reference: string; webhook: SequraEvent };

/** An order whose reference is close to that of a webhook which matches none. */
export type NearOrder = { id: string; reference: string; status: OrderStatus };

/** The record of such a webhook. `near`: missing in records from before such orders were looked for. */
export type KeptWebhook = UnmatchedWebhook & { near?: NearOrder[] };

/** Input of `notificationWorkflow`, and exactly the body that the merchant's endpoint gets. `timestamp`: of the change. */
export type Notification = { type: 'order.updated'; timestamp: string; data: OrderView };

/** A message of nothing, by which whoever sets an endpoint up sees that it is reached, and that it verifies. */
export type TestNotification = { type: 'test'; timestamp: string; data: { merchant_id: string } };

export type SmsAnswer = { outcome: SmsEnd; order: OrderView };

/** A webhook; Temporal records it even while no worker runs. */
export const sequraEventSignal = defineSignal<[SequraEvent]>('sequra_event');

/** A worker has seen that the call under way is held up: its activity is paused, or its options were changed so that it never ends. */
export const heldUpSignal = defineSignal('held_up');

/** Each may be refused with an `ApplicationFailure` whose type is a code of `refusal.ts`; then nothing is recorded. */
export const sendSmsUpdate = defineUpdate<SmsAnswer, [({ mobile_phone?: string | null } & Partial<By>) | null]>(
  'send_sms',
);
export const cancelUpdate = defineUpdate<OrderView, [By | undefined]>('cancel');
export const resolveUpdate = defineUpdate<OrderView, [Resolution]>('resolve');

/**
 * The id of an update that came with an idempotency key. `key`: a digest of it and the request. `claim`: changes when the key is given back, so that a
 * refused command can be sent again.
 */
export function keyedUpdateId({ key, claim }: { key: string; claim: string }): string {
  return `key ${key} ${claim}`;
}

export function keyOfUpdate(updateId: string): string | undefined {
  return /^key (\S+) \S+$/.exec(updateId)?.[1];
}

/** The cancel activity asks this right before it sends. The answer includes every webhook that Temporal has recorded by then. */
export const cancelStillWantedQuery = defineQuery<boolean>('cancel_still_wanted');
