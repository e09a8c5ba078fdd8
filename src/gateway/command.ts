// Commands that need an answer are updates: refused ones leave no trace, and a closed order continues in a new run.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowUpdateHandle } from '@temporalio/client';
import {
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/common';
import type { Order } from '../order/order.ts';
import type { Refusal } from '../order/refusal.ts';
import { REFUSALS } from '../order/refusal.ts';
import type { OrderView } from '../order/view.ts';
import { orderView } from '../order/view.ts';
import { COMMAND_DONE_MS, COMMAND_LOOK_MS, COMMAND_TAKEN_MS, LAST_LOOK_MS } from '../contract/time-limits.ts';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import { call } from './call.ts';
import { GRPC, grpcStatus } from '../temporal/grpc-status.ts';
import {
  NoWorkerError,
  NumberUncheckedError,
  OrderPausedError,
  OrderRefusal,
  OrderStuckError,
  TemporalUnavailableError,
} from './errors.ts';
import type { Run } from './read.ts';
import { readRun, requestOf } from './read.ts';
import { nextRun } from './start.ts';

export type Command<Result, Args extends unknown[]> = {
  update: UpdateDefinition<Result, Args>;
  /** Made from the order as it was read. */
  args: (order: Order) => [...Args];
  /** Why the order refuses this command; asked before a closed order is opened again for it. */
  refuse: (order: Order) => Refusal | null;
  /** Whether nothing is left to do for the order as it is. */
  isDone?: (order: Order) => boolean;
  /** The order in the answer. */
  viewOf: (answer: Result) => OrderView | undefined;
  /** Whether the command unpauses a paused order. */
  unpauses?: boolean;
  /** Two calls with the same id are one command. */
  updateId?: (order: Order) => string;
};

/** The answer; null where there is no such order, where there is nothing to do, or where the command was taken but not done in time. */
export async function command<Result, Args extends unknown[]>(
  client: Client,
  taskQueue: string,
  id: string,
  what: Command<Result, Args>,
): Promise<Result | null> {
  const startedAt = Date.now();
  const handle = await accepted(client, id, () => sent(client, taskQueue, id, what, startedAt));
  if (handle === null) return null;
  const restMs = Math.max(1, startedAt + COMMAND_DONE_MS - Date.now());
  try {
    const answer = await call(client, restMs, () => refusable(() => handle.result()));
    // An answer about another order is not believed: the caller reads the order instead.
    return what.viewOf(answer)?.id === id ? answer : null;
  } catch (error) {
    // Update-with-start reports a refusal only here.
    if (error instanceof OrderRefusal) throw await withOrder(client, id, error);
    if (
      error instanceof TemporalUnavailableError ||
      error instanceof WorkflowUpdateRPCTimeoutOrCancelledError ||
      error instanceof OrderClosedMeanwhile
    )
      return null;
    throw error;
  }
}

/** The run ended before it accepted, or answered, the command: another look at the order shows what is to be done. */
class OrderClosedMeanwhile extends Error {
  override readonly name = 'OrderClosedMeanwhile';
}

const LOOK_AGAIN_MS = 50;

/** Null where there is no such order, or nothing to do. */
async function sent<Result, Args extends unknown[]>(
  client: Client,
  taskQueue: string,
  id: string,
  what: Command<Result, Args>,
  startedAt: number,
): Promise<WorkflowUpdateHandle<Result> | null> {
  for (;;) {
    const run = await readRun(client, id, COMMAND_LOOK_MS);
    if (run === null || what.isDone?.(run.order) === true) return null;
    if (run.paused) return unpaused(client, run, what);
    try {
      return await refusable(() => send(client, taskQueue, run, what));
    } catch (error) {
      const late = Date.now() - startedAt > COMMAND_TAKEN_MS;
      if (!(error instanceof OrderClosedMeanwhile) || late) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** A paused run takes no update: it is unpaused, or the command is refused. */
async function unpaused<Result, Args extends unknown[]>(
  client: Client,
  { order, runId }: Run,
  { refuse, unpauses }: Command<Result, Args>,
): Promise<null> {
  const refusal = refuse(order);
  if (refusal !== null) throw new OrderRefusal(refusal);
  if (unpauses !== true) throw new OrderPausedError('the order is paused in Temporal');
  const { namespace, identity } = client.options;
  const request = { namespace, workflowId: order.id, runId, identity, reason: 'resolved', requestId: randomUUID() };
  await call(client, COMMAND_TAKEN_MS, () => client.workflowService.unpauseWorkflowExecution(request));
  return null;
}

async function send<Result, Args extends unknown[]>(
  client: Client,
  taskQueue: string,
  run: Run,
  what: Command<Result, Args>,
): Promise<WorkflowUpdateHandle<Result>> {
  const { update, args, refuse, updateId } = what;
  const { order, digest } = run;
  const options = { args: args(order), waitForStage: 'ACCEPTED', updateId: updateId?.(order) ?? randomUUID() } as const;
  if (run.running) {
    try {
      return await client.workflow.getHandle(order.id).startUpdate<Result, never>(update as never, options as never);
    } catch (error) {
      throw error instanceof WorkflowNotFoundError
        ? new OrderClosedMeanwhile('the run ended', { cause: error })
        : error;
    }
  }
  const refusal = refuse(order);
  if (refusal !== null) throw new OrderRefusal(refusal);
  const request = await requestOf(client, run);
  const startWorkflowOperation = new WithStartWorkflowOperation(
    ORDER_WORKFLOW,
    nextRun(taskQueue, order, request, digest),
  );
  return client.workflow.startUpdateWithStart(update, { ...options, startWorkflowOperation });
}

/** Waits until a worker has accepted the command. The error says whether no worker is there, Temporal is away, or no worker can carry the order on. */
async function accepted<T>(client: Client, id: string, start: () => Promise<T>): Promise<T> {
  try {
    return await call(client, COMMAND_TAKEN_MS, start);
  } catch (error) {
    if (error instanceof OrderRefusal) throw await withOrder(client, id, error);
    if (error instanceof OrderClosedMeanwhile) throw new TemporalUnavailableError('the order was closing');
    const isLate =
      error instanceof TemporalUnavailableError || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
    if (!isLate || isLimit(error)) throw error;
    const run = await readRun(client, id, COMMAND_LOOK_MS / 2);
    if (run?.paused === true) throw new OrderPausedError('the order was paused meanwhile', { cause: error });
    if (run?.running === true && (await isStuck(client, id, run.runId)))
      throw new OrderStuckError('the order’s workflow tasks fail', { cause: error });
    throw new NoWorkerError('no worker took the command in time');
  }
}

async function withOrder(
  client: Client,
  id: string,
  { code, message: detail, other }: OrderRefusal,
): Promise<OrderRefusal> {
  const run = await readRun(client, id, LAST_LOOK_MS).catch(() => null);
  return new OrderRefusal({ code, detail }, run === null ? undefined : orderView(run.order), other);
}

/** Temporal takes no more updates of this run, at a time or in its life (Temporal docs, "System limits"). The next run takes them again. */
function isLimit(error: unknown): boolean {
  const status = grpcStatus(error);
  return status === GRPC.RESOURCE_EXHAUSTED || status === GRPC.FAILED_PRECONDITION;
}

const LAST_EVENTS = 20;
/** The source of failures that Temporal itself records: at a reset, or when a message arrived as a task ended (`UNHANDLED_COMMAND`). */
const TEMPORAL_ITSELF = 'Server';

/** Whether a worker failed the newest workflow task that ended. Retries of a failed task are in no history. */
async function isStuck(client: Client, workflowId: string, runId: string): Promise<boolean> {
  const { history } = await call(client, COMMAND_LOOK_MS / 2, () =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: LAST_EVENTS,
    }),
  );
  const ended = (history?.events ?? []).find(
    (event) => event.workflowTaskCompletedEventAttributes != null || event.workflowTaskFailedEventAttributes != null,
  );
  const failure = ended?.workflowTaskFailedEventAttributes?.failure;
  return failure != null && failure.source !== TEMPORAL_ITSELF;
}

async function refusable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const { cause } = error;
    const code = REFUSALS.find((known) => cause instanceof ApplicationFailure && cause.type === known);
    if (cause instanceof ApplicationFailure && cause.type === 'number_not_checked')
      throw new NumberUncheckedError('nobody could tell whose number it is', { cause: error });
    if (code === undefined) throw new OrderClosedMeanwhile('the run ended before its answer', { cause: error });
    const [about] = cause instanceof ApplicationFailure ? (cause.details ?? []) : [];
    const other = typeof about === 'string' ? about : null;
    throw new OrderRefusal({ code, detail: cause?.message ?? code }, undefined, other);
  }
}
