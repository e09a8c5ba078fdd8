// A history followed by long polls: Temporal answers as soon as something is recorded, and what a run publishes is in the answer.
import type { Client } from '@temporalio/client';
import { decodeArgument } from './decode-payloads.ts';
import type { Event, SoFar, Times } from './history-times.ts';
import { attributesOf, isPublished, memoOf, NOTHING_YET, timesOf } from './history-times.ts';
import { decodeTypedSearchAttributes } from './sdk-internals.ts';

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

export type Polled = Omit<Times, 'soFar'> & {
  isNewsDue: boolean;
  published: Published | null;
  /** What has happened is not in the answer: the run has been paused, or has ended otherwise than by itself. */
  isUnclear: boolean;
  /** For the next poll; null where the run has ended. */
  token: PollToken | null;
};

export type PollToken = { page: Uint8Array; soFar: SoFar };

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
    const { soFar, ...times } = timesOf(all, after, token?.soFar ?? NOTHING_YET);
    return {
      ...times,
      isNewsDue: soFar.isNewsDue,
      published: await publishedBy(client, id, events),
      isUnclear:
        events.some((event) => event.workflowExecutionPausedEventAttributes != null) ||
        (isEnded && events.at(-1)?.workflowExecutionCompletedEventAttributes == null),
      token: isEnded ? null : { page: nextPageToken, soFar },
    };
  };
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

type Attributes = Parameters<typeof decodeTypedSearchAttributes>[0];
