// One run of an order's workflow: what it knows, and what it makes of an event.
import { allHandlersFinished, workflowInfo } from '@temporalio/workflow';
import type { SmsAnswer } from '../contract/messages.ts';
import { patched } from '../contract/patches.ts';
import type { NewOrderEvent } from '../order/events.ts';
import { evolve } from '../order/evolve.ts';
import { joinsUnnoted, wasAsked } from '../order/on-cancel.ts';
import { answersInVain } from '../order/on-resolution.ts';
import { isSameAgain } from '../order/on-webhook.ts';
import type { Order } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { UnderWay } from './calls.ts';
import type { RunFacts } from './interceptors.ts';
import type { MerchantNotifications } from './notify-merchant.ts';
import { merchantNotifications } from './notify-merchant.ts';
import { publisher } from './publish.ts';

/** An SMS that a backend or an operator asked for: its number (null: the order's own) and its outcome. */
export type AskedSms = { mobilePhone: string | null; outcome: SmsAnswer['outcome'] };

export type OrderRun = {
  order: () => Order;
  apply: (event: NewOrderEvent) => void;
  /** Null once the order exists at seQura. */
  request: OrderRequest | null;
  askedSms: Map<string, AskedSms>;
  underWay: UnderWay;
  notifications: MerchantNotifications;
  /** Whether a reset made this run, now or before. */
  wasReset: () => boolean;
  /** Whether a reset made this run, and it has not yet recovered what the run before it knew. */
  mustRecover: () => boolean;
  /** Notes that the run has recovered, or has nothing to recover. */
  hasRecovered: () => void;
  /** Whether every wait has to end, because the run must recover or continue as new. */
  interrupted: () => boolean;
  /** Unwraps an activity's result, as far as it may be believed. */
  believed: (given: unknown) => unknown;
  /** Whether the history is kept short. */
  compact: boolean;
};

export function orderRun(first: Order, request: OrderRequest | null, facts: RunFacts): OrderRun {
  let order = remindable(first, facts);
  let recoveries = 0;
  const publish = publisher(first, facts);
  const notifications = merchantNotifications();
  const hasRecovered = () => void (recoveries = facts.resets);
  const mustRecover = () => facts.resets > recoveries;

  function apply(event: NewOrderEvent): void {
    const before = order;
    order = evolve(order, { ...event, ...ruleOf(order, event, facts), at: now() });
    if (event.type === 'recovered') hasRecovered();
    publish(before, order);
    notifications.changed(before, order);
  }

  return {
    order: () => order,
    apply,
    request,
    askedSms: new Map(),
    underWay: { scope: null },
    notifications,
    wasReset: () => facts.resets > 0,
    mustRecover,
    hasRecovered,
    interrupted: () => mustRecover() || mustContinueAsNew(),
    believed: facts.believed,
    compact: facts.compact,
  };
}

/** The order as its run may go on with it: one that began before there were reminders has waited for its customer without one. */
function remindable(order: Order, facts: RunFacts): Order {
  const { smsReminderAfterSeconds, ...policy } = order.policy;
  const isOld = smsReminderAfterSeconds !== undefined && !patched('a-silence-is-followed-by-a-reminder', facts);
  return isOld ? { ...order, policy } : order;
}

/** Whether the history has become too long, for example by many repeated webhooks, and nothing is under way. */
export function mustContinueAsNew(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

/** A run whose history is older than a rule does not apply it. `patched` is called only where the rule makes a difference. */
function ruleOf(order: Order, event: NewOrderEvent, facts: RunFacts): { oldRule?: true } {
  const isOld =
    (event.type === 'webhook' &&
      isSameAgain(order, event.webhook) &&
      !patched('the-same-again-is-remembered', facts)) ||
    (event.type === 'cancel_requested' && joinsUnnoted(order) && !patched('a-cancel-that-joins-is-noted', facts)) ||
    (event.type === 'recovered' && wasAsked(order) && !patched('a-confirmation-overtakes-a-cancel', facts)) ||
    (event.type === 'resolved' &&
      answersInVain(order, event.resolution) &&
      !patched('a-question-left-open-is-asked-anew', facts));
  return isOld ? { oldRule: true } : {};
}

export function now(): string {
  return new Date().toISOString();
}
