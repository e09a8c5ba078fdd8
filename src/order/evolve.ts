// evolve(order, event) → order: what happened changes what we know. Pure: no clock, no I/O, no Temporal.
import { deadlineOf } from './decide.ts';
import { copyOf, note, raise } from './draft.ts';
import type { OrderEvent } from './events.ts';
import { isTakenBefore, noteSmsEnd, remember, settleCommands } from './keyed.ts';
import { onCancelEnded, onCancelRequested, stayRefused } from './on-cancel.ts';
import { askForSms, endAsHeard, onCreateEnded } from './on-create.ts';
import type { Found } from './on-deadline.ts';
import { onDeadline, onWebhooksReachable } from './on-deadline.ts';
import { onResolved } from './on-resolution.ts';
import { onSmsEnded } from './on-sms.ts';
import { onWebhook } from './on-webhook.ts';
import type { OpenAttention, Order } from './order.ts';
import { openAttention } from './order.ts';
import { refuseSms } from './refusal.ts';
import { assertNever } from './status.ts';
import { recoverReset, recoverStopped } from './recover.ts';
import { onTimeOfReminder } from './reminder.ts';
import { orderView } from './view.ts';

const MOST_TIMELINE = 100;

/** The order after the event: the same object where nothing changed, `revision` + 1 where the API shows something else. */
export function evolve(order: Order, event: OrderEvent): Order {
  const next = copyOf(order);
  const answered = openAttention(order);
  if (event.type !== 'stopped' && next.attentions.workflow_stopped !== undefined) recoverStopped(next, event.at);
  if (!isTakenBefore(next, event)) {
    remember(next, event);
    apply(next, event, answered);
  }
  settleCommands(next);
  next.timeline = next.timeline.slice(-MOST_TIMELINE);
  if (JSON.stringify(next) === JSON.stringify(order)) return order;
  if (JSON.stringify(orderView(next)) !== JSON.stringify(orderView(order))) next.revision += 1;
  return next;
}

function apply(order: Order, event: OrderEvent, answered: OpenAttention | null): void {
  switch (event.type) {
    case 'started':
      return onStarted(order, event.step, event.at);
    case 'create_ended':
      return onCreateEnded(order, event.result, event.at);
    case 'sms_requested':
      // Checked again, because an SMS that a stopped run had under way may have been counted since the update was accepted.
      if (refuseSms(order) !== null) return;
      if (event.by !== undefined) note(order, { at: event.at, event: 'sms_requested', ...event.by });
      return askForSms(order, event.requestId, event.at);
    case 'sms_ended':
      return onSmsEnded(order, event.result, event.at);
    case 'cancel_requested':
      return onCancelRequested(order, event.at, event.oldRule === true, event.by);
    case 'cancel_ended':
      return onCancelEnded(order, event.result, event.at);
    case 'cancel_overdue':
      if (order.cancel?.phase === 'sending') raise(order, 'cancel_overdue', event.at);
      return;
    case 'webhook':
      return onWebhook(order, event.webhook, event.at, event.oldRule === true);
    case 'resolved':
      return onResolved(order, event, answered);
    case 'held_create_answered':
      return endAsHeard(order, event.at);
    case 'time':
      return onTime(order, event.at, { away: event.away === true, wayIn: event.wayIn ?? 'open' });
    case 'webhooks_reachable':
      return onWebhooksReachable(order, event.at);
    case 'stopped':
      return raise(order, 'workflow_stopped', event.at);
    case 'recovered':
      return recoverReset(order, event.recovery, event.at, event.oldRule === true);
    default:
      return assertNever(event);
  }
}

function onStarted(order: Order, step: 'create' | 'send_sms' | 'cancel', at: string): void {
  if (step === 'create') {
    order.create.phase = 'sending';
    order.create.firstAt ??= at;
  }
  // The order may end meanwhile.
  if (step === 'send_sms') noteSmsEnd(order, 'unknown');
  if (step === 'cancel' && order.cancel !== null) order.cancel.phase = 'sending';
}

function onTime(order: Order, at: string, found: Found): void {
  const { create, sms, cancel } = order;
  if (create.phase === 'backoff' && create.retryAt !== null && create.retryAt <= at) {
    create.phase = 'due';
    create.retryAt = null;
  }
  if (sms.retryAt !== null && sms.retryAt <= at) sms.retryAt = null;
  if (order.status === 'awaiting_customer') onTimeOfReminder(order, at);
  const deadline = deadlineOf(order);
  if (order.status === 'awaiting_customer' && deadline !== null && deadline <= at) onDeadline(order, at, found);
  if (cancel?.phase === 'settling' && cancel.settleUntil !== null && cancel.settleUntil <= at) stayRefused(order, at);
}
