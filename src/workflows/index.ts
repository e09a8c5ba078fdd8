// Everything a worker may run.
export { idempotencyKeyWorkflow } from './idempotency-key.ts';
export { notificationWorkflow } from './notification.ts';
export { orderWorkflow } from './order-workflow.ts';
export { releaseCheckWorkflow } from './release-check.ts';
export { sequraNumberWorkflow } from './sequra-number.ts';
export { unmatchedWebhookWorkflow } from './unmatched-webhook.ts';

// The SDK takes a stack trace of each promise, and looks each line up in the source map. So many lines say where a run waits, and where an error comes from
// (docs/decisions/0105).
Error.stackTraceLimit = 4;
