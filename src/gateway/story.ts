// The story of an order: every call, webhook, answer and wait of all its runs, in words, from their histories; what they do not say, from its timeline.
// No personal data is in it: `customer` has it, for whoever asks.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { ORDER_READ_MS } from '../contract/time-limits.ts';
import { cancelUpdate, heldUpSignal, resolveUpdate, sendSmsUpdate, sequraEventSignal } from '../contract/messages.ts';
import type { Failure, Order, TimelineEntry } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import { ATTENTIONS, STATUSES } from '../order/status.ts';
import { opened } from '../order/unvouched.ts';
import { amount, notDone } from '../order/words.ts';
import { answerPayloads, decodeActivityResult, decodeArgument } from '../temporal/decode-payloads.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { tsToDate, tsToMs } from '../temporal/sdk-internals.ts';
import { call } from './call.ts';
import { readEvents } from './histories.ts';
import { isOwn, runsOf } from './own-runs.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayload[] | null | undefined;
type Fields = Record<string, unknown>;

type StoryLine = { at: string; what: string };
/** `customer` null: the request is kept no longer, or cannot be read. */
export type Story = { lines: StoryLine[]; customer: OrderRequest | null };

/** What a call is, in words; any other activity is named as it is. */
const CALLS: Readonly<Record<string, string>> = {
  createOrder: 'create',
  sendSms: 'SMS',
  cancelOrder: 'cancel',
  awaitWayIn: 'waits until webhooks can come in',
  claimNumber: 'looks whether another order has this number',
  recall: 'reads what the run before it knew',
};
const TO_SEQURA = new Set(['createOrder', 'sendSms', 'cancelOrder']);

export async function storyOf(client: Client, order: Order): Promise<Story> {
  const { id } = order;
  const lines: StoryLine[] = [];
  let customer: OrderRequest | null = null;
  const runs = [];
  for await (const info of runsOf(client, id)) runs.unshift(info);
  for (const run of runs) {
    const events = await readEvents(client, run);
    const told = await teller(client, order, events, run === runs[0]);
    if (!isOwn(run)) {
      lines.push({ at: run.startTime.toISOString(), what: 'somebody started a run by hand, which does nothing' });
      continue;
    }
    lines.push(...told.lines);
    customer ??= told.customer;
  }
  lines.push(...(await underWay(client, id)));
  const oldest = lines[0]?.at ?? '9';
  lines.push(...order.timeline.flatMap((entry) => fromTimeline(entry, entry.at < oldest)));
  return { lines: lines.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)), customer };
}

