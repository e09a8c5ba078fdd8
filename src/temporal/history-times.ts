// What the times of a history's events say, page by page: how long workflow tasks take, and what a run has published. Pure.
import type { temporal } from '@temporalio/proto';
import { tsToMs } from './sdk-internals.ts';

export type Event = temporal.api.history.v1.IHistoryEvent;

/** What the pages so far have said. Of one run there is no more than one workflow task at a time. */
export type SoFar = {
  /** When the workflow task was scheduled that has not ended; null: none is under way. */
  taskAtMs: number | null;
  /** A workflow task has ended well. */
  hasBegun: boolean;
  /** When the run began, or last published something; null: no page had it. */
  newsAtMs: number | null;
};

export const NOTHING_YET: SoFar = { taskAtMs: null, hasBegun: false, newsAtMs: null };

export type Times = {
  /** How long the last workflow task took that has ended well, from its scheduling, in ms; null: none has. */
  taskMs: number | null;
  /** From what the run had published before, or from its start, until the first that it published since, in ms; null: nothing. */
  newsMs: number | null;
  /** A workflow task is under way, and not the first of the run: a run is published with its start, and its first task begins a call. */
  isNewsDue: boolean;
  soFar: SoFar;
};

/** Of the events after the one with the number `after`; those before are known, and say since when. */
export function timesOf(events: readonly Event[], after: number, before: SoFar): Times {
  let { taskAtMs, hasBegun, newsAtMs } = before;
  let taskMs: number | null = null;
  let newsMs: number | null = null;
  for (const event of events) {
    const atMs = tsToMs(event.eventTime);
    const isNew = Number(event.eventId) > after;
    if (event.workflowTaskCompletedEventAttributes && isNew && taskAtMs !== null) taskMs = atMs - taskAtMs;
    if (event.workflowTaskCompletedEventAttributes) hasBegun = true;
    if (endsTask(event)) taskAtMs = null;
    if (event.workflowTaskScheduledEventAttributes) taskAtMs = atMs;
    if (isPublished(event) && isNew && newsAtMs !== null) newsMs ??= atMs - newsAtMs;
    if (isPublished(event) || event.workflowExecutionStartedEventAttributes) newsAtMs = atMs;
  }
  return { taskMs, newsMs, isNewsDue: taskAtMs !== null && hasBegun, soFar: { taskAtMs, hasBegun, newsAtMs } };
}

function endsTask(event: Event): boolean {
  const { workflowTaskCompletedEventAttributes: completed, workflowTaskFailedEventAttributes: failed } = event;
  return (completed ?? failed ?? event.workflowTaskTimedOutEventAttributes) != null;
}

export const isPublished = (event: Event): boolean => memoOf(event) != null || attributesOf(event) != null;

export function memoOf({ workflowPropertiesModifiedEventAttributes: modified }: Event) {
  return modified?.upsertedMemo?.fields?.['order'];
}

/** An order that has just been created is published by these alone. */
export function attributesOf({ upsertWorkflowSearchAttributesEventAttributes: upserted }: Event) {
  return upserted?.searchAttributes?.indexedFields;
}
