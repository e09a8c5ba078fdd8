// Recovers what a stopped run, or a run that a reset replaced, had learned but not published, from its history.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { tsToDate } from '../temporal/sdk-internals.ts';
import type { temporal } from '@temporalio/proto';
import type { CancelResult, CreateResult, Recovery } from '../order/activity-results.ts';
import type { NewOrderEvent } from '../order/events.ts';
import type { SequraEvent } from '../order/webhook.ts';
import { evolve } from '../order/evolve.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import { readSignal } from '../order/read-messages.ts';
import { ofBefore, opened } from '../order/unvouched.ts';
import { sequraEventSignal } from '../contract/messages.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { answerPayloads, decodeActivityResult, decodeArgument } from '../temporal/decode-payloads.ts';
import { readEvents } from './histories.ts';
import { isOwn, publishedBy, runsOf } from './own-runs.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Execution = { workflowId: string; runId: string };

/** The order as the run would have published it after taking every message that had arrived. `published`: as the run did publish it. */
export async function recoverRun(client: Client, execution: Execution, published: Order, at: string): Promise<Order> {
  const events = await readEvents(client, execution);
  const known = await createdBy(client, published, execution, events);
  const order = await hear(client, known, execution, events, unheard(events));
  const wasReset = resetRun(events);
  if (wasReset === null || wasReset === published.tookOverFrom) return order;
  // The run was made by a reset, and stopped before it had recovered.
  return evolve(order, { type: 'recovered', recovery: await recoverRunBefore(client, execution, wasReset, at), at });
}

/** The order, with the create that its run has published by search attributes. The number is that of the activity's result, which is authentic. */
async function createdBy(client: Client, published: Order, { workflowId }: Execution, events: readonly HistoryEvent[]) {
  if (published.status !== 'creating') return published;
  const listed = events.findLast(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
    Boolean(upsert?.searchAttributes?.indexedFields?.['SequraOrderId']),
  );
  if (listed === undefined) return published;
  const { workflowTaskCompletedEventId: task } = listed.upsertWorkflowSearchAttributesEventAttributes ?? {};
  const heard = events.find(({ eventId }) => String(eventId) === String(task))?.workflowTaskCompletedEventAttributes;
  const heardAt = events.find(({ eventId }) => String(eventId) === String(heard?.startedEventId))?.eventTime;
  const ended = events.findLast(
    (event) => Number(event.eventId) < Number(task) && event.activityTaskCompletedEventAttributes != null,
  );
  const answer = ended?.activityTaskCompletedEventAttributes?.result?.payloads;
  const result = (await read(decodeActivityResult(client, workflowId, answer))) as CreateResult | null;
  if (result?.outcome !== 'created') return published;
  return evolve(published, { type: 'create_ended', result, at: tsToDate(heardAt ?? {}).toISOString() });
}

/** What a run made by a reset has to recover; null for any other run. */
export async function recoveryOf(client: Client, execution: Execution, at: string): Promise<Recovery | null> {
  const wasReset = resetRun(await readEvents(client, execution));
  return wasReset === null ? null : recoverRunBefore(client, execution, wasReset, at);
}

/** The order, with the signals to runs that somebody started by hand, which do nothing. `strays`: oldest first. */
export async function withStraySignals(client: Client, order: Order, strays: readonly Execution[]): Promise<Order> {
  let heard = order;
  for (const stray of strays) {
    const events = await readEvents(client, stray);
    heard = await hear(client, heard, stray, events, events);
  }
  return heard;
}

/** A reset may be of any run, so we recover what the newest run before this one knew. */
async function recoverRunBefore(client: Client, execution: Execution, wasReset: string, at: string): Promise<Recovery> {
  const { workflowId, runId } = execution;
  const { startTime } = await client.workflow.getHandle(workflowId, runId).describe();
  let newest = wasReset;
  const strays: Execution[] = [];
  for await (const info of runsOf(client, workflowId)) {
    if (info.runId === runId || info.startTime > startTime) continue;
    if (isOwn(info)) {
      newest = info.runId;
      break;
    }
    strays.unshift(info);
  }
  const order = await orderOfRun(client, { workflowId, runId: newest }, at);
  return { run: wasReset, order: order && (await withStraySignals(client, order, strays)) };
}

