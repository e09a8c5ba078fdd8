// Finds orders whose reference is close to that of an unmatched webhook, and reports them.
import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo, getClient } from '@temporalio/activity';
import type { NearOrder } from '../contract/messages.ts';
import type { NotificationActivities } from '../contract/activities.ts';
import { ordersNear } from '../gateway/near-references.ts';
import { turns } from '../gateway/turns.ts';

/** An unmatched webhook, and an order whose reference is close to its own. */
export type NearlyMatched = { webhookId: string; merchantId: string; order: NearOrder };

/** One merchant may have many such webhooks. Temporal tries again what gets no turn. */
const LOOKS = { atOnce: 1, perGroup: 1, waiting: 50, patienceMs: 20_000 };
/** The visibility store takes ten calls a second by default, and lists need them. */
const PAUSE_MS = 300;

export function findNearReferencesActivity(
  found: (what: NearlyMatched) => void,
): NotificationActivities['findNearOrders'] {
  const inTurn = turns(LOOKS);
  const look = async (merchantId: string, reference: string) => {
    const pause = sleep(PAUSE_MS);
    try {
      return await ordersNear(getClient(), merchantId, reference);
    } finally {
      await pause;
    }
  };
  return async ({ merchantId, reference }) => {
    const orders = await inTurn(merchantId, () => look(merchantId, reference));
    const webhookId = activityInfo().workflowExecution?.workflowId ?? '';
    for (const order of orders) found({ webhookId, merchantId, order });
    return orders;
  };
}
