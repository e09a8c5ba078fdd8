// What there is to judge orders by when all is quiet: seQura's ledger, the API's answers, and Temporal's histories.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { SequraEvent } from '../../src/order/webhook.ts';
import { asListed } from '../../src/order/listed.ts';
import type { Order } from '../../src/order/order.ts';
import { orderOf } from '../../src/order/order.ts';
import type { Opened } from '../../src/order/unvouched.ts';
import { distrust, opened } from '../../src/order/unvouched.ts';
import type { OrderView } from '../../src/order/view.ts';
import { webhookKey } from '../../src/order/webhook.ts';
import type { LedgerRecord } from '../../src/simulator/records.ts';
import { decodeArgument } from '../../src/temporal/decode-payloads.ts';
import type { UnmatchedWebhook } from '../../src/contract/messages.ts';
import { ORDER_WORKFLOW, UNMATCHED_WEBHOOK_WORKFLOW } from '../../src/contract/names.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** One run of an order's workflow. */
export type Run = {
  id: string;
  runId: string;
  status: string;
  startedMs: number;
  /** The order as the run published it, from its start on. */
  states: Order[];
  /** The webhooks that it recorded; `taken` up by a worker, or left where they were when the run was stopped. */
  heard: { key: string; atMs: number; taken: boolean }[];
  history: { events?: HistoryEvent[] | null };
};

/** A webhook that is kept as a record of its own. */
export type KeptWebhook = { merchantId: string; reference: string; key: string; atMs: number };

/** One `POST /v1/orders` and its answer. */
export type Posted = {
  reference: string;
  /** The same text for the same order. */
  body: string;
  cents: number;
  /** 0: no answer came. */
  status: number;
  /** Of the order, where the answer has one. */
  id: string | null;
  answeredMs: number;
};

export type Evidence = {
  nowMs: number;
  ledger: LedgerRecord;
  /** As the API shows them. */
  orders: OrderView[];
  runs: Run[];
  kept: KeptWebhook[];
  posted: readonly Posted[];
};

/** Every run that Temporal's lists know: they may lag some seconds behind. `query`: a filter of theirs. */
export async function readRuns(client: Client, query: string): Promise<{ runs: Run[]; kept: KeptWebhook[] }> {
  const runs: Run[] = [];
  const kept: KeptWebhook[] = [];
  for await (const info of client.workflow.list({ query })) {
    if (info.type === ORDER_WORKFLOW) runs.push(await readRun(client, info));
    if (info.type === UNMATCHED_WEBHOOK_WORKFLOW) kept.push(await readKept(client, info));
  }
  return { runs: runs.toSorted((a, b) => a.startedMs - b.startedMs), kept };
}

type Payloads = temporal.api.common.v1.IPayload[] | null | undefined;

async function readRun(client: Client, info: WorkflowExecutionInfo): Promise<Run> {
  const run: Run = {
    id: info.workflowId,
    runId: info.runId,
    status: info.status.name,
    startedMs: info.startTime.getTime(),
    states: [],
    heard: [],
    history: await readHistory(client, info),
  };
  const events = run.history.events ?? [];
  const completed = events.map(({ workflowTaskCompletedEventAttributes: task }) => Number(task?.startedEventId ?? 0));
  const lastTask = Math.max(...completed);
  for (const event of events) {
    const { workflowExecutionStartedEventAttributes: started, workflowPropertiesModifiedEventAttributes: modified } =
      event;
    const memo = (started?.memo ?? modified?.upsertedMemo)?.fields?.['order'];
    const published = orderOf(info.workflowId, await decoded(client, info, memo == null ? [] : [memo]));
    const state = published ?? listed(run.states.at(-1), event);
    if (state !== undefined) run.states.push(state);
    const heard = await readArgument(
      client,
      info,
      event.workflowExecutionSignaledEventAttributes?.input?.payloads,
      // Typed by hand, and nothing that anybody can read.
    ).catch(() => undefined);
    const taken = Number(event.eventId) <= lastTask;
    const atMs = timeOf(event);
    const webhook = state !== undefined || heard === undefined ? undefined : believed(heard, run, atMs);
    if (webhook !== undefined) run.heard.push({ key: webhookKey(webhook), atMs, taken });
  }
  return run;
}

/** The order as its search attributes show it; undefined where they say nothing new. */
function listed(before: Order | undefined, event: HistoryEvent): Order | undefined {
  const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  const value = (name: string) => JSON.parse(Buffer.from(fields?.[name]?.data ?? 'null').toString()) as string | null;
  const order = before && asListed(before, { sequraOrderId: value('SequraOrderId'), confirmBy: value('ConfirmBy') });
  return order === before ? undefined : order;
}

/** What somebody typed whom the order does not believe is nothing that it heard. */
function believed(heard: Opened, { id, states: [order] }: Run, atMs: number): SequraEvent | undefined {
  if (order !== undefined && distrust(heard, { id, policy: order.policy }, new Date(atMs).toISOString()) !== null)
    return undefined;
  return heard.value as SequraEvent | undefined;
}

async function readKept(client: Client, info: WorkflowExecutionInfo): Promise<KeptWebhook> {
  const [event] = (await readHistory(client, info)).events ?? [];
  const payloads = event?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const input = await decoded<UnmatchedWebhook>(client, info, payloads);
  if (event === undefined || input === undefined) throw new Error(`${info.workflowId} has no input`);
  const { merchantId, reference, webhook } = input;
  return { merchantId, reference, key: webhookKey(webhook), atMs: timeOf(event) };
}

function readHistory(client: Client, { workflowId, runId }: WorkflowExecutionInfo): Promise<Run['history']> {
  return client.workflow.getHandle(workflowId, runId).fetchHistory();
}

async function readArgument(client: Client, run: WorkflowExecutionInfo, payloads: Payloads): Promise<Opened> {
  return opened(await decodeArgument(client, run.workflowId, payloads ?? []));
}

async function decoded<T>(client: Client, run: WorkflowExecutionInfo, payloads: Payloads): Promise<T | undefined> {
  return (await readArgument(client, run, payloads)).value as T | undefined;
}

function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}
