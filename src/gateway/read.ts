// Reading orders: the memo of the newest run is the order, whether or not any worker runs.
import type { Client, WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { tsToDate } from '../temporal/sdk-internals.ts';
import { evolve } from '../order/evolve.ts';
import { parseOrderId } from '../order/ids.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import { isFinal } from '../order/status.ts';
import { ownValue } from '../order/unvouched.ts';
import type { OrderInput } from '../contract/messages.ts';
import { call } from './call.ts';
import { decodeArgument } from '../temporal/decode-payloads.ts';
import { isOwn, publishedBy, runsOf } from './own-runs.ts';
import { recoverRun, withStraySignals } from './recover.ts';

type RunInfo = Pick<WorkflowExecutionInfo, 'workflowId' | 'type' | 'status' | 'runId' | 'startTime'> & {
  memo?: unknown;
  closeTime?: Date | undefined;
};

/** `paused`: by a person, in Temporal. Nothing carries such a run on, although it is open. */
export type Run = { order: Order; digest: string; running: boolean; paused: boolean; runId: string };

/** The newest run of an order, or null where there is none. */
export async function readRun(client: Client, id: string, timeoutMs: number): Promise<Run | null> {
  if (parseOrderId(id) === null) return null;
  try {
    return await call(client, timeoutMs, async () => {
      const description = await client.workflow.getHandle(id).describe();
      return (await runOf(client, description)) ?? (await readEarlierRun(client, id));
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/**
 * The newest of the order's own runs, where newer ones were started by hand and did nothing. A webhook that came to one of those waits until
 * somebody carries the order on.
 */
async function readEarlierRun(client: Client, id: string): Promise<Run | null> {
  const strays: WorkflowExecutionInfo[] = [];
  for await (const info of runsOf(client, id)) {
    if (isOwn(info)) {
      const run = await runOf(client, await client.workflow.getHandle(id, info.runId).describe());
      return run && afterStrays(client, run, strays);
    }
    strays.unshift(info);
  }
  return null;
}

async function afterStrays(client: Client, run: Run, strays: readonly WorkflowExecutionInfo[]): Promise<Run> {
  const order = await withStraySignals(client, run.order, strays);
  const at = strays.at(-1)?.startTime.toISOString() ?? order.createdAt;
  return order === run.order ? run : { ...run, order: evolve(order, { type: 'stopped', at }) };
}

/** What Temporal knows of a run, as an order; null for a run that is not one of ours. */
export async function runOf(client: Client, info: RunInfo): Promise<Run | null> {
  const order = publishedBy(info);
  const digest = ownValue((info.memo as { digest?: unknown } | undefined)?.digest);
  if (order === null || typeof digest !== 'string') return null;
  const { status, runId } = info;
  const paused = status.name === 'PAUSED';
  const run = { digest, running: paused || IS_OPEN.has(status.name), paused, runId };
  if (!paused && (run.running || status.name === 'COMPLETED')) return { ...run, order };
  const at = paused ? await pausedAt(client, info) : (info.closeTime ?? info.startTime);
  return { ...run, order: await stoppedOrder(client, order, info, at.toISOString()) };
}

const IS_OPEN = new Set<WorkflowExecutionStatusName>(['RUNNING', 'CONTINUED_AS_NEW']);

/** The order of a run that did not come to its own end. It is not stopped where it had ended, and has heard nothing since. */
async function stoppedOrder(client: Client, published: Order, info: RunInfo, at: string): Promise<Order> {
  const order = await recoverRun(client, info, published, at);
  return isFinal(order.status) && order === published ? order : evolve(order, { type: 'stopped', at });
}

async function pausedAt(client: Client, { workflowId, runId, startTime }: RunInfo): Promise<Date> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const since = raw.workflowExtendedInfo?.pauseInfo?.pausedTime;
  return since == null ? startTime : tsToDate(since);
}

/** The input that a run of this order was started with, from the first event of its history. */
export async function readInput(
  client: Client,
  id: string,
  runId: string,
  timeoutMs: number,
): Promise<OrderInput | null> {
  const { history } = await call(client, timeoutMs, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: id, runId },
      maximumPageSize: 1,
    }),
  );
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const input = ownValue(await decodeArgument(client, id, payloads)) as Partial<OrderInput> | null | undefined;
  return orderOf(id, input?.order) === null ? null : (input as OrderInput);
}
