// What the times of a history's events say, page by page: how long workflow tasks take, and what a run has published. Pure.
import type { temporal } from '@temporalio/proto';
import { tsToMs } from './sdk-internals.ts';

export type Event = temporal.api.history.v1.IHistoryEvent;

/** What the pages so far have said. Of one run there is no more than one workflow task at a time. */
export type SoFar = {
  /** When the last workflow task was scheduled; null: no page had one. */
  taskAtMs: number | null;
  /** Something has happened that a workflow task is about to take in, and perhaps to publish. */
  isNewsDue: boolean;
  /** When the run began, or last published something; null: no page had it. */
  newsAtMs: number | null;
};

export const NOTHING_YET: SoFar = { taskAtMs: null, isNewsDue: false, newsAtMs: null };

export type Times = {
  /** How long the last workflow task took that has ended well, from its scheduling, in ms; null: none has. */
  taskMs: number | null;
  /** From what the run had published before, or from its start, until the first that it published since, in ms; null: nothing. */
  newsMs: number | null;
  soFar: SoFar;
};

/** Of the events after the one with the number `after`; those before are known, and say since when. */
export function timesOf(events: readonly Event[], after: number, before: SoFar): Times {
  let { taskAtMs, isNewsDue, newsAtMs } = before;
  let taskMs: number | null = null;
  let newsMs: number | null = null;
  for (const event of events) {
    const atMs = tsToMs(event.eventTime);
    const isNew = Number(event.eventId) > after;
    if (event.workflowTaskScheduledEventAttributes) taskAtMs = atMs;
    if (event.workflowTaskCompletedEventAttributes && isNew && taskAtMs !== null) taskMs = atMs - taskAtMs;
    if (event.workflowTaskCompletedEventAttributes) isNewsDue = false;
    if (HAPPENINGS.some((happening) => event[happening] != null)) isNewsDue = true;
    if (isPublished(event) && isNew && newsAtMs !== null) newsMs ??= atMs - newsAtMs;
    if (isPublished(event) || event.workflowExecutionStartedEventAttributes) newsAtMs = atMs;
  }
  return { taskMs, newsMs, soFar: { taskAtMs, isNewsDue, newsAtMs } };
}

/** What orders are changed by; not the start of a run, which is published with it, nor that of a child. */
const HAPPENINGS = [
  'activityTaskCompletedEventAttributes',
  'activityTaskFailedEventAttributes',
  'activityTaskTimedOutEventAttributes',
  'timerFiredEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'workflowExecutionCancelRequestedEventAttributes',
] as const satisfies readonly (keyof Event)[];

export const isPublished = (event: Event): boolean => memoOf(event) != null || attributesOf(event) != null;

export function memoOf({ workflowPropertiesModifiedEventAttributes: modified }: Event) {
  return modified?.upsertedMemo?.fields?.['order'];
}

/** An order that has just been created is published by these alone. */
export function attributesOf({ upsertWorkflowSearchAttributesEventAttributes: upserted }: Event) {
  return upserted?.searchAttributes?.indexedFields;
}
