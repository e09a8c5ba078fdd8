// Everything a worker may run.
export { orderWorkflow } from './order-workflow.ts';
export { unmatchedWebhookWorkflow } from './unmatched-webhook.ts';
