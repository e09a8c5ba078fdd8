// One run of an order's workflow: what it knows, and what it makes of an event.
import { allHandlersFinished, workflowInfo } from '@temporalio/workflow';
import type { OrderInput, SmsAnswer } from '../contract/messages.ts';
import { patched } from '../contract/patches.ts';
import type { NewOrderEvent } from '../order/events.ts';
import { evolve } from '../order/evolve.ts';
import { joinsUnnoted, wasAsked } from '../order/on-cancel.ts';
import { answersInVain } from '../order/on-resolution.ts';
import { isSameAgain } from '../order/on-webhook.ts';
import type { Order } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { UnderWay } from './calls.ts';
import type { MerchantNotices } from './notify-merchant.ts';
import { merchantNotices } from './notify-merchant.ts';
import { publish } from './publish.ts';
import type { Resets } from './recover/resets.ts';

/** An SMS that a backend or an operator asked for: the number it goes to (null: the order's own) and what became of it. */
export type AskedSms = { mobilePhone: string | null; outcome: SmsAnswer['outcome'] };

export type OrderRun = {
  order: () => Order;
  apply: (event: NewOrderEvent) => void;
  /** Null once the order exists at seQura. */
  request: OrderRequest | null;
  askedSms: Map<string, AskedSms>;
  underWay: UnderWay;
  notices: MerchantNotices;
  /** A reset made this run, now or before. */
  wasReset: () => boolean;
  /** A reset made it, and it has not recovered yet what the run before it knew. */
  mustRecover: () => boolean;
  /** Says that it has, or that there is nothing to recover. */
  hasRecovered: () => void;
  /** Every wait has to end: the run has to recover, or to continue as new. */
  interrupted: () => boolean;
  /** An activity's answer, as far as it may be believed. */
  own: (given: unknown) => unknown;
};

export function orderRun({ order: first, request }: OrderInput, resets: Resets): OrderRun {
  let order = first;
  let recoveries = 0;
  const notices = merchantNotices();
  const hasRecovered = () => void (recoveries = resets.count);
  const mustRecover = () => resets.count > recoveries;

  function apply(event: NewOrderEvent): void {
    const before = order;
    order = evolve(order, { ...event, ...ruleOf(order, event), at: now() });
    if (event.type === 'recovered') hasRecovered();
    publish(before, order);
    notices.changed(before, order);
  }

  return {
    order: () => order,
    apply,
    request,
    askedSms: new Map(),
    underWay: { scope: null },
    notices,
    wasReset: () => resets.count > 0,
    mustRecover,
    hasRecovered,
    interrupted: () => mustRecover() || mustContinueAsNew(),
    own: resets.own,
  };
}

/** The history has become long, with webhooks that came over and over for example, and nothing is under way. */
export function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

/** A run whose history is older than a rule goes on without it. `patched` is called only where the rule makes a difference. */
function ruleOf(order: Order, event: NewOrderEvent): { oldRule?: true } {
  const isOld =
    (event.type === 'webhook' && isSameAgain(order, event.webhook) && !patched('the-same-again-is-remembered')) ||
    (event.type === 'cancel_requested' && joinsUnnoted(order) && !patched('a-cancel-that-joins-is-noted')) ||
    (event.type === 'recovered' && wasAsked(order) && !patched('a-confirmation-overtakes-a-cancel')) ||
    (event.type === 'resolved' &&
      answersInVain(order, event.resolution) &&
      !patched('a-question-left-open-is-asked-anew'));
  return isOld ? { oldRule: true } : {};
}

export function now(): string {
  return new Date().toISOString();
}