async function teller(client: Client, order: Order, events: readonly HistoryEvent[], isFirst: boolean) {
  const lines: StoryLine[] = [];
  let customer: OrderRequest | null = null;
  const calls = new Map<string, { name: string; tries: number }>();
  const updates = new Map<string, string>();
  const timers = new Map<string, string>();
  const { id } = order;
  const argument = async (payloads: Payloads) => fields(await readable(decodeArgument(client, id, payloads)));

  async function call(event: HistoryEvent): Promise<string | null> {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } = event;
    if (scheduled != null) {
      const name = scheduled.activityType?.name ?? '';
      calls.set(String(event.eventId), { name, tries: 1 });
      const words = CALLS[name] ?? name;
      return TO_SEQURA.has(name) ? `→ seQura: ${words}${name === 'createOrder' ? ` (${amount(order)})` : ''}` : words;
    }
    if (started != null) {
      const known = calls.get(String(started.scheduledEventId));
      if (known !== undefined) known.tries = started.attempt ?? 1;
      return null;
    }
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes ??
      event.activityTaskCanceledEventAttributes;
    const known = ended == null ? undefined : calls.get(String(ended.scheduledEventId));
    if (known === undefined || !TO_SEQURA.has(known.name)) return null;
    const what = CALLS[known.name] ?? known.name;
    const tries = known.tries > 1 ? `, at try ${known.tries}` : '';
    const told = answerPayloads(event);
    if (told == null) return `← ${what}: no answer; the outcome is unknown${tries}`;
    const answer = await readable(decodeActivityResult(client, id, told));
    return `← ${what}: ${answerInWords(fields(answer))}${tries}`;
  }

  async function message(event: HistoryEvent): Promise<string | null> {
    const { workflowExecutionSignaledEventAttributes: signal, workflowExecutionUpdateAcceptedEventAttributes: update } =
      event;
    if (signal?.signalName === sequraEventSignal.name) {
      const webhook = await argument(signal.input?.payloads);
      const kind = typeof webhook['kind'] === 'string' ? `, which means ${webhook['kind']}` : '';
      const how = 'event_id' in webhook ? 'webhook of seQura' : `signal typed by ${signal.identity ?? 'somebody'}`;
      return `${how}: ${text(webhook['event']) ?? '(unreadable)'}${kind}`;
    }
    if (signal?.signalName === heldUpSignal.name) return 'a worker saw that the call under way is held up';
    if (update == null) return null;
    const name = update.acceptedRequest?.input?.name ?? '';
    updates.set(String(event.eventId), name);
    return commandInWords(name, await argument(update.acceptedRequest?.input?.args?.payloads));
  }

  async function wait(event: HistoryEvent, at: string): Promise<string | null> {
    const { timerStartedEventAttributes: timer, timerFiredEventAttributes: fired } = event;
    if (fired != null) return `the time is over: ${timers.get(fired.timerId ?? '') ?? 'a wait'}`;
    if (timer == null) return null;
    const until = seconds(new Date(Date.parse(at) + tsToMs(timer.startToFireTimeout)));
    const summary = await summaryOf(client, id, event);
    timers.set(timer.timerId ?? '', summary ?? 'a wait');
    return `waits until ${until}${summary === null ? '' : `: ${summary}`}`;
  }

  for (const event of events) {
    const at = tsToDate(event.eventTime ?? {}).toISOString();
    const started = event.workflowExecutionStartedEventAttributes;
    if (started != null) {
      const request = (await argument(started.input?.payloads))['request'];
      customer ??= isRequest(request) ? request : null;
    }
    const what =
      (started == null ? null : startInWords(isFirst, started.continuedExecutionRunId)) ??
      (await call(event)) ??
      (await message(event)) ??
      (await wait(event, at)) ??
      (await toldMerchant(client, id, event)) ??
      lifeInWords(event);
    if (what !== null) lines.push({ at, what });
  }
  return { lines, customer };
}

function startInWords(isFirst: boolean, continued: string | null | undefined): string {
  if (isFirst) return 'the order is placed';
  return continued ? 'goes on in a new run, because the history had become long' : 'carried on in a new run';
}

/** The calls that have no answer yet, and why no worker can carry the order on. */
async function underWay(client: Client, id: string): Promise<StoryLine[]> {
  const described = await call(client, ORDER_READ_MS, () => client.workflow.getHandle(id).describe());
  const { raw, typedSearchAttributes } = described;
  const problems = typedSearchAttributes.get({ name: 'TemporalReportedProblems', type: 'KEYWORD_LIST' }) ?? [];
  const what = `! no worker can carry the order on: ${problems.join(', ')}`;
  const stuck = problems.length === 0 ? [] : [{ at: new Date().toISOString(), what }];
  const calls = (raw.pendingActivities ?? []).map(({ activityType, attempt, lastFailure, scheduledTime }) => {
    const name = activityType?.name ?? '';
    const last = lastFailure?.applicationFailureInfo?.type;
    const at = scheduledTime == null ? new Date() : tsToDate(scheduledTime);
    return {
      at: at.toISOString(),
      what: `  under way: ${CALLS[name] ?? name}, try ${attempt ?? 1}${last ? `; the last one: ${last}` : ''}`,
    };
  });
  return [...calls, ...stuck];
}

