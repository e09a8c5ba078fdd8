// What a run recorded that no worker took up any more: a webhook was answered, and then the run was terminated.
import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { tsToDate } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { evolve } from '../order/evolve.ts';
import type { Order } from '../order/order.ts';
import { sequraEventSignal } from '../workflows/messages.ts';
import { readWebhook } from '../order/typed-by-hand.ts';
import { PayloadUnreadableError } from './codec.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Execution = { workflowId: string; runId: string };

const PAGE = 100;

/** The order as the run would have published it, had a worker lived to take up all that it was sent. `order`: as the run did publish it. */
export async function withUnheard(client: Client, order: Order, execution: Execution): Promise<Order> {
  let heard = order;
  for (const event of await unheardSignals(client, execution)) {
    const webhook = readWebhook(await readSignal(client, event));
    const at = tsToDate(event.eventTime ?? {}).toISOString();
    // As for the workflow, what was typed by hand is news.
    const eventId = webhook.event_id === undefined ? `${execution.runId}/${String(event.eventId)}` : webhook.event_id;
    heard = evolve(heard, { type: 'webhook', webhook: { ...webhook, event_id: eventId }, at });
  }
  return heard;
}

/** Oldest first. A task that was completed has taken all that was there when it started; read from the end, since it is one of the last. */
async function unheardSignals(client: Client, execution: Execution): Promise<HistoryEvent[]> {
  const signals: HistoryEvent[] = [];
  let heardUpTo = 0;
  let nextPageToken = new Uint8Array();
  do {
    const { namespace } = client.options;
    const request = { namespace, execution, maximumPageSize: PAGE, nextPageToken };
    const page = await client.workflowService.getWorkflowExecutionHistoryReverse(request);
    for (const event of page.history?.events ?? []) {
      if (Number(event.eventId) <= heardUpTo) return signals;
      const { workflowTaskCompletedEventAttributes: completed, workflowExecutionSignaledEventAttributes: signal } =
        event;
      if (completed != null) heardUpTo = Math.max(heardUpTo, Number(completed.startedEventId));
      if (signal?.signalName === sequraEventSignal.name) signals.unshift(event);
    }
    nextPageToken = new Uint8Array(page.nextPageToken);
  } while (nextPageToken.length > 0);
  return signals;
}

/** What no key opens any more is an event that no rule knows. */
async function readSignal(client: Client, event: HistoryEvent): Promise<unknown> {
  const payloads = event.workflowExecutionSignaledEventAttributes?.input?.payloads;
  try {
    return (await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads))[0];
  } catch (error) {
    if (error instanceof PayloadUnreadableError && error.reason === 'corrupted') return null;
    throw error;
  }
}
