// What routes and all that requests pass may use, and what they note of a request.
import type { Logger } from 'pino';
import type { ApiKey, Merchant } from '../config/model.ts';
import type { Orders, WebhookTaken } from '../gateway/orders.ts';
import type { Place } from './http/lanes.ts';
import type { Limits } from './http/limits.ts';

export type Context = {
  orders: Orders;
  merchants: ReadonlyMap<string, Merchant>;
  clock: () => Date;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  metrics?: ApiMetrics | undefined;
  limits: Limits;
  /** Aborts when the process is to end: answers that wait are given at once. */
  draining?: AbortSignal | undefined;
};

/** What the API counts. `route` is a pattern, never a path. */
export type ApiMetrics = {
  /** By the HTTP parser, before any route, or by a limit; `code` of the problem. */
  requestRefused: (code: string) => void;
  requestEnded: (facts: { method: string; route: string; status: number; seconds: number }) => void;
  webhookEnded: (merchantId: string, outcome: WebhookTaken | 'not_wanted') => void;
};

declare global {
  namespace Express {
    interface Locals {
      /** Also in the header of that name, and in every line about the request. */
      requestId?: string;
      /** What was presented as a secret of ours is none. */
      wrongSecret?: true;
      /** The key that the request presented. */
      apiKey?: ApiKey;
      /** The merchant whose webhooks come to this address. */
      merchant?: Merchant;
      /** Among all that is to be done here. */
      place?: Place;
      /** The order that the request is about. */
      orderId?: string;
    }
  }
}
