// Orders to test with: the messages of a backend, of seQura and of an operator, and orders in the state where a test begins.
import type { Seen } from '../../src/gateway/seen.ts';
import type { NewOrderEvent } from '../../src/order/events.ts';
import { EXAMPLE_REQUEST } from '../../src/order/example.ts';
import { evolve } from '../../src/order/evolve.ts';
import { orderWorkflowId } from '../../src/order/ids.ts';
import type { Order } from '../../src/order/order.ts';
import { acceptOrder } from '../../src/order/order.ts';
import type { OrderPolicy, OrderRequest } from '../../src/order/request.ts';

/** 250.00 EUR unless said otherwise. */
export function orderRequest(overrides: Partial<OrderRequest> = {}): OrderRequest {
  return { ...EXAMPLE_REQUEST, ...overrides };
}

export function orderPolicy(overrides: Partial<OrderPolicy> = {}): OrderPolicy {
  return {
    confirmWithinSeconds: 86_400,
    createRetrySeconds: 300,
    onCreateOutcomeUnknown: 'hold',
    smsLimit: 3,
    settleSeconds: 600,
    cancelOverdueSeconds: 1_800,
    sequraTimeoutMs: 15_000,
    ...overrides,
  };
}

/** The id of an order of the merchant of all tests. */
export function idOf(reference: string): string {
  return orderWorkflowId('merchant_1', reference);
}

export function orderPath(id: string, action = ''): string {
  return `/v1/orders/${encodeURIComponent(id)}${action}`;
}

/** An operator's answer: the body of `resolve`, and of the update with this name. */
export function resolution<Action extends string>(action: Action) {
  return { action, operator: 'ana', note: 'looked it up' };
}

/** A webhook, as the gateway relays it. */
export const confirmation = { event: 'order/confirmed', event_id: 'c1', kind: 'confirm' } as const;

const START = Date.parse('2026-11-22T10:00:00Z');

/** The time `seconds` after the order was accepted. */
export function at(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString();
}

export function newOrder(policy: Partial<OrderPolicy> = {}): Order {
  return acceptOrder(orderRequest(), orderPolicy(policy), 'EUR', at(0));
}

/** Applies events, one second apart, after the last entry of the timeline. */
export function after(order: Order, ...events: NewOrderEvent[]): Order {
  const last = Math.max(...order.timeline.map((entry) => Date.parse(entry.at)));
  return events.reduce((state, event, index) => {
    return evolve(state, { ...event, at: new Date(last + (index + 1) * 1000).toISOString() });
  }, order);
}

export const happen = {
  createStarted: { type: 'started', step: 'create' },
  created: { type: 'create_ended', result: { outcome: 'created', sequraOrderId: '4567', orderUuid: null } },
  createUnknown: { type: 'create_ended', result: { outcome: 'unknown' } },
  createRefused: {
    type: 'create_ended',
    result: { outcome: 'refused', failure: { code: 'refused', http_status: 422, errors: [{ code: 'invalid' }] } },
  },
  createNotSent: {
    type: 'create_ended',
    result: {
      outcome: 'not_sent',
      failure: { code: 'unreachable', http_status: null, errors: [] },
      retryAfterMs: null,
    },
  },
  smsSent: { type: 'sms_ended', result: { outcome: 'sent' } },
  smsUnknown: { type: 'sms_ended', result: { outcome: 'unknown' } },
  smsRefused: { type: 'sms_ended', result: { outcome: 'refused' } },
  smsNotSent: { type: 'sms_ended', result: { outcome: 'not_sent', retryAfterMs: null } },
  cancelRequested: { type: 'cancel_requested' },
  cancelStarted: { type: 'started', step: 'cancel' },
  cancelDone: { type: 'cancel_ended', result: { outcome: 'done' } },
  cancelRefused: { type: 'cancel_ended', result: { outcome: 'refused', mayHaveArrived: false } },
  confirm: { type: 'webhook', webhook: confirmation },
  cancelEvent: { type: 'webhook', webhook: { event: 'order/cancelled', event_id: 'x1', kind: 'cancel' } },
  unknownEvent: { type: 'webhook', webhook: { event: 'order/teleported', event_id: 'u1', kind: 'unknown' } },
  noted: { type: 'webhook', webhook: { event: 'order/account_in_debt', event_id: 'n1', kind: 'note' } },
  time: { type: 'time' },
  stopped: { type: 'stopped' },
} as const satisfies Record<string, NewOrderEvent>;

/** Lets time pass until `seconds` after the order was accepted. */
export function timeIs(order: Order, seconds: number): Order {
  return evolve(order, { type: 'time', at: at(seconds) });
}

export function awaiting(policy: Partial<OrderPolicy> = {}): Order {
  return after(newOrder(policy), happen.createStarted, happen.created, happen.smsSent);
}

/** As a watcher sees the run of an order: as many events as it has revisions. */
export function seenAs(order: Order): Seen {
  const listed = { sequraOrderId: null, confirmBy: null };
  return { order, published: order, listed, events: order.revision, runId: 'run', running: true, paused: false };
}

export function cancelling(policy: Partial<OrderPolicy> = {}): Order {
  return after(awaiting(policy), happen.cancelRequested);
}
