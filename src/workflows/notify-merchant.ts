// Notifies the merchant of an order's changes: each by a workflow of its own, which outlives the order and never delays it.
import {
  CancellationScope,
  ParentClosePolicy,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { Order } from '../order/order.ts';
import { openAttention } from '../order/order.ts';
import { orderView } from '../order/view.ts';
import { NOTIFICATION_WORKFLOW, SURE_ID_LENGTH } from '../contract/names.ts';
import type { notificationWorkflow } from './notification.ts';
import { changeInWords } from './notification.ts';

export type MerchantNotifications = {
  /** Starts a notification if the change calls for one, and waits for nothing. */
  changed: (before: Order, after: Order) => void;
  /** Whether Temporal has recorded every start. A run that closed earlier would lose the others. */
  allStarted: () => boolean;
};

export function merchantNotifications(): MerchantNotifications {
  let starting = 0;
  return {
    changed(before, after) {
      if (after.policy.notify !== true || !isNews(before, after)) return;
      starting += 1;
      // Outside the scope of the signal or update: once the run is cancelled, nothing can be started in that scope.
      CancellationScope.nonCancellable(() => start(after))
        // The id is taken if the run before a reset has notified of this revision. Whatever the error is, no order fails over it.
        .catch(() => {})
        .finally(() => (starting -= 1));
    },
    allStarted: () => starting === 0,
  };
}

function isNews(before: Order, after: Order): boolean {
  const notified = (order: Order) => JSON.stringify([order.status, openAttention(order)]);
  return notified(before) !== notified(after);
}

async function start(order: Order): Promise<void> {
  const data = orderView(order);
  await startChild<typeof notificationWorkflow>(NOTIFICATION_WORKFLOW, {
    workflowId: notificationId(order),
    args: [{ type: 'order.updated', timestamp: new Date().toISOString(), data }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    typedSearchAttributes: [{ key: { name: 'MerchantId', type: 'KEYWORD' }, value: order.merchantId }],
    staticSummary: `Tells ${order.merchantId}: ${changeInWords(data)}`,
  });
}

/** A longer id would not fail the start, but stop the order. */
function notificationId({ id, revision }: Order): string {
  const readable = `notify:${id}:${revision}`;
  return readable.length <= SURE_ID_LENGTH ? readable : `notify:${workflowInfo().originalExecutionRunId}:${revision}`;
}
