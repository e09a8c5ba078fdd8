// The claim of an idempotency key (`gateway/claim-key.ts`). It holds the key until its first task, which is delayed; then the key is free again.

export async function idempotencyKeyWorkflow(): Promise<void> {}
