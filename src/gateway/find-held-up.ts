// Finds orders whose call to seQura is held up in Temporal: the activity is paused, or its options were changed so that it never ends. Time-outs
// do not run while an activity is paused, and a timer beside each call would cost every order, although few need it.
import type { Client, WorkflowExecutionDescription, WorkflowExecutionInfo } from '@temporalio/client';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { executionInfoFromRaw, tsToMs } from '../temporal/sdk-internals.ts';
import proto from '@temporalio/proto';
import { heldUpSignal } from '../contract/messages.ts';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import { publishedBy, shown } from './own-runs.ts';

const { PENDING_ACTIVITY_STATE_PAUSED, PENDING_ACTIVITY_STATE_SCHEDULED, PENDING_ACTIVITY_STATE_CANCEL_REQUESTED } =
  proto.temporal.api.enums.v1.PendingActivityState;

/** An order that is late by more than this is looked at. */
const SUSPICIOUS_AFTER_MS = 60_000;
/** Added to the longest time of a call to seQura. */
const MARGIN_MS = 20_000;
/** Late orders per look; later looks see the others. */
const MOST_LOOKS = 100;

/** Orders that wait for their customer, per look: thousands are seen within minutes. */
const ORDERS_A_LOOK = 500;

/** Types of activities that are looked for. A cancel has a timer of its own. */
const WATCHED: readonly string[] = ['createOrder', 'sendSms', 'recall'];

export type HeldUp = { client: Client; taskQueue: string };
type RawInfo = proto.temporal.api.workflow.v1.IWorkflowExecutionInfo;

/** A look sends a signal to each order that it finds, and returns their ids. Orders that wait for their customer take several looks. */
export function heldUpLooks({ client, taskQueue }: HeldUp): (nowMs?: number) => Promise<string[]> {
  const waiting = pageByPage(client, `${RUNNING} AND OrderStatus = 'awaiting_customer'`);

  return async (nowMs = Date.now()) => {
    const late = await page(client, { query: suspicious(nowMs), pageSize: MOST_LOOKS });
    const sending = await readable(await waiting(), async (raw) => {
      const info = await executionInfoFromRaw(raw, client.options.loadedDataConverter, raw, client.options.namespace);
      return isSending(info);
    });
    const suspects = new Map([...late.executions, ...sending].map((raw) => [raw.execution?.runId ?? '', raw]));
    const heldUp = await readable([...suspects.values()], async (raw) =>
      isHeldUp(await client.workflow.getHandle(...ids(raw)).describe(), taskQueue, nowMs),
    );
    for (const raw of heldUp) await client.workflow.getHandle(...ids(raw)).signal(heldUpSignal);
    return heldUp.map((raw) => ids(raw)[0]);
  };
}

function ids({ execution }: RawInfo): [workflowId: string, runId: string] {
  return [execution?.workflowId ?? '', execution?.runId ?? ''];
}

/** The runs that pass `test`. A run that no key here can read is left out, so that it does not hide all others. */
async function readable(all: readonly RawInfo[], test: (one: RawInfo) => Promise<boolean>): Promise<RawInfo[]> {
  const found: RawInfo[] = [];
  for (const one of all) {
    try {
      if (await test(one)) found.push(one);
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
    }
  }
  return found;
}

const RUNNING = `WorkflowType = '${ORDER_WORKFLOW}' AND ExecutionStatus = 'Running'`;

function suspicious(nowMs: number): string {
  const before = `'${new Date(nowMs - SUSPICIOUS_AFTER_MS).toISOString()}'`;
  const late = [
    'TemporalPauseInfo IS NOT NULL',
    `(OrderStatus = 'creating' AND OrderAttention IS NULL AND StartTime < ${before})`,
    `(OrderStatus = 'awaiting_customer' AND ConfirmBy < ${before})`,
  ];
  return `${RUNNING} AND (${late.join(' OR ')})`;
}

/** Whether an SMS is under way, according to what the order has published. */
function isSending(info: WorkflowExecutionInfo): boolean {
  const published = publishedBy(info);
  if (published === null) return false;
  const { sms } = shown(published, info);
  return sms.queue.length > 0 && sms.retryAt === null;
}

/** Each call gives the next page; after the last one, and after a failure, the first. */
function pageByPage(client: Client, query: string): () => Promise<RawInfo[]> {
  let next: Uint8Array = FIRST_PAGE;
  return async () => {
    const nextPageToken = next;
    next = FIRST_PAGE;
    const answer = await page(client, { query, pageSize: ORDERS_A_LOOK, nextPageToken });
    next = answer.nextPageToken;
    return answer.executions;
  };
}

const FIRST_PAGE = new Uint8Array();

function page(
  { options, workflowService }: Client,
  what: { query: string; pageSize: number; nextPageToken?: Uint8Array },
) {
  return workflowService.listWorkflowExecutions({ namespace: options.namespace, ...what });
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
        // A create or an SMS does nothing when it is dispatched again, so we need not wait for that.
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
