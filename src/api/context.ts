// What routes and middleware get: the collaborators of the app, and what is noted of a request on its way.
import type { Logger } from 'pino';
import type { ApiKey, Merchant } from '../config/model.ts';
import type { Orders, WebhookTaken } from '../gateway/orders.ts';
import type { Turn } from './http/lanes.ts';
import type { Limits } from './http/limits.ts';

export type Context = {
  orders: Orders;
  merchants: ReadonlyMap<string, Merchant>;
  clock: () => Date;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  metrics?: ApiMetrics | undefined;
  limits: Limits;
  /** Aborts when the process is told to end: waiting answers are then given at once. */
  draining?: AbortSignal | undefined;
};

/** What the API counts. `route` is a pattern, never a path. */
export type ApiMetrics = {
  /** `id`: of an API key. */
  keyUsed: (id: string) => void;
  /** Refused by the HTTP parser, before any route, or by a limit. `code` is the problem's. */
  requestRefused: (code: string) => void;
  requestEnded: (facts: { method: string; route: string; status: number; seconds: number }) => void;
  /** `seconds`: until it was recorded. */
  webhookEnded: (merchantId: string, outcome: WebhookTaken | 'not_wanted', seconds: number) => void;
};

declare global {
  namespace Express {
    interface Locals {
      /** Also in the header `Request-Id`, and in every log line about the request. */
      requestId?: string;
      /** The caller presented a key or a token that nobody has. */
      wrongSecret?: true;
      /** The key that the request presented. */
      apiKey?: ApiKey;
      /** Whether that key has been taken away or given other rights, or has expired, since. */
      isRevoked?: () => boolean;
      /** The merchant whose webhooks come to this address. */
      merchant?: Merchant;
      /** When its next step may begin. */
      turn?: Turn;
      /** The order that the request is about. */
      orderId?: string;
    }
  }
}
