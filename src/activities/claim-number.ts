// Before an operator's number becomes an order's: whether another order has it.
import { activityInfo, getClient } from '@temporalio/activity';
import { claimNumber } from '../gateway/claim-number.ts';
import type { OrderActivities } from '../contract/activities.ts';

export const claimNumberActivity: OrderActivities['claimNumber'] = async ({ number }) => {
  const { workflowExecution, taskQueue } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('a number is taken for an order');
  return { holder: await claimNumber(getClient(), taskQueue, workflowExecution.workflowId, number) };
};
