// Posts one change of an order to the merchant's endpoint, signed as Standard Webhooks 1.0 says.
import { createHash } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Webhook } from 'standardwebhooks';
import { NotSentError, OutcomeUnknownError } from '../http/errors.ts';
import { post } from '../http/exchange.ts';
import type { Notification, TestNotification } from '../contract/messages.ts';
import type { NotificationActivities } from '../contract/activities.ts';

export type Endpoint = { url: string; secret: string };

export type Notifying = {
  /** By merchant id; `notify` null where the merchant wants no notifications. */
  merchants: ReadonlyMap<string, { notify: Endpoint | null }>;
  /** Called after each try with a word for how it ended. */
  tried: (merchantId: string, outcome: string) => void;
};

/** The shortest time that Standard Webhooks recommends. */
const TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;

export function notifyActivity({ merchants, tried }: Notifying): NotificationActivities['notify'] {
  return async (notification) => {
    const merchantId = notification.data.merchant_id;
    const endpoint = merchants.get(merchantId)?.notify ?? null;
    const outcome = endpoint === null ? 'not_wanted' : await deliver(endpoint, notification);
    tried(merchantId, outcome);
    if (outcome === 'delivered' || outcome === 'gone' || outcome === 'not_wanted') return outcome;
    throw ApplicationFailure.create({ message: outcome, type: 'NotDelivered' });
  };
}

/** A word of ours for how the try ended: the text of an error might quote the address. */
async function deliver({ url, secret }: Endpoint, notification: Notification | TestNotification): Promise<string> {
  const body = JSON.stringify(notification);
  try {
    const { origin, pathname, search } = new URL(url);
    const { httpStatus } = await post({
      origin,
      path: `${pathname}${search}`,
      headers: { 'content-type': 'application/json', ...signature(secret, webhookId(notification), body) },
      body,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      timeoutMs: TIMEOUT_MS,
      wantsBody: () => false,
    });
    if (httpStatus === 410) return 'gone';
    if (httpStatus >= 200 && httpStatus < 300) return 'delivered';
    return httpStatus < 400 ? 'redirect' : `http_${httpStatus}`;
  } catch (error) {
    if (error instanceof NotSentError) return error.code;
    return error instanceof OutcomeUnknownError ? error.reason : 'other';
  }
}

/** Each try is signed anew, because receivers refuse old times. The time is Temporal's: the clock of a worker may be wrong. */
function signature(secret: string, id: string, body: string): Record<string, string> {
  const at = new Date(activityInfo().currentAttemptScheduledTimestampMs);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

/** The same at each try by any worker, and another if an order is placed anew under an old id. No full stop: it separates the signed parts. */
function webhookId(notification: Notification | TestNotification): string {
  const { type, timestamp, data } = notification;
  const what = type === 'test' ? [activityInfo().workflowExecution?.workflowId] : [data.id, data.revision];
  const digest = createHash('sha256')
    .update(JSON.stringify([...what, timestamp]))
    .digest('base64url');
  return `msg_${digest.slice(0, 32)}`;
}
