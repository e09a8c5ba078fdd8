// The activities a worker registers, made from those they talk to.
import type { Sequra } from '../sequra/sequra.ts';
import type { NotificationActivities, OrderActivities } from './activities.ts';
import { cancelOrderActivity } from './cancel-order.ts';
import { createOrderActivity } from './create-order.ts';
import type { Notifying } from './notify.ts';
import { notifyActivity } from './notify.ts';
import { recall } from './recall.ts';
import { sendSmsActivity } from './send-sms.ts';

export function createActivities(sequra: Sequra): OrderActivities {
  return {
    createOrder: createOrderActivity(sequra),
    sendSms: sendSmsActivity(sequra),
    cancelOrder: cancelOrderActivity(sequra),
    recall,
  };
}

export function createNotificationActivities(notifying: Notifying): NotificationActivities {
  return { notify: notifyActivity(notifying) };
}
