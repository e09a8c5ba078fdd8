// Sends a command to an order as an update: a refused one leaves no trace, and a closed order continues in a new run.
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
import { commandOf } from '../order/keyed.ts';
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
import type { Claim } from './claim-key.ts';
import type { Run } from './read.ts';
import { readRun, requestOf } from './read.ts';
import { nextRun } from './start.ts';

export type Command<Result, Args extends unknown[], Answer> = {
  update: UpdateDefinition<Result, Args>;
  /** Made from the order as it was read. */
  args: (order: Order) => [...Args];
  /** Why the order refuses this command; asked before a closed order is opened again for it. */
  refuse: (order: Order) => Refusal | null;
  /** Another reason, which neither the order nor its workflow knows; asked of every command but one that the order has taken before. */
  refuseFirst?: (run: Run) => Promise<Refusal | null>;
  /** The answer if nothing is left to do for the order as it is; otherwise undefined. */
  known: (order: Order) => Answer | undefined;
  /** The order in the result. */
  viewOf: (result: Result) => OrderView | undefined;
  answer: (result: Result) => Answer;
  /** Whether the command unpauses a paused order. */
  unpauses?: boolean;
  /** Two calls with the same id are one command. */
  updateId?: (order: Order) => string;
  /** The claim of the idempotency key; null: the command came without one. */
  claim: Claim | null;
  startedAt: number;
};

type To = {
  client: Client;
  taskQueue: string;
  /** Called when a command may have reached an order, which has published by then what that changes without a call. It may still be refused. */
  reached: (id: string) => void;
};

/** The update that was sent, or the answer if there was nothing to send. Null: there is no such order, or it was unpaused. */
type Sent<Result, Answer> = { handle: WorkflowUpdateHandle<Result> } | { answer: Answer } | null;

/** The answer. Null if there is no such order, if it was unpaused, or if the command was accepted but not done in time. */
export async function sendCommand<Result, Args extends unknown[], Answer>(
  { client, taskQueue, reached }: To,
  id: string,
  what: Command<Result, Args, Answer>,
): Promise<Answer | null> {
  const { startedAt } = what;
  const was = await accepted(client, id, startedAt, () => sent(client, taskQueue, id, what));
  if (was !== null && 'answer' in was) return was.answer;
  reached(id);
  if (was === null) return null;
  const restMs = Math.max(1, startedAt + COMMAND_DONE_MS - Date.now());
  try {
    const result = await call(client, restMs, () => refusable(() => was.handle.result()));
    // An answer about another order is not believed: the caller reads the order instead.
    return what.viewOf(result)?.id === id ? what.answer(result) : null;
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

async function sent<Result, Args extends unknown[], Answer>(
  client: Client,
  taskQueue: string,
  id: string,
  what: Command<Result, Args, Answer>,
): Promise<Sent<Result, Answer>> {
  for (;;) {
    const run = await readRun(client, id, COMMAND_LOOK_MS);
    if (run === null) return null;
    const answer = what.known(run.order);
    if (answer !== undefined) return { answer };
    if (run.paused) return unpaused(client, run, what);
    const isTaken = commandOf(run.order, what.claim?.key) !== undefined;
    const refusal = isTaken ? null : await what.refuseFirst?.(run);
    if (refusal) throw new OrderRefusal(refusal);
    try {
      return { handle: await refusable(() => send(client, taskQueue, run, what)) };
    } catch (error) {
      const late = Date.now() - what.startedAt > COMMAND_TAKEN_MS;
      if (!(error instanceof OrderClosedMeanwhile) || late) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}

/** A paused run takes no update: it is unpaused, or the command is refused. */
async function unpaused(
  client: Client,
  { order, runId }: Run,
  { refuse, unpauses }: { refuse: (order: Order) => Refusal | null; unpauses?: boolean },
): Promise<null> {
  const refusal = refuse(order);
  if (refusal !== null) throw new OrderRefusal(refusal);
  if (unpauses !== true) throw new OrderPausedError('the order is paused in Temporal');
  const { namespace, identity } = client.options;
  const request = { namespace, workflowId: order.id, runId, identity, reason: 'resolved', requestId: randomUUID() };
  await call(client, COMMAND_TAKEN_MS, () => client.workflowService.unpauseWorkflowExecution(request));
  return null;
}

async function send<Result, Args extends unknown[], Answer>(
  client: Client,
  taskQueue: string,
  run: Run,
  what: Command<Result, Args, Answer>,
): Promise<WorkflowUpdateHandle<Result>> {
  const { update, args, refuse, claim } = what;
  const { order } = run;
  const updateId = claim?.updateId ?? what.updateId?.(order) ?? randomUUID();
  const options = { args: args(order), waitForStage: 'ACCEPTED', updateId } as const;
  if (run.running) {
    try {
      return await client.workflow.getHandle(order.id).startUpdate<Result, never>(update as never, options as never);
    } catch (error) {
      throw error instanceof WorkflowNotFoundError
        ? new OrderClosedMeanwhile('the run ended', { cause: error })
        : error;
    }
  }
  const refusal = commandOf(order, claim?.key) === undefined ? refuse(order) : null;
  if (refusal !== null) throw new OrderRefusal(refusal);
  const request = await requestOf(client, run);
  const startWorkflowOperation = new WithStartWorkflowOperation(ORDER_WORKFLOW, nextRun(taskQueue, run, request));
  return client.workflow.startUpdateWithStart(update, { ...options, startWorkflowOperation });
}

/** Waits until a worker has accepted the command. The error says whether no worker is there, Temporal is away, or no worker can carry the order on. */
async function accepted<T>(client: Client, id: string, startedAt: number, start: () => Promise<T>): Promise<T> {
  try {
    return await call(client, Math.max(1, startedAt + COMMAND_TAKEN_MS - Date.now()), start);
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