/** Null where the run is no longer kept. */
async function orderOfRun(client: Client, execution: Execution, at: string): Promise<Order | null> {
  try {
    const published = publishedBy(await client.workflow.getHandle(execution.workflowId, execution.runId).describe());
    return published && (await recoverRun(client, execution, published, at));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function resetRun(events: readonly HistoryEvent[]): string | null {
  const resets = events.map(({ workflowTaskFailedEventAttributes: failed }) => failed?.baseRunId ?? '');
  return resets.findLast((run) => run !== '') ?? null;
}

/** Events after the start of the last completed workflow task, which has taken all before. */
function unheard(events: readonly HistoryEvent[]): HistoryEvent[] {
  const completed = events.map(({ workflowTaskCompletedEventAttributes: task }) => Number(task?.startedEventId ?? 0));
  const heardUpTo = Math.max(0, ...completed);
  return events.filter(({ eventId }) => Number(eventId) > heardUpTo);
}

/** Applies `news`, which is a part of the run's `events`. */
async function hear(
  client: Client,
  order: Order,
  run: Execution,
  events: readonly HistoryEvent[],
  news: readonly HistoryEvent[],
): Promise<Order> {
  const believed = news.length > 0 && (await isOfBefore(client, run, events)) ? ofBefore : (value: unknown) => value;
  let next = order;
  for (const event of news) {
    const at = tsToDate(event.eventTime ?? {}).toISOString();
    const heard =
      (await heardWebhook(client, event, run, (given) => readSignal(believed(given), next, at))) ??
      (await cancelEnd(client, event, run, next, believed));
    if (heard !== null) next = evolve(next, { ...heard, at });
  }
  return next;
}

/** Whether the run was started before payloads were bound: then a message to it may be as old. */
async function isOfBefore(client: Client, run: Execution, [first]: readonly HistoryEvent[]): Promise<boolean> {
  const input = opened(
    await read(decodeArgument(client, run.workflowId, first?.workflowExecutionStartedEventAttributes?.input?.payloads)),
  );
  return (
    input.how === 'unbound' && orderOf(run.workflowId, (input.value as { order?: unknown } | null)?.order) !== null
  );
}

async function heardWebhook(
  client: Client,
  event: HistoryEvent,
  { workflowId, runId }: Execution,
  readAs: (given: unknown) => SequraEvent,
): Promise<NewOrderEvent | null> {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal?.signalName !== sequraEventSignal.name) return null;
  const webhook = readAs(await read(decodeArgument(client, workflowId, signal.input?.payloads)));
  // An event without an id was typed by hand: it is news, as it is for the workflow.
  const eventId = webhook.event_id === undefined ? `${runId}/${String(event.eventId)}` : webhook.event_id;
  return { type: 'webhook', webhook: { ...webhook, event_id: eventId } };
}

/**
 * The result of a cancel, which decides what the next cancel means. The result of a create is left out, because an operator is asked anyway; that of an
 * SMS is left out, because a second SMS does no harm. Only one activity is under way at a time.
 */
async function cancelEnd(
  client: Client,
  event: HistoryEvent,
  { workflowId }: Execution,
  order: Order,
  believed: (given: unknown) => unknown,
): Promise<NewOrderEvent | null> {
  const answer = answerPayloads(event);
  if (answer == null || order.cancel?.phase !== 'sending') return null;
  const result = believed(await read(decodeActivityResult(client, workflowId, answer)));
  return isCancelResult(result) ? { type: 'cancel_ended', result } : null;
}

function isCancelResult(result: unknown): result is CancelResult {
  return typeof result === 'object' && result !== null && 'outcome' in result;
}

/** Null where the payload is corrupted: it becomes an event that no rule knows. Throws where its key is missing, which may come back. */
async function read(decoding: Promise<unknown>): Promise<unknown> {
  try {
    return await decoding;
  } catch (error) {
    if (error instanceof PayloadUnreadableError && error.reason === 'missing_key') throw error;
    return null;
  }
}
