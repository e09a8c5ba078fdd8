// The names of the workflow types, for clients that start and list them without loading their code.

export const ORDER_WORKFLOW = 'orderWorkflow';
export const UNMATCHED_WEBHOOK_WORKFLOW = 'unmatchedWebhookWorkflow';
