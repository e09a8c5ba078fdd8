// The names of the workflow types, for clients that start and list them without loading their code.

export const ORDER_WORKFLOW = 'orderWorkflow';
export const UNMATCHED_WEBHOOK_WORKFLOW = 'unmatchedWebhookWorkflow';
export const SEQURA_NUMBER_WORKFLOW = 'sequraNumberWorkflow';
export const NOTIFICATION_WORKFLOW = 'notificationWorkflow';

/** The shortest limit of Temporal's stores. */
export const SURE_ID_LENGTH = 255;

/** A queue of their own for the calls to merchants' endpoints: slow ones must never keep workers from calling seQura. */
export function notificationTaskQueue(taskQueue: string): string {
  return `${taskQueue}-notifications`;
}
