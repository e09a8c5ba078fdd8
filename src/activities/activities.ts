// What a worker does for an order at seQura. Answers are results, not errors, so that the workflow decides what follows from them.
import type { CancelResult, CreateResult, SmsResult } from '../order/events.ts';
import type { OrderRequest } from '../order/request.ts';

export type CreateOrderInput = {
  request: OrderRequest;
  timeoutMs: number;
  /** The run was made by a reset, so an earlier run may have created the order already. */
  resetRun: boolean;
  /** A cancel was asked for meanwhile: nothing needs to be created any more. */
  cancelAsked: boolean;
  /** When an operator last cleared the way for another create. */
  clearedAt: string | null;
};

export type SequraOrderInput = { merchantId: string; sequraOrderId: string; timeoutMs: number };

export type OrderActivities = {
  /** One attempt: a create whose answer was lost must never be sent again by a retry policy that cannot know that. */
  createOrder(input: CreateOrderInput): Promise<CreateResult>;
  /** One attempt. `mobilePhone` null: to the number of the order. */
  sendSms(input: SequraOrderInput & { mobilePhone: string | null }): Promise<SmsResult>;
  /** Retried by Temporal until seQura answers: a cancel is harmless to repeat. */
  cancelOrder(input: SequraOrderInput & { mayHaveArrived: boolean }): Promise<CancelResult>;
};
