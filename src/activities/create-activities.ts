// src/activities: what a worker does for an order: create, send SMS, cancel, notify its merchant.
//
// The activities a worker registers, made from those they talk to.
import type { Sequra } from '../sequra/sequra.ts';
import type { NotificationActivities, OrderActivities } from '../contract/activities.ts';
import { awaitWayInActivity } from './await-way-in.ts';
import { claimNumberActivity } from './claim-number.ts';
import { cancelOrderActivity } from './cancel-order.ts';
import { createOrderActivity } from './create-order.ts';
import type { Backup } from './dispatch.ts';
import type { NearlyMatched } from './find-near-orders.ts';
import { findNearOrdersActivity } from './find-near-orders.ts';
import type { Notifying } from './notify.ts';
import { notifyActivity } from './notify.ts';
import { recall } from './recover.ts';
import { sendSmsActivity } from './send-sms.ts';
import type { WayInWatch } from './way-in.ts';

type What = {
  sequra: Sequra;
  backup: Backup;
  wayIn: WayInWatch;
  /** Hears of each order that a webhook nearly matched. */
  nearlyMatched: (what: NearlyMatched) => void;
};

export function createActivities({ sequra, backup, wayIn, nearlyMatched }: What): OrderActivities {
  return {
    createOrder: createOrderActivity(sequra, backup),
    sendSms: sendSmsActivity(sequra, backup),
    cancelOrder: cancelOrderActivity(sequra, backup),
    recall,
    claimNumber: claimNumberActivity,
    lookAtWayIn: wayIn.look,
    awaitWayIn: awaitWayInActivity(wayIn),
    findNearOrders: findNearOrdersActivity(nearlyMatched),
  };
}

export function createNotificationActivities(notifying: Notifying): NotificationActivities {
  return { notify: notifyActivity(notifying) };
}
