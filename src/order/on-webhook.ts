// What follows from a webhook, which comes at least once, in any order, before the create's answer or long after the end.
import { end, isClosed, note, raise } from './draft.ts';
import type { SequraEvent } from './webhook.ts';
import { confirmedMeanwhile, cross, endCancelled } from './on-cancel.ts';
import { endAsHeard } from './on-create.ts';
import type { Order } from './order.ts';
import type { OrderStatus } from './status.ts';
import { eventKind, webhookKey } from './webhook.ts';

const MOST_SEEN = 200;

export function onWebhook(order: Order, webhook: SequraEvent, at: string, oldRule: boolean): void {
  const { key, kind, rule } = read(order, webhook);
  const isKnown = order.seen.includes(key);
  if (isKnown || rule === sameAgain) {
    if (isClosed(order)) return;
    note(order, { at, event: 'webhook_duplicate', name: webhook.event });
    // We remember it, so that its repeat is a duplicate even if an operator changes the status meanwhile.
    if (!isKnown && !oldRule) remember(order, key);
    return;
  }
  remember(order, key);
  order.orderUuid ??= webhook.order_ref ?? null;
  rule(order, at, webhook.event);
  if (kind === 'unknown' || kind === 'reject') raise(order, 'unrecognised_event', at);
}

/** Whether a webhook with a new key repeats how this order ended, while an attention keeps it open. */
export function isSameAgain(order: Order, webhook: SequraEvent): boolean {
  const { key, rule } = read(order, webhook);
  return rule === sameAgain && !order.seen.includes(key) && !isClosed(order);
}

function read(order: Order, webhook: SequraEvent) {
  const kind = webhook.kind ?? eventKind(webhook.event);
  const rule = kind === 'confirm' ? ON_CONFIRM[order.status] : kind === 'cancel' ? ON_CANCEL[order.status] : noted;
  return { key: webhookKey(webhook), kind, rule };
}

function remember(order: Order, key: string): void {
  order.seen = [...order.seen, key].slice(-MOST_SEEN);
}

/** Applies what a webhook said, without the webhook itself. */
export function onNews(order: Order, what: keyof Order['heard'], at: string, name: string): void {
  (what === 'confirmedAt' ? ON_CONFIRM : ON_CANCEL)[order.status](order, at, name);
}

type Rule = (order: Order, at: string, name: string) => void;

const noted: Rule = (order, at, name) => note(order, { at, event: 'webhook_noted', name });

/** The order has already ended this way: the webhook says nothing new. */
const sameAgain: Rule = () => {};

const contradiction: Rule = (order, at, name) => {
  noted(order, at, name);
  raise(order, 'confirm_cancel_crossed', at);
};

/** While a create is under way, its answer decides. In every other phase no answer will come, so the webhook does. */
const whileCreating: Rule = (order, at, name) => {
  if (order.create.phase === 'sending') noted(order, at, name);
  else endAsHeard(order, at);
};

const ON_CONFIRM: Record<OrderStatus, Rule> = {
  creating: hearing('confirmedAt', whileCreating),
  awaiting_customer: hearing('confirmedAt', (order, at) => end(order, 'confirmed', at)),
  cancelling: hearing('confirmedAt', (order, at, name) => {
    const { cancel } = order;
    if (cancel === null || cancel.ofConfirmed || cancel.phase === 'sending' || cancel.phase === 'crossed')
      noted(order, at, name);
    else if (cancel.mayHaveArrived) cross(order, at);
    else end(order, 'confirmed', at);
  }),
  confirmed: sameAgain,
  expired: hearing('confirmedAt', contradiction),
  cancelled: hearing('confirmedAt', contradiction),
  cancellation_requested: sameAgain,
  failed: hearing('confirmedAt', contradiction),
};

const ON_CANCEL: Record<OrderStatus, Rule> = {
  creating: hearing('cancelledAt', whileCreating),
  awaiting_customer: hearing('cancelledAt', (order, at) => end(order, 'cancelled', at)),
  cancelling: hearing('cancelledAt', (order, at, name) => {
    if (order.cancel?.phase === 'sending' || order.cancel?.phase === 'crossed') noted(order, at, name);
    else if (confirmedMeanwhile(order)) cross(order, at);
    else endCancelled(order, at);
  }),
  confirmed: hearing('cancelledAt', contradiction),
  expired: sameAgain,
  cancelled: sameAgain,
  cancellation_requested: hearing('cancelledAt', (order, at) => end(order, 'cancelled', at)),
  failed: noted,
};

function hearing(what: keyof Order['heard'], rule: Rule): Rule {
  return (order, at, name) => {
    order.heard[what] ??= at;
    rule(order, at, name);
  };
}
