// Tells a merchant's endpoint of one change of an order, again and again until the endpoint has it, wants no more, or the time is up.
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { NotificationActivities, NotifyResult } from '../contract/activities.ts';
import type { OrderView } from '../order/view.ts';
import type { Notification, TestNotification } from '../contract/messages.ts';
import { notificationTaskQueue } from '../contract/names.ts';

export type NotificationEnd = NotifyResult | 'given_up';

/** More than the 15 s of the call itself (`activities/notify.ts`). */
const ONE_TRY_MS = 25_000;
const FIRST_REPEAT_MS = 5_000;
const LONGEST_GAP_MS = 4 * 3_600_000;
const GIVEN_UP_AFTER_MS = 72 * 3_600_000;
const GAPS = { initialInterval: FIRST_REPEAT_MS, backoffCoefficient: 2, maximumInterval: LONGEST_GAP_MS };

const ENDS: Record<NotificationEnd, string> = {
  delivered: 'The endpoint has it.',
  gone: 'The endpoint answered 410: it does not want it.',
  not_wanted: 'The merchant has no endpoint in the settings (any more).',
  given_up: 'Given up: the endpoint did not take it.',
};

export async function notificationWorkflow(notification: Notification | TestNotification): Promise<NotificationEnd> {
  const { what, advice, summary } = isTest(notification) ? ofTest(notification) : ofOrder(readOrder(notification));
  setCurrentDetails(`${what}\n\n${advice}`);
  const end = await deliver(notification, summary);
  setCurrentDetails(`${what}\n\n${ENDS[end]}`);
  return end;
}

type InWords = { what: string; advice: string; summary: string };

function ofOrder(order: OrderView): InWords {
  return {
    what: `Tells the endpoint of **${order.merchant_id}** that \`${order.id}\` is **${changeInWords(order)}**.`,
    advice: `Tried until it answers 2xx, at growing gaps, for 72 hours. **Request Cancellation** ends the tries.`,
    summary: changeInWords(order),
  };
}

function ofTest({ data }: TestNotification): InWords {
  return {
    what: `Sends the endpoint of **${data.merchant_id}** a test message.`,
    advice: 'Tried once.',
    summary: 'Test',
  };
}

/** Somebody may have started this by hand. */
function isTest(notification: Partial<Notification | TestNotification> | undefined): notification is TestNotification {
  return notification?.type === 'test' && typeof notification.data?.merchant_id === 'string';
}

/** No personal data, and short: Temporal refuses a summary of more than 400 bytes. */
export function changeInWords({ status, attention, revision }: OrderView): string {
  return `${status}${attention === null ? '' : `, attention ${attention.reason}`}, revision ${revision}`;
}

async function deliver(notification: Notification | TestNotification, summary: string): Promise<NotificationEnd> {
  const { notify } = proxyActivities<NotificationActivities>({
    taskQueue: notificationTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: ONE_TRY_MS,
    scheduleToCloseTimeout: GIVEN_UP_AFTER_MS,
    retry: isTest(notification) ? { maximumAttempts: 1 } : GAPS,
    summary,
  });
  try {
    return await notify(notification);
  } catch (error) {
    if (error instanceof ActivityFailure && !isCancellation(error)) return 'given_up';
    throw error;
  }
}

/** Fails for good on an input that somebody typed by hand: Temporal would retry any other error for ever. */
function readOrder(notification: Notification | undefined): OrderView {
  const order = notification?.data;
  const { workflowId } = workflowInfo();
  const isOther = workflowId.startsWith('notify:order:') && workflowId !== `notify:${order?.id}:${order?.revision}`;
  if (!isOther && typeof order?.id === 'string' && typeof order.merchant_id === 'string') return order;
  throw ApplicationFailure.create({ message: 'not a notification', type: 'unreadable', nonRetryable: true });
}
