// src/gateway: the orders as the API sees them, with a file per verb: place, read, watch, list, command ….
//
// The orders as the API sees them: every question and every command is one or two calls to Temporal.
import type { By } from '../order/order.ts';
import type { Resolution } from '../order/resolution.ts';
import type { SequraEvent } from '../order/webhook.ts';
import type { SmsAnswer } from '../contract/messages.ts';
import type { IdempotencyKey } from './claim-key.ts';
import type { OrderPolicy, OrderRequest } from '../order/request.ts';
import type { AttentionReason, OrderStatus } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';

export type Placing = {
  request: OrderRequest;
  policy: OrderPolicy;
  currency: string;
  /** From the request, to compare repeats by; undefined where the merchant's setting applies. */
  confirmWithinSeconds: number | undefined;
};

export type OrderFilter = {
  /** Merchants whose orders the caller may see. */
  merchantIds: readonly string[];
  reference?: string | undefined;
  status?: OrderStatus | undefined;
  /** `true`: any attention. */
  attention?: true | AttentionReason | undefined;
  limit: number;
  cursor?: string | undefined;
};

/** `unreadable`: ids of orders of this page that no key of this process can read. */
export type OrderPage = { data: OrderView[]; unreadable: string[]; nextCursor: string | null };

/** The outcome of an SMS that a backend asked for; `pending`: not known within the time that an answer may take. */
export type SmsCommandOutcome = SmsAnswer['outcome'] | 'pending';

/**
 * `signalled`: sent to the order's running workflow. `reopened`: sent to a new run of a closed or stopped order. `no_effect`: changes nothing about a
 * closed order, so not sent. `unmatched`: matches no order, so kept as a record of its own.
 */
export type WebhookTaken = 'signalled' | 'reopened' | 'no_effect' | 'unmatched';

/** What a command came to. `repeat`: it had been asked for before, with the same key, and nothing was done again. */
type Commanded<What = object> = What & { order: OrderView; repeat: boolean };

/** With a key, a request is carried out once, and whoever repeats it is told what it came to; null: without. `KeyReusedError`: it has another request. */
type Key = IdempotencyKey | null;

/** Every method throws `TemporalUnavailableError` where Temporal does not answer in time. */
export type Orders = {
  /** Starts the order's workflow, or finds the one that has its id already. */
  place(placing: Placing, key?: Key): Promise<{ outcome: 'started' | 'repeated' | 'conflict'; order: OrderView }>;
  /** The newest run's order, from its memo: works with every worker stopped. Null: no such order. */
  get(id: string): Promise<OrderView | null>;
  /** A state that somebody has just been shown, read from nowhere, for whoever has it and waits for the next one: see `watch.ts`. */
  latest(id: string): OrderView | null;
  /** The order as it is and then as it changes, or what follows the state that is `known`, until `signal` aborts: see `watch.ts`. */
  changes(id: string, signal: AbortSignal, known?: OrderView): AsyncGenerator<OrderView | null>;
  /** The order as soon as `until` holds, or as it is after `waitMs` or when `signal` aborts. `until` does not hold for what is `known`. */
  watch(
    id: string,
    until: (order: OrderView) => boolean,
    waitMs: number,
    signal?: AbortSignal,
    known?: OrderView,
  ): Promise<OrderView | null>;
  /** May lag some seconds. Throws `InvalidCursorError`. */
  list(filter: OrderFilter): Promise<OrderPage>;
  /** Throws `OrderRefusal` and `NoWorkerError`, as do `cancel` and `resolve`. Null: no such order. `by`: who asks, for the timeline. */
  sendSms(
    id: string,
    mobilePhone: string | null,
    key?: Key,
    by?: By,
  ): Promise<Commanded<{ outcome: SmsCommandOutcome }> | null>;
  /** Answers when the cancel is settled, and at the latest after 10 s. `end`: what the order came to by it; null: held for an operator. */
  cancel(id: string, key?: Key, by?: By): Promise<Commanded<{ end: OrderStatus | null }> | null>;
  resolve(id: string, resolution: Resolution, key?: Key): Promise<Commanded | null>;
  /** Whether the key has a request. */
  isKnown(key: Pick<IdempotencyKey, 'id'>): Promise<boolean>;
  /** Has a test message sent to the merchant's endpoint. `id`: of the workflow that sends it. */
  testNotification(merchantId: string, key?: Key): Promise<{ id: string; repeat: boolean }>;
  /** Returns after Temporal has recorded the webhook, within 2 s or not at all. */
  webhook(merchantId: string, reference: string, webhook: SequraEvent): Promise<WebhookTaken>;
};
