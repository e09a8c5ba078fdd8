// The activities a worker registers, made from the provider they talk to.
import type { Sequra } from '../sequra/sequra.ts';
import type { OrderActivities } from './activities.ts';
import { cancelOrderActivity } from './cancel-order.ts';
import { createOrderActivity } from './create-order.ts';
import { sendSmsActivity } from './send-sms.ts';

export function createActivities(sequra: Sequra): OrderActivities {
  return {
    createOrder: createOrderActivity(sequra),
    sendSms: sendSmsActivity(sequra),
    cancelOrder: cancelOrderActivity(sequra),
  };
}
