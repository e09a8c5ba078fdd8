// Starts a workflow that sends a test message to a merchant's endpoint, as an order starts one for a change.
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { TestNotification } from '../contract/messages.ts';
import { NOTIFICATION_WORKFLOW } from '../contract/names.ts';
import { ORDER_READ_MS } from '../contract/time-limits.ts';
import type { notificationWorkflow } from '../workflows/notification.ts';
import { call } from './call.ts';
import type { Keys } from './claim-key.ts';
import { inTurnOf } from './fairness.ts';
import type { Orders } from './orders.ts';

type Options = { client: Client; taskQueue: string; keys: Keys };

export function notificationTester({ client, taskQueue, keys }: Options): Orders['testNotification'] {
  /** False if it was started before. */
  async function start(workflowId: string, merchantId: string): Promise<boolean> {
    const timestamp = new Date().toISOString();
    const test: TestNotification = { type: 'test', timestamp, data: { merchant_id: merchantId } };
    try {
      await call(client, ORDER_READ_MS, () =>
        client.workflow.start<typeof notificationWorkflow>(NOTIFICATION_WORKFLOW, {
          workflowId,
          taskQueue,
          args: [test],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          typedSearchAttributes: [{ key: { name: 'MerchantId', type: 'KEYWORD' }, value: merchantId }],
          staticSummary: `Tests the endpoint of ${merchantId}`,
          ...inTurnOf(merchantId),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }

  return (merchantId, key = null) =>
    keys.under(
      key,
      async (claim) => {
        const id = `notify:test:${merchantId}:${claim?.updateId.replaceAll(/\W+/g, '-') ?? randomUUID()}`;
        return { id, repeat: !(await start(id, merchantId)) };
      },
      () => false,
    );
}
