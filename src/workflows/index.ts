// Everything a worker may run.
export { notificationWorkflow } from './notification.ts';
export { orderWorkflow } from './order-workflow.ts';
export { unmatchedWebhookWorkflow } from './unmatched-webhook.ts';
