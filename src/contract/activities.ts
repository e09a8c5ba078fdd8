// What a worker does for an order at seQura. Answers are results, not errors, so that the workflow decides what follows from them.
import type { CancelResult, CreateResult, Forgotten, SmsResult, WayIn } from '../order/activity-results.ts';
import type { OrderRequest } from '../order/request.ts';
import type { NearOrder, Notification } from './messages.ts';

/** `askedBy`: the run that asks; missing in what was asked before runs said so. */
type Asking = { askedBy?: string };

/** Since when somebody wants this call, where it may not be made twice; missing in what was asked before calls said so: since it was scheduled. */
type Once = { wantedSince?: string };

type CreateOrderInput = Asking &
  Once & {
    request: OrderRequest;
    timeoutMs: number;
    /** A cancel was asked for meanwhile: nothing needs to be created any more. */
    cancelAsked: boolean;
    /** An operator has looked at seQura, and wants it created again. */
    lookedUp?: boolean;
  };

type SequraOrderInput = Asking & { merchantId: string; sequraOrderId: string; timeoutMs: number };

/** Instead of a result, where a reset has made the run forget: then nothing was done. */
export type OrForgotten<Result> = Result | { forgotten: Forgotten };

export type OrderActivities = {
  /** One attempt: a create whose answer was lost must never be sent again by a retry policy that cannot know that. */
  createOrder(input: CreateOrderInput): Promise<OrForgotten<CreateResult>>;
  /** One attempt. `mobilePhone` null: to the number of the order. */
  sendSms(input: SequraOrderInput & Once & { mobilePhone: string | null }): Promise<OrForgotten<SmsResult>>;
  /** Retried by Temporal until seQura answers: a cancel is harmless to repeat. */
  cancelOrder(input: SequraOrderInput & { mayHaveArrived: boolean }): Promise<OrForgotten<CancelResult>>;
  /** What the run knew which a reset replaced by this one; null where no reset made this one. */
  recall(): Promise<Forgotten | null>;
  /** Takes seQura's number for the order that asks; `holder`: the id of another one that has it. */
  claimNumber(input: { number: string }): Promise<{ holder: string | null }>;
  /** Whether seQura's webhooks can come in now. Local, and harmless to repeat. */
  lookAtWayIn(): Promise<WayIn>;
  /** Fails, and is retried by Temporal, until webhooks can come in. */
  awaitWayIn(): Promise<void>;
  /** Orders whose reference is close to one that no order has. */
  findNearOrders(input: { merchantId: string; reference: string }): Promise<NearOrder[]>;
};

/** `gone`: the endpoint answered 410. `not_wanted`: its merchant has no endpoint in the settings (any more). */
export type NotifyResult = 'delivered' | 'gone' | 'not_wanted';

export type NotificationActivities = {
  /** Retried by Temporal until it ends in one of these: any other end is a failure whose message is one word. */
  notify(notification: Notification): Promise<NotifyResult>;
};
