// What the Temporal UI and CLI can do to an activity that is under way.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { until } from './waits.ts';

type ActivityOptions = temporal.api.activity.v1.IActivityOptions;
export type Which = {
  namespace: string;
  execution: { workflowId: string; runId: string };
  id: string;
  identity: string;
  reason: string;
};
export type ActivityCommand = (client: Client, which: Which) => Promise<unknown>;

/** The one activity of the newest run, as soon as it has one. */
export function pendingActivity(client: Client, workflowId: string): Promise<Which> {
  return until(`an activity of ${workflowId}`, () => presentActivity(client, workflowId));
}

/** Null if no activity is under way. */
export async function presentActivity(client: Client, workflowId: string): Promise<Which | null> {
  const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
  const id = raw.pendingActivities?.[0]?.activityId;
  const { namespace, identity } = client.options;
  return id == null ? null : { namespace, execution: { workflowId, runId }, id, identity, reason: 'a mistake' };
}

export const pause: ActivityCommand = ({ workflowService }, which) => workflowService.pauseActivity(which);
export const unpause: ActivityCommand = ({ workflowService }, which) => workflowService.unpauseActivity(which);
export const resetActivity: ActivityCommand = ({ workflowService }, which) =>
  workflowService.resetActivity({ ...which, resetHeartbeat: true });

/** `paths`: the options that change, as in a field mask. */
export function update(activityOptions: ActivityOptions, ...paths: string[]): ActivityCommand {
  return ({ workflowService }, which) =>
    workflowService.updateActivityOptions({ ...which, activityOptions, updateMask: { paths } });
}

export const moreAttempts = update({ retryPolicy: { maximumAttempts: 5 } }, 'retry_policy.maximum_attempts');