/** Results of activities, in words; what is not known is shown as it is. */
function answerInWords(answer: Fields): string {
  const { outcome, sequraOrderId, failure, mayHaveArrived, forgotten } = answer;
  if (forgotten !== undefined) return 'nothing was done: a reset made this run, and it recovers first';
  const arrived = mayHaveArrived === true ? '; an earlier try may have arrived' : '';
  if (outcome === 'created') return `created, seQura’s number is ${text(sequraOrderId) ?? '(unreadable)'}`;
  const said = text(outcome) ?? '(unreadable)';
  return `${notDone({ outcome: said, ...(isFailure(failure) && { failure }) }) ?? said}${arrived}`;
}

function isFailure(value: unknown): value is Failure {
  return typeof fields(value)['code'] === 'string';
}

function commandInWords(name: string, given: Fields): string {
  const operator = text(given['operator']);
  const by = operator === null ? '' : `, by ${operator}: “${text(given['note']) ?? ''}”`;
  if (name === resolveUpdate.name) {
    const number = text(given['sequra_order_id']);
    return `an operator answers: ${text(given['action']) ?? '(unreadable)'}${number === null ? '' : ` ${number}`}${by}`;
  }
  if (name === cancelUpdate.name) return `a cancel is asked for${by}`;
  if (name !== sendSmsUpdate.name) return `update ${name}`;
  return `an SMS is asked for${text(given['mobile_phone']) === null ? '' : ', to another number'}${by}`;
}

async function toldMerchant(client: Client, id: string, event: HistoryEvent): Promise<string | null> {
  const { startChildWorkflowExecutionInitiatedEventAttributes: child } = event;
  if (child == null) return null;
  return (await summaryOf(client, id, event)) ?? `starts ${child.workflowId ?? ''}`;
}

function lifeInWords(event: HistoryEvent): string | null {
  const asked = event.workflowExecutionCancelRequestedEventAttributes;
  if (asked != null) return `Request Cancellation, by ${asked.identity ?? 'somebody'}`;
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (terminated != null)
    return `terminated by ${terminated.identity ?? 'somebody'}: ${terminated.reason || 'no reason given'}`;
  if (event.workflowExecutionFailedEventAttributes != null) return 'the workflow failed';
  if (event.workflowExecutionTimedOutEventAttributes != null) return 'the workflow timed out';
  if (event.workflowExecutionCompletedEventAttributes != null) return 'the workflow ends';
  const paused = event.workflowExecutionPausedEventAttributes;
  if (paused != null) return `paused by ${paused.identity ?? 'somebody'}: ${paused.reason || 'no reason given'}`;
  const unpaused = event.workflowExecutionUnpausedEventAttributes;
  if (unpaused != null) return `unpaused by ${unpaused.identity ?? 'somebody'}`;
  const failed = event.workflowTaskFailedEventAttributes;
  if (failed == null) return null;
  return failed.baseRunId ? 'reset: a new run goes on where the order was' : 'a worker could not carry the order on';
}

/** `all`: no history is kept of its time. */
function fromTimeline(entry: TimelineEntry, all: boolean): StoryLine[] {
  const { at, event } = entry;
  if (event === 'attention')
    return [{ at, what: `! asks a human: ${entry.reason}. ${ATTENTIONS[entry.reason].means}` }];
  if (event === 'webhook_duplicate') return [{ at, what: `a repeat, which the order knows: ${entry.name}` }];
  if (event in STATUSES) return [{ at, what: `the order is ${event}` }];
  return all && event !== 'accepted' ? [{ at, what: event.replaceAll('_', ' ') }] : [];
}

async function summaryOf(client: Client, id: string, event: HistoryEvent): Promise<string | null> {
  const summary = event.userMetadata?.summary;
  return summary == null ? null : text(opened(await readable(decodeArgument(client, id, [summary]))).value);
}

/** Null where it cannot be read. */
async function readable(decoding: Promise<unknown>): Promise<unknown> {
  try {
    return opened(await decoding).value;
  } catch (error) {
    if (error instanceof PayloadUnreadableError) return null;
    throw error;
  }
}

/** `2026-11-22 10:00:00Z` */
function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

function isRequest(value: unknown): value is OrderRequest {
  return typeof value === 'object' && value !== null && 'mobile_phone' in value;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
