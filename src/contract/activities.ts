// The activities, as workflows call them. How a call ended is a result, also where it is in the details of a failure: the workflow decides what follows.
import type { CancelResult, CreateResult, Recovery, SmsResult, WayIn } from '../order/activity-results.ts';
import type { OrderRequest } from '../order/request.ts';
import type { NearOrder, Notification, TestNotification } from './messages.ts';

type Asking = {
  /** The run that asks. Old histories lack it. */
  askedBy?: string;
  /** The run reads the result also from a failure, which Temporal's timeline shows. Left out by runs that are not compact. */
  failsIfNotDone?: true;
};

/** When a call that may be made only once was asked for. Old histories lack it: then the time it was scheduled. */
type Once = { wantedSince?: string };

type CreateOrderInput = Asking &
  Once & {
    request: OrderRequest;
    timeoutMs: number;
    /** A cancel was asked for meanwhile: nothing needs to be created any more. */
    cancelAsked: boolean;
    /** An operator has looked at seQura, and wants the order created again. */
    lookedUp?: boolean;
  };

type SequraOrderInput = Asking & { merchantId: string; sequraOrderId: string; timeoutMs: number };

/** `forgotten`: nothing was done, because a reset made the run, which has to recover first. (The name is kept in histories.) */
export type OrRecovery<Result> = Result | { forgotten: Recovery };

/** Left out where the merchant has no budget of SMS. `phoneDigest`: of the order's own number. */
type Budgeted = { budget?: { perDay: number; phoneDigest: string | null } };

export type OrderActivities = {
  /** One attempt: a create whose answer was lost must never be sent again by a retry policy that cannot know that. */
  createOrder(input: CreateOrderInput): Promise<OrRecovery<CreateResult>>;
  /** One attempt. `mobilePhone` null: to the number of the order. */
  sendSms(input: SequraOrderInput & Once & Budgeted & { mobilePhone: string | null }): Promise<OrRecovery<SmsResult>>;
  /** Retried by Temporal until seQura answers: a cancel is harmless to repeat. */
  cancelOrder(input: SequraOrderInput & { mayHaveArrived: boolean }): Promise<OrRecovery<CancelResult>>;
  /** What a run made by a reset has to recover; null for any other run. (The name is kept in histories.) */
  recall(): Promise<Recovery | null>;
  /** Reserves seQura's number for the order that asks; `holder`: the id of another order that has it. (The name is kept in histories.) */
  claimNumber(input: { number: string }): Promise<{ holder: string | null }>;
  /** Whether seQura's webhooks can come in now. Local, and harmless to repeat. */
  lookAtWayIn(): Promise<WayIn>;
  /** Fails, and is retried by Temporal, until webhooks can come in. */
  awaitWayIn(): Promise<void>;
  /** Replays some histories of each kind. `misfits`: the ids of workflows that this release would carry on otherwise than their histories say. */
  replaySample(): Promise<{ replayed: number; misfits: string[] }>;
};

/** `gone`: the endpoint answered 410. `not_wanted`: its merchant has no endpoint in the settings (any more). */
export type NotifyResult = 'delivered' | 'gone' | 'not_wanted';

/** On a queue of their own: none of them may delay a call to seQura. */
export type NotificationActivities = {
  /** Temporal retries it until it has one of these results. Any other outcome is a failure whose message is one word. */
  notify(notification: Notification | TestNotification): Promise<NotifyResult>;
  /** Orders whose reference is close to that of a webhook which matches no order. (The name is kept in histories.) */
  findNearOrders(input: { merchantId: string; reference: string }): Promise<NearOrder[]>;
};
