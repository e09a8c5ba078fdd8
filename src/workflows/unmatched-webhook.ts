// Keeps a webhook that matches no order as a closed record, so that nothing seQura told us vanishes, and names the orders that it may have been
// meant for.
import {
  ActivityFailure,
  ApplicationFailure,
  proxyActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { NotificationActivities } from '../contract/activities.ts';
import { patched } from '../contract/patches.ts';
import { notificationTaskQueue } from '../contract/names.ts';
import type { KeptWebhook, NearOrder, UnmatchedWebhook } from '../contract/messages.ts';

export async function unmatchedWebhookWorkflow(input: UnmatchedWebhook): Promise<KeptWebhook> {
  if (typeof input?.webhook?.event !== 'string') {
    throw ApplicationFailure.create({
      message: 'an unmatched webhook has an event',
      type: 'unreadable',
      nonRetryable: true,
    });
  }
  const what = `seQura sent \`${input.webhook.event}\` for a reference that is not an order of ${input.merchantId}.`;
  setCurrentDetails(what);
  if (!patched('near-orders-are-shown', { compact: false })) return input;
  const near = await findNear(input);
  const [first] = near;
  if (first === undefined) return input;
  setCurrentDetails(`${what}\n\n${advice(near)}`);
  // A search for the order's reference finds this record, too.
  upsertSearchAttributes([{ key: { name: 'OrderReference', type: 'KEYWORD' }, value: first.reference }]);
  return { ...input, near };
}

/** Empty if the activity fails: the record is kept all the same. */
async function findNear({ merchantId, reference }: UnmatchedWebhook): Promise<NearOrder[]> {
  const { findNearOrders } = proxyActivities<NotificationActivities>({
    // Many such webhooks delay no call to seQura.
    taskQueue: notificationTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: 60_000,
    retry: { maximumAttempts: 10 },
    summary: 'Look for orders of nearly this reference',
  });
  try {
    return await findNearOrders({ merchantId, reference });
  } catch (error) {
    if (error instanceof ActivityFailure) return [];
    throw error;
  }
}

function advice(near: readonly NearOrder[]): string {
  const orders = near.map(({ id, status }) => `- \`${id}\`, ${status}`).join('\n');
  return `**It may have been meant for an order of nearly this reference**, which has not heard of it:\n\n${orders}\n\nLook it up in seQura's back office. Where it was, say so to the order: **Send a Signal** \`sequra_event\`.`;
}
