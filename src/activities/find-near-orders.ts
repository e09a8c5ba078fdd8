// Looks for orders that an unmatched webhook nearly matches, and reports them.
import { activityInfo, getClient } from '@temporalio/activity';
import type { NearOrder } from '../contract/messages.ts';
import type { OrderActivities } from '../contract/activities.ts';
import { nearOrders } from '../gateway/near-orders.ts';

/** A webhook that is kept as somebody else's, and an order whose reference is close to its own. */
export type NearlyMatched = { webhookId: string; merchantId: string; order: NearOrder };

export function findNearOrdersActivity(found: (what: NearlyMatched) => void): OrderActivities['findNearOrders'] {
  return async ({ merchantId, reference }) => {
    const orders = await nearOrders(getClient(), merchantId, reference);
    const webhookId = activityInfo().workflowExecution?.workflowId ?? '';
    for (const order of orders) found({ webhookId, merchantId, order });
    return orders;
  };
}
