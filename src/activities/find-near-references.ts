// Finds orders whose reference is close to that of an unmatched webhook, and reports them.
import { activityInfo, getClient } from '@temporalio/activity';
import type { NearOrder } from '../contract/messages.ts';
import type { NotificationActivities } from '../contract/activities.ts';
import { nearOrderFinder } from '../gateway/near-references.ts';

/** An unmatched webhook, and an order whose reference is close to its own. */
export type NearlyMatched = { webhookId: string; merchantId: string; order: NearOrder };

export function findNearReferencesActivity(
  found: (what: NearlyMatched) => void,
): NotificationActivities['findNearOrders'] {
  const ordersNear = nearOrderFinder();
  return async ({ merchantId, reference }) => {
    const orders = await ordersNear(getClient(), merchantId, reference);
    const webhookId = activityInfo().workflowExecution?.workflowId ?? '';
    for (const order of orders) found({ webhookId, merchantId, order });
    return orders;
  };
}
