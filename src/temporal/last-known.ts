// All that a run knew which did not come to its own end, or which a reset replaced: more than what it published.
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { tsToDate } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { evolve } from '../order/evolve.ts';
import type { Order } from '../order/order.ts';
import { readWebhook } from '../order/typed-by-hand.ts';
import { sequraEventSignal } from '../workflows/messages.ts';
import { PayloadUnreadableError } from './codec.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
export type Execution = { workflowId: string; runId: string };

/** The order as the run would have published it, had a worker lived to take up all that had come. `published`: as the run did publish it. */
export async function lastKnown(client: Client, execution: Execution, published: Order, at: string): Promise<Order> {
  const events = await readEvents(client, execution);
  const order = await withUnheard(client, published, execution, events);
  const replaced = replacedRun(events);
  if (replaced === null || replaced === published.tookOverFrom) return order;
  // A reset made this run, and no worker has reminded it.
  const before = await knownTo(client, { ...execution, runId: replaced }, at);
  return evolve(order, { type: 'reminded', of: { run: replaced, order: before }, at });
}

/** What a replaced run knew; null where it is no longer kept. */
export async function knownTo(client: Client, execution: Execution, at: string): Promise<Order | null> {
  try {
    const { memo } = await client.workflow.getHandle(execution.workflowId, execution.runId).describe();
    const published = memo?.['order'];
    return isOrder(published) ? await lastKnown(client, execution, published, at) : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function readEvents(client: Client, { workflowId, runId }: Execution): Promise<HistoryEvent[]> {
  return (await client.workflow.getHandle(workflowId, runId).fetchHistory()).events ?? [];
}

/** The run that a reset replaced by the one with these events; null where no reset made it. */
export function replacedRun(events: readonly HistoryEvent[]): string | null {
  const resets = events.map(({ workflowTaskFailedEventAttributes: failed }) => failed?.baseRunId ?? '');
  return resets.findLast((run) => run !== '') ?? null;
}

async function withUnheard(client: Client, published: Order, execution: Execution, events: readonly HistoryEvent[]) {
  let order = published;
  for (const event of unheardSignals(events)) {
    const webhook = readWebhook(await readSignal(client, event));
    // As for the workflow, what was typed by hand is news.
    const eventId = webhook.event_id === undefined ? `${execution.runId}/${String(event.eventId)}` : webhook.event_id;
    const at = tsToDate(event.eventTime ?? {}).toISOString();
    order = evolve(order, { type: 'webhook', webhook: { ...webhook, event_id: eventId }, at });
  }
  return order;
}

/** A task that was completed has taken up all that was there when it started. */
function unheardSignals(events: readonly HistoryEvent[]): HistoryEvent[] {
  const completed = events.map(({ workflowTaskCompletedEventAttributes: task }) => Number(task?.startedEventId ?? 0));
  const heardUpTo = Math.max(0, ...completed);
  return events.filter(
    ({ eventId, workflowExecutionSignaledEventAttributes: signal }) =>
      signal?.signalName === sequraEventSignal.name && Number(eventId) > heardUpTo,
  );
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

/** What was corrupted is none. */
function isOrder(memo: unknown): memo is Order {
  return typeof memo === 'object' && memo !== null && 'id' in memo;
}
