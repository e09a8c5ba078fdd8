// The names of workflow types and queues, for clients that start and list workflows without loading their code.

export const ORDER_WORKFLOW = 'orderWorkflow';
export const UNMATCHED_WEBHOOK_WORKFLOW = 'unmatchedWebhookWorkflow';
export const SEQURA_NUMBER_WORKFLOW = 'sequraNumberWorkflow';
export const NOTIFICATION_WORKFLOW = 'notificationWorkflow';
export const IDEMPOTENCY_KEY_WORKFLOW = 'idempotencyKeyWorkflow';

export const RELEASE_CHECK_WORKFLOW = 'releaseCheckWorkflow';

/** Every store of Temporal's keeps an id of this length; some keep no longer one. */
export const SURE_ID_LENGTH = 255;

/** A queue of its own for calls to merchants' endpoints, so that slow endpoints never keep workers from calling seQura. */
export function notificationTaskQueue(taskQueue: string): string {
  return `${taskQueue}-notifications`;
}
