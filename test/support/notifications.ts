// Notifications to test with, and the merchants whose endpoints get them.
import { createHmac } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Registry } from '@prometheus-io/client';
import { Webhook } from 'standardwebhooks';
import type { Endpoint, Notifying } from '../../src/activities/notify.ts';
import { orderView } from '../../src/order/view.ts';
import { notificationsCounter } from '../../src/telemetry/metrics.ts';
import type { Notification } from '../../src/contract/messages.ts';
import { NOTIFICATION_WORKFLOW } from '../../src/contract/names.ts';
import type { notificationWorkflow } from '../../src/workflows/notification.ts';
import { after, at, awaiting, happen } from './orders.ts';
import type { Received } from './receiver.ts';
import type { Service } from './service.ts';
import { TASK_QUEUE } from './service.ts';

export type Notified = {
  notifying: Notifying;
  setEndpoint: (merchantId: string, endpoint: Endpoint | null) => void;
  /** How many tries for the merchant had this outcome. */
  tries: (merchantId: string, outcome: string) => Promise<number>;
};

/** Merchants whose endpoints a test may set while workers run. Tries are counted as in production. */
export function notifiedMerchants(): Notified {
  const merchants = new Map<string, { notify: Endpoint | null }>();
  const registry = new Registry();
  return {
    notifying: { merchants, tried: notificationsCounter(registry) },
    setEndpoint: (merchantId, notify) => void merchants.set(merchantId, { notify }),
    async tries(merchantId, outcome) {
      const { values } = (await registry.getSingleMetric('notifications_total')?.get()) ?? { values: [] };
      const found = values.find(({ labels }) => labels['merchant_id'] === merchantId && labels['outcome'] === outcome);
      return found?.value ?? 0;
    },
  };
}

export function notificationOf(merchantId: string, reference = 'pos.1234'): Notification {
  const order = { ...orderView(after(awaiting(), happen.confirm)), id: `order:${merchantId}:${reference}` };
  return { type: 'order.updated', timestamp: at(5), data: { ...order, merchant_id: merchantId } };
}

/** Starts the workflow as an order would, and has its history replayed when the service closes. */
export async function notify(
  service: Service,
  notification: Notification,
): Promise<WorkflowHandle<typeof notificationWorkflow>> {
  const workflowId = `notify:${notification.data.id}:${notification.data.revision}`;
  service.replayAtEnd(workflowId);
  return service.client.workflow.start<typeof notificationWorkflow>(NOTIFICATION_WORKFLOW, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [notification],
  });
}

/** Verifies a notification with the library, as a merchant would. Throws if the signature or the timestamp is wrong. */
export function verified({ headers, body }: Received, { secret }: Endpoint): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

/** The signature, computed as the specification says, without the library. */
export function signatureBySpecification({ headers, body }: Received, { secret }: Endpoint): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
