// src/sequra: the provider: its three calls, its answers, its errors.
//
// The provider as the activities see it. Every failed call answers one question: was it sent, refused, or is the outcome unknown?
import type { OrderRequest } from '../order/request.ts';

/** Each method throws `NotSentError`, `RefusedError` or `OutcomeUnknownError` (errors.ts), and nothing else. */
export type Sequra = {
  createOrder(
    request: OrderRequest,
    options: CallOptions,
  ): Promise<{ sequraOrderId: string; orderUuid: string | null }>;
  /** `mobilePhone` null: to the number of the order. */
  sendSms(sequraOrderId: string, mobilePhone: string | null, options: CallOptions): Promise<void>;
  cancelOrder(sequraOrderId: string, options: CallOptions): Promise<void>;
};

export type CallOptions = {
  merchantId: string;
  /** Whole call, headers and body. */
  timeoutMs: number;
};
