// What is known of an order. It is plain data without personal data, kept by the workflow and published in the memo of its newest run.
import { orderWorkflowId, parseOrderId } from './ids.ts';
import type { KeyedCommand } from './keyed.ts';
import type { OrderPolicy, OrderRequest } from './request.ts';
import { totalCents } from './request.ts';
import type { AttentionReason, OrderStatus, ResolveAction } from './status.ts';
import { ATTENTION_REASONS } from './status.ts';

export const SMS_OUTCOMES = ['sent', 'refused', 'unknown'] as const;
export type SmsOutcome = (typeof SMS_OUTCOMES)[number];

export const FAILURE_CODES = ['refused', 'unauthorized', 'rate_limited', 'unreachable', 'given_up'] as const;

/** Why no order came to be (http-api.md, section 4); `http_status` is null without an answer. */
export type Failure = {
  code: (typeof FAILURE_CODES)[number];
  http_status: number | null;
  errors: { code: string }[];
};

/** Entries of the timeline that say no more than what happened, and when. */
export const PLAIN_EVENTS = [
  'accepted',
  'created',
  'recreated',
  'sms_requested',
  'sms_sent',
  'sms_failed',
  'cancel_requested',
  'cancelled',
  'cancellation_requested',
  'confirmed',
  'expired',
  'failed',
] as const;

export type TimelineEntry = { at: string } & (
  | { event: 'attention'; reason: AttentionReason }
  | { event: 'webhook_noted' | 'webhook_duplicate'; name: string }
  | { event: 'resolved'; action: ResolveAction; operator: string; note: string }
  | ({ event: (typeof PLAIN_EVENTS)[number] } & Partial<By>)
);

/** Who asked for something by name, and why. No personal data. */
export type By = { operator: string; note: string };

/**
 * The newest answer of an operator that was carried out after the API had given up on it, so that its caller may repeat it. `words`: the text of the
 * answer. `since`: of the attention that it answered.
 */
export type LateAnswer = { words: string; since: string | null; at: string };

/** Times are RFC 3339 UTC texts as `Date#toISOString` writes them, so they compare as texts. */
export type Order = {
  id: string;
  reference: string;
  merchantId: string;
  storeRef: string;
  totalCents: number;
  currency: string;
  policy: OrderPolicy;
  status: OrderStatus;
  /** Each open attention, and the time since which it is open. */
  attentions: Partial<Record<AttentionReason, string>>;
  revision: number;
  sequraOrderId: string | null;
  /** An operator gave the number, and may have mistyped it. */
  numberIsTyped?: boolean;
  orderUuid: string | null;
  createdAt: string;
  confirmBy: string | null;
  closedAt: string | null;
  failure: Failure | null;
  create: {
    /** `due`: nothing was sent; `sending`; `backoff`: surely not sent, again at `retryAt`; `unknown`: an operator decides; `done`. */
    phase: 'due' | 'sending' | 'backoff' | 'unknown' | 'done';
    attempts: number;
    /** Start of the time within which it is tried again. */
    firstAt: string | null;
    retryAt: string | null;
    /** An earlier create had an unknown outcome and was followed by another (`on_create_outcome_unknown: recreate`). */
    doubt: boolean;
    /** When an operator asked for the create again. */
    againAt?: string;
  };
  sms: {
    /** SMS that were, or may have been, sent. */
    sent: number;
    lastSentAt: string | null;
    lastOutcome: SmsOutcome | null;
    /** Ids of the SMS still to send, oldest first. */
    queue: string[];
    /** The reminder was asked for, or its time has passed. */
    reminded?: true;
    /** The SMS of this run on the day of its newest, as the search attribute `SmsOfDay` has them; only where the merchant has a budget. */
    ofDay?: string[];
    /** When each SMS in the queue was asked for, by its id; left out for the one that came with the order. */
    askedAt?: Record<string, string>;
    /** Tries of the oldest SMS in the queue that surely did not reach seQura. */
    tries: number;
    /** Whether the oldest SMS in the queue was already repeated after a lost answer. */
    repeated: boolean;
    retryAt: string | null;
  };
  /** A cancel that is wanted, or under way; null where none is. */
  cancel: {
    cause: 'request' | 'deadline';
    /** The order was confirmed before this cancel was asked for. */
    ofConfirmed: boolean;
    phase: 'due' | 'sending' | 'settling' | 'refused' | 'crossed';
    /** Until when a refused cancel waits for the confirmation that would explain it; stays once set. */
    settleUntil: string | null;
    /** An attempt may have reached seQura. */
    mayHaveArrived: boolean;
  } | null;
  /** When seQura's webhooks first said this, whatever the status was. */
  heard: { confirmedAt: string | null; cancelledAt: string | null };
  /** Until when the order waits for a repeated confirmation, because its deadline passed while no worker ran, or while webhooks could not come in. */
  graceUntil?: string | null;
  /** The deadline has passed, and at the last look webhooks could not come in. */
  webhooksShutOut?: boolean;
  lateAnswer?: LateAnswer | null;
  /** Commands that came with an idempotency key, newest last. */
  keyed?: KeyedCommand[];
  /** Set in a run made by a reset once it has recovered: the run that was reset. */
  tookOverFrom?: string | null;
  /** Keys of the webhooks that were taken, newest last. */
  seen: string[];
  timeline: TimelineEntry[];
};

/** A new order, before anything was sent to seQura. `currency` is an ISO 4217 code. */
export function acceptOrder(request: OrderRequest, policy: OrderPolicy, currency: string, at: string): Order {
  return {
    id: orderWorkflowId(request.merchant.id, request.reference),
    reference: request.reference,
    merchantId: request.merchant.id,
    storeRef: request.merchant.store_ref,
    totalCents: totalCents(request.cart_items),
    currency,
    policy,
    status: 'creating',
    attentions: {},
    revision: 1,
    sequraOrderId: null,
    orderUuid: null,
    createdAt: at,
    confirmBy: null,
    closedAt: null,
    failure: null,
    create: { phase: 'due', attempts: 0, firstAt: null, retryAt: null, doubt: false },
    sms: { sent: 0, lastSentAt: null, lastOutcome: null, queue: [], tries: 0, repeated: false, retryAt: null },
    cancel: null,
    heard: { confirmedAt: null, cancelledAt: null },
    seen: [],
    timeline: [{ at, event: 'accepted' }],
  };
}

/** The value, if it is an order with this id and with the merchant and reference of the id; otherwise null. */
export function orderOf(id: string, value: unknown): Order | null {
  if (typeof value !== 'object' || value === null || !('id' in value) || value.id !== id) return null;
  const order = value as Order;
  const named = { merchantId: order.merchantId, reference: order.reference };
  return JSON.stringify(parseOrderId(id)) === JSON.stringify(named) ? order : null;
}

export type OpenAttention = { reason: AttentionReason; since: string };

/** The most pressing open attention, which is the one that the API shows and `resolve` answers. */
export function openAttention(order: Order): OpenAttention | null {
  for (const reason of ATTENTION_REASONS) {
    const since = order.attentions[reason];
    if (since !== undefined) return { reason, since };
  }
  return null;
}
