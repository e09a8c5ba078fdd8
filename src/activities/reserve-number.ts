// Reserves a number of seQura's for the order that asks, or names the order that has it.
import { activityInfo, getClient } from '@temporalio/activity';
import { reserveNumber } from '../gateway/reserve-number.ts';
import type { OrderActivities } from '../contract/activities.ts';

export const reserveNumberActivity: OrderActivities['claimNumber'] = async ({ number }) => {
  const { workflowExecution, taskQueue } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('a number is taken for an order');
  return { holder: await reserveNumber(getClient(), taskQueue, workflowExecution.workflowId, number) };
};
