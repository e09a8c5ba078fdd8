// Keeps a webhook that belongs to no order of ours as a closed record, so that nothing seQura told us vanishes.
import { ApplicationFailure, setCurrentDetails } from '@temporalio/workflow';
import type { UnmatchedWebhook } from '../contract/messages.ts';

export async function unmatchedWebhookWorkflow(input: UnmatchedWebhook): Promise<UnmatchedWebhook> {
  if (typeof input?.webhook?.event !== 'string') {
    throw ApplicationFailure.create({
      message: 'an unmatched webhook has an event',
      type: 'unreadable',
      nonRetryable: true,
    });
  }
  setCurrentDetails(
    `seQura sent \`${input.webhook.event}\` for a reference that is not an order of ${input.merchantId}.`,
  );
  return input;
}
