// Reads orders from the memo of their newest run, which works with every worker stopped.
import type { Client, WorkflowExecutionInfo, WorkflowExecutionStatusName } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { tsToDate } from '../temporal/sdk-internals.ts';
import { evolve } from '../order/evolve.ts';
import { parseOrderId } from '../order/ids.ts';
import type { Listed } from '../order/listed.ts';
import type { Order } from '../order/order.ts';
import { orderOf } from '../order/order.ts';
import type { OrderRequest } from '../order/request.ts';
import type { PersonalDigests, PersonalValue } from '../order/search-attributes.ts';
import { DIGEST_ATTRIBUTES } from '../order/search-attributes.ts';
import { isFinal } from '../order/status.ts';
import { ownValue } from '../order/unvouched.ts';
import type { OrderInput } from '../contract/messages.ts';
import { COMMAND_LOOK_MS } from '../contract/time-limits.ts';
import { call } from './call.ts';
import { PayloadUnreadableError } from '../temporal/seal.ts';
import { decodeArgument } from '../temporal/decode-payloads.ts';
import { isOwn, listedBy, publishedBy, runsOf, shown } from './own-runs.ts';
import { recoverRun, withStraySignals } from './recover.ts';
import type { Starting } from './start.ts';

type RunInfo = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'type' | 'status' | 'runId' | 'startTime' | 'typedSearchAttributes' | 'historyLength'
> & {
  memo?: unknown;
  closeTime?: Date | undefined;
};

/**
 * `paused`: a person paused the run in Temporal. Nothing carries it on, although it is open. `published`, `listed`: as its memo and its search attributes
 * say, after so many `events` of its history.
 */
export type Run = Starting & {
  running: boolean;
  paused: boolean;
  runId: string;
  published: Order;
  listed: Listed;
  events: number;
};

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
 * The newest of the order's own runs, where newer runs were started by hand and did nothing. A webhook that such a run got takes effect when
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

/** The order of a run, as Temporal describes it; null where the run is not the order's own. */
export async function runOf(client: Client, info: RunInfo): Promise<Run | null> {
  const order = publishedBy(info);
  const digest = ownValue((info.memo as { digest?: unknown } | undefined)?.digest);
  if (order === null || typeof digest !== 'string') return null;
  const { status, runId } = info;
  const paused = isPaused(info);
  const running = paused || IS_OPEN.has(status.name);
  const published = { published: order, listed: listedBy(info), events: info.historyLength };
  const run = { digest, digests: digestsOf(info), running, paused, runId, ...published };
  return { ...run, order: await orderNow(client, info, order) };
}

/** The order as its run has left it so far. `published`: that of its memo. */
export async function orderNow(client: Client, info: RunInfo, published: Order): Promise<Order> {
  const { status } = info;
  const paused = isPaused(info);
  if (!paused && (IS_OPEN.has(status.name) || status.name === 'COMPLETED')) return shown(published, info);
  const at = paused ? await pausedAt(client, info) : (info.closeTime ?? info.startTime);
  return stoppedOrder(client, published, info, at.toISOString());
}

const isPaused = ({ status }: RunInfo) => status.name === 'PAUSED';

function digestsOf({ typedSearchAttributes: attributes }: RunInfo): PersonalDigests {
  const digest = (what: PersonalValue) => attributes.get({ name: DIGEST_ATTRIBUTES[what], type: 'KEYWORD' });
  return { phone: digest('phone'), document: digest('document') };
}

const IS_OPEN = new Set<WorkflowExecutionStatusName>(['RUNNING', 'CONTINUED_AS_NEW']);

/** The order of a run that was terminated, failed, timed out or paused. Not marked stopped if the order had ended and nothing has come since. */
async function stoppedOrder(client: Client, published: Order, info: RunInfo, at: string): Promise<Order> {
  const order = await recoverRun(client, info, published, at);
  return isFinal(order.status) && order === published ? order : evolve(order, { type: 'stopped', at });
}

async function pausedAt(client: Client, { workflowId, runId, startTime }: RunInfo): Promise<Date> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const since = raw.workflowExtendedInfo?.pauseInfo?.pausedTime;
  return since == null ? startTime : tsToDate(since);
}

/** The request for the next run: null unless the order may still have to be created, and null where its payload is corrupted. */
export async function requestOf(client: Client, { order, runId }: Run): Promise<OrderRequest | null> {
  if (order.status !== 'creating') return null;
  try {
    return (await readInput(client, order.id, runId))?.request ?? null;
  } catch (error) {
    if (error instanceof PayloadUnreadableError && error.reason === 'corrupted') return null;
    throw error;
  }
}

/** The input that a run of this order was started with, from the first event of its history. */
async function readInput(client: Client, id: string, runId: string): Promise<OrderInput | null> {
  const { history } = await call(client, COMMAND_LOOK_MS, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId: id, runId },
      maximumPageSize: 1,
    }),
  );
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const input = ownValue(await decodeArgument(client, id, payloads)) as Partial<OrderInput> | null | undefined;
  return input?.compact === true || orderOf(id, input?.order) !== null ? (input as OrderInput) : null;
}
