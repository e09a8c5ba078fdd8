// The reminder: one more SMS, once, after a silence of the length that the merchant wants; never so late that little time is left to sign.
import { later } from './draft.ts';
import { askForSms } from './on-create.ts';
import { nextSms, REMINDER } from './on-sms.ts';
import type { Order } from './order.ts';
import { refuseSms } from './refusal.ts';

const LAST_HOUR_MS = 3_600_000;

/** When it is due; null: none is to come. */
export function reminderAt(order: Order): string | null {
  const { sms, policy } = order;
  const { smsReminderAfterSeconds: seconds } = policy;
  if (seconds === undefined || sms.reminded === true || sms.lastSentAt === null) return null;
  if (sms.queue.length > 0 || refuseSms(order) !== null) return null;
  const at = later(sms.lastSentAt, seconds * 1000);
  return at < tooLateForReminder(order) ? at : null;
}

/** From when on none is sent: the last hour before the deadline, or the last tenth of the customer's time where that is shorter. */
export function tooLateForReminder({ confirmBy, createdAt, policy }: Order): string {
  const lastMs = Math.min(LAST_HOUR_MS, policy.confirmWithinSeconds * 100);
  return later(confirmBy ?? createdAt, -lastMs);
}

export function onTimeOfReminder(order: Order, at: string): void {
  const due = reminderAt(order);
  const isTooLate = tooLateForReminder(order) <= at;
  if (due !== null && due <= at) {
    order.sms.reminded = true;
    if (!isTooLate) askForSms(order, REMINDER, at);
  } else if (isTooLate && order.sms.queue[0] === REMINDER) {
    nextSms(order);
  }
}
