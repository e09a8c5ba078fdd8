// Tells a merchant's endpoint of an order again, as it is now: by the same workflow id, and where it was told before with the same `webhook-id` and body.
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { NotificationActivities } from '../contract/activities.ts';
import type { Notification } from '../contract/messages.ts';
import { NOTIFICATION_WORKFLOW, SURE_ID_LENGTH } from '../contract/names.ts';
import { ORDER_READ_MS } from '../contract/time-limits.ts';
import type { By, Order } from '../order/order.ts';
import { ownValue } from '../order/unvouched.ts';
import { orderView } from '../order/view.ts';
import { decodeArgument } from '../temporal/decode-payloads.ts';
import { GRPC, grpcStatus } from '../temporal/grpc-status.ts';
import type { notificationWorkflow } from '../workflows/notification.ts';
import { call } from './call.ts';
import type { IdempotencyKey, Keys } from './claim-key.ts';
import { inTurnOf } from './fairness.ts';

/** `hastened`: it was still being tried, and is now tried at once. `repeat`: asked for before with this key. */
export type ToldAgain = { how: 'started' | 'hastened'; id: string; repeat: boolean };

const NOTIFY: keyof NotificationActivities = 'notify';

type Options = { client: Client; taskQueue: string; keys: Keys };

export function notifierAgain({ client, taskQueue, keys }: Options) {
  return (order: Order, by: By, key: IdempotencyKey): Promise<ToldAgain> =>
    keys.under(
      key,
      async (claim) => {
        const readable = `notify:${order.id}:${order.revision}`;
        const id = readable.length <= SURE_ID_LENGTH ? readable : `notify:${randomUUID()}`;
        if (claim?.repeat === true) return { how: 'started', id, repeat: true };
        return { how: await start(id, order, by), id, repeat: false };
      },
      () => false,
    );

  async function start(workflowId: string, order: Order, by: By): Promise<ToldAgain['how']> {
    const before = await toldBefore(client, workflowId);
    const args: [Notification] = [
      before ?? { type: 'order.updated', timestamp: new Date().toISOString(), data: orderView(order) },
    ];
    try {
      await call(client, ORDER_READ_MS, () =>
        client.workflow.start<typeof notificationWorkflow>(NOTIFICATION_WORKFLOW, {
          workflowId,
          taskQueue,
          args,
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          typedSearchAttributes: [{ key: { name: 'MerchantId', type: 'KEYWORD' }, value: order.merchantId }],
          staticSummary: `Tells ${order.merchantId} again, by ${by.operator}: ${by.note}`.slice(0, 200),
          ...inTurnOf(order.merchantId),
        }),
      );
      return 'started';
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await hasten(client, workflowId);
      return 'hastened';
    }
  }
}

/** What the endpoint was told of this revision; null: nothing yet, or it is kept no longer. */
async function toldBefore(client: Client, workflowId: string): Promise<Notification | null> {
  try {
    const { history } = await call(client, ORDER_READ_MS, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution: { workflowId },
        maximumPageSize: 1,
      }),
    );
    const input = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    return (ownValue(await decodeArgument(client, workflowId, input)) as Notification | undefined) ?? null;
  } catch (error) {
    if (grpcStatus(error) === GRPC.NOT_FOUND) return null;
    throw error;
  }
}

/** Ends the wait before the next try. */
async function hasten(client: Client, workflowId: string): Promise<void> {
  const { namespace, identity } = client.options;
  const execution = { workflowId };
  const request = { namespace, identity, execution, type: NOTIFY, resetHeartbeat: false, keepPaused: false };
  await call(client, ORDER_READ_MS, () => client.workflowService.resetActivity(request)).catch(() => {});
}
