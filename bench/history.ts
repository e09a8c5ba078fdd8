// What one order leaves in Temporal: events, the actions that Temporal Cloud bills, and bytes.
import { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { ended, leadToWaiting } from './load.ts';
import type { RunningServer } from './servers.ts';
import type { Stand } from './stand.ts';

const { EventType } = proto.temporal.api.enums.v1;

/** `stateWrites`, `visibilityWrites`: see `bench/metered.ts`; null where the server does not tell. */
export type HistoryFigures = {
  events: number;
  actions: number;
  bytes: number;
  stateWrites: number | null;
  visibilityWrites: number | null;
};

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/**
 * Actions by https://docs.temporal.io/cloud/actions, as far as a history shows them. Memos and patches are none; queries and heartbeats are, and
 * this life of an order has none of them. A child workflow is two: it is asked for here, and its own history has its start.
 */
const ACTIONS: { [Type in number]?: (event: HistoryEvent) => number } = {
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED]: () => 1,
  [EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED]: (event) => event.activityTaskStartedEventAttributes?.attempt ?? 1,
  [EventType.EVENT_TYPE_TIMER_STARTED]: () => 1,
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED]: () => 1,
  [EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED]: () => 1,
  [EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES]: () => 1,
  [EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED]: () => 2,
  [EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED]: () => 1,
  // Local activities and side effects; a patch is a marker, too.
  [EventType.EVENT_TYPE_MARKER_RECORDED]: (event) =>
    event.markerRecordedEventAttributes?.markerName === 'core_patch' ? 0 : 1,
};

export function actionsIn(events: readonly HistoryEvent[]): number {
  return events.reduce((sum, event) => sum + (ACTIONS[event.eventType ?? 0]?.(event) ?? 0), 0);
}

/** Of the first order on a server, whose steps come one after the other: under load several of them may share a workflow task, and so events. */
export async function historyFigures(stand: Stand, { written }: RunningServer): Promise<HistoryFigures> {
  const [reference = ''] = await leadToWaiting(stand, 1, 1);
  const workflowId = stand.shape.front.workflowId(reference);
  stand.simulator.confirm(reference);
  await ended(stand, workflowId);
  const writes = await written?.();
  const history = await new Client({ connection: stand.temporal }).workflow.getHandle(workflowId).fetchHistory();
  const events = history.events ?? [];
  return {
    events: events.length,
    actions: actionsIn(events),
    bytes: Buffer.byteLength(JSON.stringify(JSON.parse(historyToJSON(history)))),
    stateWrites: writes?.states ?? null,
    visibilityWrites: writes?.visibility ?? null,
  };
}
