// Stands for an idempotency key, for as long as it waits for its first task (`gateway/claim-key.ts`). Then the key is free again.

export async function idempotencyKeyWorkflow(): Promise<void> {}
