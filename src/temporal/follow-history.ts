// A history followed by long polls: Temporal answers as soon as something is recorded, and what a run publishes is in the answer.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { decodeArgument } from './decode-payloads.ts';
import { decodeTypedSearchAttributes, tsToMs } from './sdk-internals.ts';

/** Longer than Temporal holds an answer (20 s): an order to which nothing happens is three calls a minute. */
const POLL_TIMEOUT_MS = 25_000;

/** What a run has published, by the event with the number `event` at last. */
export type Published = {
  event: number;
  /** In its memo; undefined: nothing new. */
  order: unknown;
  /** Those that were set. */
  attributes: ReturnType<typeof decodeTypedSearchAttributes>;
};

export type Polled = {
  /** How long the last workflow task took that has ended, from its scheduling, in ms; null: none has. */
  taskMs: number | null;
  published: Published | null;
  /** From what the run had published before, or from its start, until what it published next, in ms; null: nothing was published. */
  newsMs: number | null;
  /** What has happened is not in the answer: the run has been paused, or has ended otherwise than by itself. */
  isUnclear: boolean;
  /** For the next poll; null where the run has ended. */
  token: PollToken | null;
};

export type PollToken = { page: Uint8Array } & SoFar;

/** `taskAtMs`: when the last workflow task was scheduled. `newsAtMs`: when the run began, or last published something. Null: no answer had it. */
type SoFar = { taskAtMs: number | null; newsAtMs: number | null };

/** `after`: the number of the last event that is known. */
export type Poll = (
  run: { id: string; runId: string; after: number; token: PollToken | null },
  signal: AbortSignal,
) => Promise<Polled>;

export function historyPoll(client: Client): Poll {
  return async ({ id, runId, after, token }, signal) => {
    const request = {
      namespace: client.options.namespace,
      execution: { workflowId: id, runId },
      waitNewEvent: true,
      skipArchival: true,
      ...(token === null ? {} : { nextPageToken: token.page }),
    };
    const { history, nextPageToken } = await client.withAbortSignal(signal, () =>
      client.withDeadline(Date.now() + POLL_TIMEOUT_MS, () =>
        client.workflowService.getWorkflowExecutionHistory(request),
      ),
    );
    const all = history?.events ?? [];
    const events = all.filter(({ eventId }) => Number(eventId) > after);
    const isEnded = nextPageToken.length === 0;
    const { taskMs, newsMs, soFar } = timesOf(all, after, token);
    return {
      taskMs,
      newsMs,
      published: await publishedBy(client, id, events),
      isUnclear:
        events.some((event) => event.workflowExecutionPausedEventAttributes != null) ||
        (isEnded && events.at(-1)?.workflowExecutionCompletedEventAttributes == null),
      token: isEnded ? null : { page: nextPageToken, ...soFar },
    };
  };
}

/** Of one run there is no more than one workflow task at a time. */
function timesOf(events: readonly Event[], after: number, before: SoFar | null) {
  const soFar: SoFar = { taskAtMs: before?.taskAtMs ?? null, newsAtMs: before?.newsAtMs ?? null };
  let taskMs: number | null = null;
  let newsMs: number | null = null;
  for (const event of events) {
    const atMs = tsToMs(event.eventTime);
    const isNew = Number(event.eventId) > after;
    if (event.workflowTaskScheduledEventAttributes) soFar.taskAtMs = atMs;
    if (event.workflowTaskCompletedEventAttributes && isNew && soFar.taskAtMs !== null) taskMs = atMs - soFar.taskAtMs;
    if (isPublished(event) && isNew && soFar.newsAtMs !== null) newsMs ??= atMs - soFar.newsAtMs;
    if (isPublished(event) || event.workflowExecutionStartedEventAttributes) soFar.newsAtMs = atMs;
  }
  return { taskMs, newsMs, soFar };
}

async function publishedBy(client: Client, id: string, events: readonly Event[]): Promise<Published | null> {
  const last = events.findLast(isPublished);
  if (last === undefined) return null;
  const memo = events.map(memoOf).findLast((payload) => payload != null);
  return {
    event: Number(last.eventId),
    order: memo == null ? undefined : await decodeArgument(client, id, [memo]),
    attributes: decodeTypedSearchAttributes(Object.assign({}, ...events.map(attributesOf)) as Attributes),
  };
}

type Event = temporal.api.history.v1.IHistoryEvent;
type Attributes = Parameters<typeof decodeTypedSearchAttributes>[0];

const isPublished = (event: Event) => memoOf(event) != null || attributesOf(event) != null;

function memoOf({ workflowPropertiesModifiedEventAttributes: modified }: Event) {
  return modified?.upsertedMemo?.fields?.['order'];
}

/** An order that has just been created is published by these alone. */
function attributesOf({ upsertWorkflowSearchAttributesEventAttributes: upserted }: Event) {
  return upserted?.searchAttributes?.indexedFields;
}
