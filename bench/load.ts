// Leads orders from the shop's request to their end, so many at a time, and measures how long each step takes and what it costs.
import { setTimeout as sleep } from 'node:timers/promises';
import proto from '@temporalio/proto';
import type { temporal } from '@temporalio/proto';
import { Agent } from 'undici';
import { until } from '../test/support/waits.ts';
import { busyMs, cpuMsOf, ownCpuMs } from './cpu.ts';
import type { Stand } from './stand.ts';

const { HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT } = proto.temporal.api.enums.v1.HistoryEventFilterType;

/** No order takes longer, on however slow a machine. */
const PATIENCE_MS = 120_000;

/** `everyMs`: between the first requests of those that are under way at a time; left out: they come at once. */
export type Load = { orders: number; atATime: number; followed: boolean; everyMs?: number };

export type Measured = Load & {
  ordersPerSecond: number;
  /** From the request until the order is taken; empty where the shop is told nothing before the end. */
  postMs: number[];
  /** From the request until the shop is told that seQura has created the order; empty where it is not told. */
  createdMs: number[];
  /** How long seQura waits until its webhook is taken, repeats and their gaps included. */
  webhookMs: number[];
  webhooksRepeated: number;
  /** From the request until the order's end is recorded or, where the shop follows, until it is told. */
  endMs: number[];
  /** By part; `driver`: this process, with the shop, seQura, and who looks for the ends. */
  cpuMsPerOrder: Record<string, number>;
  /** Processors that all of these kept busy, and those that anything else did, on average. */
  busy: { ours: number; others: number };
};

/** Customers sign by themselves. */
const SIGNS = 'signs-';
let placed = 0;
const newReference = (prefix = '') => `${prefix}${String((placed += 1)).padStart(6, '0')}`;

export async function lead(stand: Stand, { orders, atATime, followed, everyMs = 0 }: Load): Promise<Measured> {
  const { shape, urls, simulator, pids } = stand;
  const dispatcher = new Agent({ connections: atATime });
  let turn = 0;
  const shop = () => ({ url: urls[(turn += 1) % urls.length] ?? stand.url, dispatcher });
  const postMs: number[] = [];
  const createdMs: number[] = [];
  const endMs: number[] = [];
  const references: string[] = [];
  let left = orders;

  async function leadOne(): Promise<void> {
    const reference = newReference(SIGNS);
    references.push(reference);
    const startedAt = performance.now();
    const times = { taken: postMs, created: createdMs };
    const told = (what: keyof typeof times) => void times[what].push(performance.now() - startedAt);
    if (followed) await shape.front.placeAndFollow(shop(), reference, told);
    else {
      await shape.front.place(shop(), reference);
      told('taken');
      await ended(stand, shape.front.workflowId(reference));
    }
    endMs.push(performance.now() - startedAt);
  }
  async function leadOneByOne(_: unknown, at: number): Promise<void> {
    await sleep(at * everyMs);
    while ((left -= 1) >= 0) await leadOne();
  }

  const used = () => ({
    parts: new Map([...pids].map(([part, its]) => [part, cpuMsOf(its)])).set('driver', ownCpuMs()),
    busyMs: busyMs(),
    atMs: performance.now(),
  });
  const before = used();
  await Promise.all(Array.from({ length: atATime }, leadOneByOne));
  const after = used();

  // A webhook may still wait for its answer when the order has ended.
  await simulator.idle();
  await dispatcher.close();
  const tookMs = after.atMs - before.atMs;
  const cpuMs = [...after.parts].map(([part, ms]): [string, number] => [part, ms - (before.parts.get(part) ?? 0)]);
  const oursMs = cpuMs.reduce((sum, [, ms]) => sum + ms, 0);
  return {
    orders,
    atATime,
    followed,
    ordersPerSecond: orders / (tookMs / 1_000),
    postMs,
    createdMs,
    endMs,
    ...webhooksOf(stand, new Set(references)),
    cpuMsPerOrder: Object.fromEntries(cpuMs.map(([part, ms]) => [part, ms / orders])),
    busy: { ours: oursMs / tookMs, others: Math.max(0, after.busyMs - before.busyMs - oursMs) / tookMs },
  };
}

/** From the first try until it was taken. */
function webhooksOf(
  { simulator }: Stand,
  references: ReadonlySet<string>,
): Pick<Measured, 'webhookMs' | 'webhooksRepeated'> {
  const deliveries = simulator.ledger.webhooks().filter(({ reference }) => references.has(reference));
  const webhookMs = deliveries.map(({ reference, state, tries }) => {
    const [first, last] = [tries[0], tries.at(-1)];
    if (state !== 'delivered' || first === undefined || last === undefined)
      throw new Error(`${reference}: its webhook was never taken`);
    return Date.parse(last.at) - Date.parse(first.at) + (last.duration_ms ?? 0);
  });
  return { webhookMs, webhooksRepeated: deliveries.filter(({ tries }) => tries.length > 1).length };
}

/** Resolves when Temporal has recorded the end. */
export async function ended({ temporal: connection }: Stand, workflowId: string): Promise<void> {
  const recorded = connection.withDeadline(Date.now() + PATIENCE_MS, async () => {
    let nextPageToken: Uint8Array | null = null;
    for (;;) {
      const answer: temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse =
        await connection.workflowService.getWorkflowExecutionHistory({
          namespace: 'default',
          execution: { workflowId },
          waitNewEvent: true,
          historyEventFilterType: HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
          ...(nextPageToken !== null && { nextPageToken }),
        });
      if ((answer.history?.events?.length ?? 0) > 0) return;
      nextPageToken = answer.nextPageToken ?? null;
    }
  });
  await recorded.catch((cause: unknown) => {
    throw new Error(`the end of ${workflowId} was not seen`, { cause });
  });
}

/** Places orders that wait for their customers. Resolves when all of them do, and nothing is under way. */
export async function leadToWaiting(stand: Stand, count: number, atATime: number): Promise<string[]> {
  const { shape, url, simulator, temporal } = stand;
  const shop = { url, dispatcher: new Agent({ connections: atATime }) };
  const references = Array.from({ length: count }, () => newReference('waits-'));
  const open = references.values();
  async function placeOneByOne(): Promise<void> {
    for (const reference of open) await shape.front.place(shop, reference);
  }
  await Promise.all(Array.from({ length: atATime }, placeOneByOne));
  await shop.dispatcher.close();
  const rests = async (reference: string) => {
    const execution = { workflowId: shape.front.workflowId(reference) };
    const { pendingWorkflowTask, pendingActivities } = await temporal.workflowService.describeWorkflowExecution({
      namespace: 'default',
      execution,
    });
    const hasSms = simulator.ledger.orders(reference).some(({ sms }) => sms.length > 0);
    return hasSms && !pendingWorkflowTask && pendingActivities?.length === 0;
  };
  for (const reference of references)
    await until(`${reference} waits for its customer`, () => rests(reference), PATIENCE_MS);
  return references;
}
