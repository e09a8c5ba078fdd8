// Where an order has waited, from its history.
import { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { Stand } from './stand.ts';

const { EventType } = proto.temporal.api.enums.v1;

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export const STAGES = [
  'workflow tasks, queued',
  'workflow tasks, at a worker',
  'calls, queued',
  'calls, at a worker',
] as const;
export type Stages = Record<(typeof STAGES)[number], number>;

/** How each kind of event ends a stage, and where it has the id of the event that began it. */
const ENDS: {
  [Type in number]?: [keyof Stages, (event: HistoryEvent) => { toString: () => string } | null | undefined];
} = {
  [EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED]: [
    'workflow tasks, queued',
    (event) => event.workflowTaskStartedEventAttributes?.scheduledEventId,
  ],
  [EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]: [
    'workflow tasks, at a worker',
    (event) => event.workflowTaskCompletedEventAttributes?.startedEventId,
  ],
  [EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED]: [
    'calls, queued',
    (event) => event.activityTaskStartedEventAttributes?.scheduledEventId,
  ],
  [EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED]: [
    'calls, at a worker',
    (event) => event.activityTaskCompletedEventAttributes?.startedEventId,
  ],
};

/** In ms, until its SMS was sent: the second call. */
export async function stagesOf({ temporal: connection }: Stand, workflowId: string): Promise<Stages> {
  const history = await new Client({ connection }).workflow.getHandle(workflowId).fetchHistory();
  const all = history.events ?? [];
  const [, sms] = all.filter(({ eventType }) => eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED);
  const events = all.slice(0, sms === undefined ? 0 : all.indexOf(sms) + 1);
  const at = new Map(
    events.map(({ eventId, eventTime }) => [String(eventId), eventTime == null ? 0 : tsToMs(eventTime)]),
  );
  const spent = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Stages;
  for (const event of events) {
    const [stage, begun] = ENDS[event.eventType ?? 0] ?? [];
    if (stage === undefined || begun === undefined) continue;
    spent[stage] += (at.get(String(event.eventId)) ?? 0) - (at.get(String(begun(event))) ?? 0);
  }
  return spent;
}
