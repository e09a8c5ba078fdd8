// What the ledger records, as plain data; tests are judged by it. Keys are those of its JSON.
import type { CreateBody } from './create-body.ts';

export const CALL_KINDS = ['create', 'send_sms', 'cancel'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** What changed at the provider; `financing_asked`: a confirmed order was cancelled, and the financing provider is asked. */
export type Effect =
  'created' | 'sms_sent' | 'confirmed' | 'declined' | 'closed' | 'cancelled' | 'financing_asked' | 'completed';

/**
 * How a call ended: a whole answer was written, a part of one (`cut`), the connection was reset, or it got no answer until
 * the client left (`client_left`) or the simulator hung up or ended (`closed`).
 */
export type CallOutcome = 'under_way' | 'answered' | 'cut' | 'reset' | 'client_left' | 'closed';

export type Call = {
  at: string;
  ended_at: string | null;
  kind: CallKind;
  /** Null where the caller is not known, or the call names no order. */
  merchant_id: string | null;
  reference: string | null;
  order_id: number | null;
  outcome: CallOutcome;
  http_status: number | null;
  /** The fault that took effect on this call. */
  fault: string | null;
  effect: Effect | null;
};

export const ORDER_STATUSES = ['pending', 'confirmed', 'cancelled', 'completed'] as const;

export type ProviderOrder = {
  id: number;
  uuid: string;
  merchant_id: string;
  store_ref: string;
  reference: string;
  status: (typeof ORDER_STATUSES)[number];
  /** The customer was refused. The order stays pending, without a webhook. */
  declined: boolean;
  /** Integer cents. */
  total_with_tax: number;
  currency: string;
  created_at: string;
  /** The body of the create, as it was received. */
  request: CreateBody;
  sms: { at: string; phone: string; link: string }[];
  effects: { at: string; effect: Effect }[];
  calls: Call[];
};

export type WebhookTry = {
  at: string;
  /** Null while under way, and where the simulator ended meanwhile. */
  duration_ms: number | null;
  http_status: number | null;
  /** Why there is no answer, such as `timeout`, `ECONNREFUSED` or `simulator_ended`. */
  error: string | null;
  redirects: number;
  /** There was an answer, and a fault threw it away. */
  answer_lost: boolean;
};

/** `refused`: 501, never repeated. `dropped`: every repeat failed. `withheld`: never sent (a fault, or no URL). */
export type DeliveryState = 'under_way' | 'delivered' | 'refused' | 'dropped' | 'withheld';

export type Delivery = {
  at: string;
  order_id: number;
  merchant_id: string;
  reference: string;
  event: string;
  event_id: string | null;
  params: Record<string, string | string[]>;
  state: DeliveryState;
  /** When its next try is, or was; null where none is to come. */
  due_at: string | null;
  fault: string | null;
  tries: WebhookTry[];
};

export type FaultHit = { reference: string; call: CallKind | 'webhook'; kind: string; hits: number; last_at: string };

export type LedgerRecord = { orders: ProviderOrder[]; calls: Call[]; webhooks: Delivery[]; fault_hits: FaultHit[] };
