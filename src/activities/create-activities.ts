// src/activities: what a worker does for an order: create, send SMS, cancel, notify its merchant.
//
// Makes the activities that a worker registers from their collaborators.
import type { Sequra } from '../sequra/sequra.ts';
import type { Release } from '../temporal/replay.ts';
import type { NotificationActivities, OrderActivities } from '../contract/activities.ts';
import type { SmsBudget } from '../gateway/sms-budget.ts';
import { awaitWayInActivity } from './await-way-in.ts';
import { reserveNumberActivity } from './reserve-number.ts';
import { cancelOrderActivity } from './cancel-order.ts';
import { createOrderActivity } from './create-order.ts';
import type { Backup } from './dispatch.ts';
import type { NearlyMatched } from './find-near-references.ts';
import { findNearReferencesActivity } from './find-near-references.ts';
import { marked } from './marked.ts';
import type { Notifying } from './notify.ts';
import { notifyActivity } from './notify.ts';
import { recall } from './recover.ts';
import { replaySampleActivity } from './replay-sample.ts';
import { sendSmsActivity } from './send-sms.ts';
import type { WayInWatch } from './way-in.ts';

type What = {
  sequra: Sequra;
  backup: Backup;
  wayIn: WayInWatch;
  sms: SmsBudget;
  release: Release;
};

export function createActivities({ sequra, backup, wayIn, sms, release }: What): OrderActivities {
  return {
    createOrder: marked(createOrderActivity(sequra, backup)),
    sendSms: marked(sendSmsActivity(sequra, backup, sms)),
    cancelOrder: marked(cancelOrderActivity(sequra, backup)),
    recall,
    claimNumber: reserveNumberActivity,
    lookAtWayIn: wayIn.look,
    awaitWayIn: awaitWayInActivity(wayIn),
    replaySample: replaySampleActivity(release),
  };
}

/** `nearlyMatched`: called for each order that an unmatched webhook nearly matches. */
export function createNotificationActivities(
  notifying: Notifying,
  nearlyMatched: (what: NearlyMatched) => void,
): NotificationActivities {
  return { notify: notifyActivity(notifying), findNearOrders: findNearReferencesActivity(nearlyMatched) };
}
