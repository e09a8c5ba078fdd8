// Finds orders whose call to seQura Temporal holds up for good: paused, or with options changed so that it never comes to an end. No
// activity's time-out runs while it is paused, and a timer beside each call would cost every order what hardly one needs.
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { tsToMs } from '../temporal/sdk-internals.ts';
import proto from '@temporalio/proto';
import { heldUpSignal } from '../contract/messages.ts';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import { publishedBy } from './last-known.ts';

const { PENDING_ACTIVITY_STATE_PAUSED, PENDING_ACTIVITY_STATE_SCHEDULED, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED } =
  proto.temporal.api.enums.v1.PendingActivityState;

/** A create that runs for longer than its own limits is looked at. */
const SUSPICIOUS_AFTER_MS = 60_000;
/** Beyond the longest that a call to seQura may take. */
const MARGIN_MS = 20_000;
/** In one go. A backlog without workers is no reason for more: it shrinks, and is looked at then. */
const MOST_LOOKS = 100;

/** A cancel is watched by a timer of its own. */
const WATCHED: readonly string[] = ['createOrder', 'sendSms', 'recall'];

export type HeldUp = { client: Client; taskQueue: string };

/** Tells each of them, and returns their ids. */
export async function endHeldUp({ client, taskQueue }: HeldUp, nowMs = Date.now()): Promise<string[]> {
  const told: string[] = [];
  let looks = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query: suspicious(nowMs) })) {
    if ((looks += 1) > MOST_LOOKS) break;
    const handle = client.workflow.getHandle(workflowId, runId);
    if (!isHeldUp(await handle.describe(), taskQueue, nowMs)) continue;
    await handle.signal(heldUpSignal);
    told.push(workflowId);
  }
  return told;
}

function suspicious(nowMs: number): string {
  const before = `'${new Date(nowMs - SUSPICIOUS_AFTER_MS).toISOString()}'`;
  const late = [
    'TemporalPauseInfo IS NOT NULL',
    `(OrderStatus = 'creating' AND OrderAttention IS NULL AND StartTime < ${before})`,
    `(OrderStatus = 'awaiting_customer' AND ConfirmBy < ${before})`,
  ];
  return `WorkflowType = '${ORDER_WORKFLOW}' AND ExecutionStatus = 'Running' AND (${late.join(' OR ')})`;
}

function isHeldUp(description: WorkflowExecutionDescription, taskQueue: string, nowMs: number): boolean {
  const longestMs = (publishedBy(description)?.policy.sequraTimeoutMs ?? 0) + MARGIN_MS;
  return (description.raw.pendingActivities ?? []).some((activity) => {
    const type = WATCHED.find((name) => name === activity.activityType?.name);
    if (type === undefined) return false;
    switch (activity.state) {
      case PENDING_ACTIVITY_STATE_PAUSED:
        return true;
      case PENDING_ACTIVITY_STATE_SCHEDULED: {
        const elsewhere = activity.activityOptions?.taskQueue?.name;
        if (elsewhere != null && elsewhere !== taskQueue) return true;
        // A create or an SMS does nothing when it is dispatched again, however long Temporal waits before that.
        const isLater = (tsToMs(activity.scheduledTime) ?? 0) > nowMs + MARGIN_MS;
        return isLater || (type !== 'recall' && (activity.attempt ?? 1) > 1);
      }
      case PENDING_ACTIVITY_STATE_CANCEL_REQUESTED:
        return false;
      default:
        return nowMs - (tsToMs(activity.lastStartedTime) ?? nowMs) > longestMs;
    }
  });
}
