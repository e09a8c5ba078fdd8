// A history followed by long polls: Temporal answers as soon as something is recorded.
import type { Client } from '@temporalio/client';

/** Longer than Temporal holds an answer (20 s): an order to which nothing happens is three calls a minute. */
const POLL_TIMEOUT_MS = 25_000;

export type Poll = (
  run: { id: string; runId: string; token: Uint8Array | null },
  signal: AbortSignal,
) => Promise<{ hasNews: boolean; token: Uint8Array | null }>;

/** `hasNews`: the order may be another since the last poll. `token`: for the next poll; null where the run has ended. */
export function historyPoll(client: Client): Poll {
  return async ({ id, runId, token }, signal) => {
    const request = {
      namespace: client.options.namespace,
      execution: { workflowId: id, runId },
      waitNewEvent: true,
      skipArchival: true,
      ...(token === null ? {} : { nextPageToken: token }),
    };
    const { history, nextPageToken } = await client.withAbortSignal(signal, () =>
      client.withDeadline(Date.now() + POLL_TIMEOUT_MS, () =>
        client.workflowService.getWorkflowExecutionHistory(request),
      ),
    );
    const hasNews = (history?.events ?? []).some(
      (event) =>
        event.workflowPropertiesModifiedEventAttributes != null ||
        // An order that has just been created is published so.
        event.upsertWorkflowSearchAttributesEventAttributes != null ||
        event.workflowExecutionPausedEventAttributes != null,
    );
    return { hasNews, token: nextPageToken.length === 0 ? null : nextPageToken };
  };
}
