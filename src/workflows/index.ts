// Everything a worker may run.
export { idempotencyKeyWorkflow } from './idempotency-key.ts';
export { notificationWorkflow } from './notification.ts';
export { orderWorkflow } from './order-workflow.ts';
export { releaseCheckWorkflow } from './release-check.ts';
export { sequraNumberWorkflow } from './sequra-number.ts';
export { unmatchedWebhookWorkflow } from './unmatched-webhook.ts';
