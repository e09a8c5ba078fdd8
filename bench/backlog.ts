// Thousands of orders of one merchant, first queued and then waiting for their customers: how long another merchant waits meanwhile, what they hold in
// memory, and what a worker's restart costs while they wait.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { orderWorkflowId } from '../src/order/ids.ts';
import type { OrderView } from '../src/order/view.ts';
import { API_KEY } from '../test/support/canaries.ts';
import { ACCOUNT } from '../test/support/merchants.ts';
import { orderRequest } from '../test/support/orders.ts';
import { percentile } from '../test/support/percentile.ts';
import { until } from '../test/support/waits.ts';
import { ended, lead } from './load.ts';
import type { RunningServer } from './servers.ts';
import { SHAPES } from './shapes.ts';
import type { Stages } from './stages.ts';
import { STAGES, stagesOf } from './stages.ts';
import type { Process, Stand } from './stand.ts';
import { openStand } from './stand.ts';

type Shop = { id: string; key: string };

const GREEDY: Shop = { id: ACCOUNT.id, key: API_KEY };
const MODEST: Shop = { id: 'modest', key: 'key-of-the-modest-merchant' };
/** Its customers have only so long. */
const HASTY: Shop = { id: 'hasty', key: 'key-of-the-hasty-merchant' };
const CONFIRM_WITHIN_SECONDS = 20;

/** Twice what an API works on at a time for one key. */
const PLACED_AT_ONCE = 40;
const IDLE_ORDERS = 20;
const ORDER_EVERY_MS = 1_000;
/** Answers of calls are in the histories by then. */
const RECORDED_MS = 3_000;
/** No step of any of these takes longer, on however slow a machine. */
const PATIENCE_MS = 3_600_000;
/** Each look copies all calls, in the process that is seQura here. */
const LOOK_EVERY_MS = 20_000;
const QUIET_MS = 10_000;

/** `stages`: where it waited. */
type Seen = { id: string; ms: number; stages?: Stages };
type Memory = { heap: number; resident: number };

export type Backlog = {
  orders: number;
  placedPerSecond: number;
  handedOutPerSecond: number;
  /** From the request of the modest merchant until its SMS. */
  sms: { idle: Seen[]; meanwhile: Seen[] };
  memory: Record<'worker' | 'api', { before: Memory; after: Memory }>;
  restart: Record<string, number>;
};

export async function backlog(server: RunningServer, orders: number, say: (line: string) => void): Promise<Backlog> {
  const [shape] = SHAPES;
  if (shape === undefined) throw new Error('there is no shape');
  const others = [MODEST, { ...HASTY, changes: { confirm_within_seconds: CONFIRM_WITHIN_SECONDS } }];
  const stand = await openStand(shape, server, { others });
  const [api, worker] = (['api', 'worker'] as const).map((name) => stand.processes.find((one) => one.name === name));
  if (api === undefined || worker === undefined) throw new Error('the first shape has an API and a worker');
  const placer = shopping(stand);
  try {
    await lead(stand, { orders: 40, atATime: 10, followed: false });
    const before = { api: await memoryOf(api), worker: await memoryOf(worker) };
    const idle: Seen[] = [];
    for (let at = 0; at < IDLE_ORDERS; at += 1) idle.push(await placer.untilSms(MODEST));
    await sleep(RECORDED_MS);
    await withStages(stand, idle);

    await worker.end();
    say(`placing ${orders} orders while no worker runs`);
    const placing = performance.now();
    const references = await placer.placeMany(orders);
    const placedPerSecond = orders / ((performance.now() - placing) / 1_000);

    say(
      `placed, ${placedPerSecond.toFixed(0)} a second; the worker starts, and another merchant places an order a second`,
    );
    worker.launch();
    await worker.ready();
    const handing = performance.now();
    const meanwhile = await placer.whileHandedOut(orders, say);
    const handedOutPerSecond = orders / ((performance.now() - handing) / 1_000);

    say('all wait for their customers');
    await sleep(QUIET_MS);
    await withStages(stand, meanwhile);
    const after = { api: await memoryOf(api), worker: await memoryOf(worker) };
    say('the worker is started again');
    const restart = await restartOf(stand, worker, placer, references);
    return {
      orders,
      placedPerSecond,
      handedOutPerSecond,
      sms: { idle, meanwhile },
      memory: {
        api: { before: before.api, after: after.api },
        worker: { before: before.worker, after: after.worker },
      },
      restart,
    };
  } finally {
    await placer.close();
    await stand.close();
  }
}

async function withStages(stand: Stand, orders: readonly Seen[]): Promise<void> {
  for (const order of orders) order.stages = await stagesOf(stand, order.id);
}

type Shopping = ReturnType<typeof shopping>;

function shopping({ url, simulator }: Stand) {
  const dispatcher = new Agent({ connections: PLACED_AT_ONCE });
  let number = 0;

  async function place({ id, key }: Shop): Promise<OrderView> {
    const reference = `waits-${id}-${(number += 1)}`;
    const answer = await request(`${url}/v1/orders`, {
      dispatcher,
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(orderRequest({ merchant: { id, store_ref: 'store_1' }, reference })),
    });
    const body = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${reference}: ${answer.statusCode} ${body}`);
    return JSON.parse(body) as OrderView;
  }

  const smsOf = ({ reference }: OrderView) => simulator.ledger.orders(reference)[0]?.sms[0];

  async function untilSms(shop: Shop): Promise<Seen> {
    const askedAt = Date.now();
    const order = await place(shop);
    const sms = await until(`${order.reference}: its SMS`, () => smsOf(order), PATIENCE_MS);
    return { id: order.id, ms: Date.parse(sms.at) - askedAt };
  }

  return {
    place,
    untilSms,
    hasSms: (order: OrderView) => smsOf(order) !== undefined,
    close: () => dispatcher.close(),

    async placeMany(count: number): Promise<string[]> {
      const references: string[] = [];
      let left = count;
      const placeOneByOne = async () => {
        while ((left -= 1) >= 0) references.push((await place(GREEDY)).reference);
      };
      await Promise.all(Array.from({ length: PLACED_AT_ONCE }, placeOneByOne));
      return references;
    },

    /** How long each order of the other merchant waited for its SMS, until all of these have theirs. */
    async whileHandedOut(count: number, say: (line: string) => void): Promise<Seen[]> {
      const sent = () =>
        simulator.ledger.calls(undefined, 'send_sms').filter(({ merchant_id: id }) => id === GREEDY.id).length;
      const sentBefore = sent();
      const waited: Promise<Seen>[] = [];
      for (let done = 0, at = 0; done < count; at += ORDER_EVERY_MS) {
        waited.push(untilSms(MODEST));
        await sleep(ORDER_EVERY_MS);
        if (at % LOOK_EVERY_MS !== 0) continue;
        done = sent() - sentBefore;
        if (at % (3 * LOOK_EVERY_MS) === 0) say(`${done} of ${count} have their SMS`);
      }
      return Promise.all(waited);
    },
  };
}

/** `heap`: what the heaps of all threads hold. `resident`: what the process has of the machine's memory, before its garbage is collected. */
async function memoryOf(process: Process): Promise<Memory> {
  const status = readFileSync(`/proc/${process.pid()}/status`, 'utf8');
  const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  return { resident, heap: await process.heapBytes() };
}

/** In ms, by what they say. */
async function restartOf(
  stand: Stand,
  worker: Process,
  placer: Shopping,
  [signsWhileDown = '', signsLater = '']: readonly string[],
): Promise<Record<string, number>> {
  const { simulator } = stand;
  const overdue = await placer.place(HASTY);
  await until('the SMS of the hasty merchant', () => placer.hasSms(overdue), PATIENCE_MS);
  const dueMs = Date.parse(overdue.created_at) + CONFIRM_WITHIN_SECONDS * 1_000;
  await sleep(Math.max(0, dueMs - 5_000 - Date.now()));

  const times: Record<string, number> = {};
  /** From now on until it has happened. */
  const timed = async (what: string, happens: Promise<unknown>) => {
    const began = performance.now();
    await happens;
    times[what] = performance.now() - began;
  };
  const end = (reference: string) => ended(stand, orderWorkflowId(GREEDY.id, reference));
  await timed('the worker has ended, after SIGTERM', worker.end());
  simulator.confirm(signsWhileDown);
  await sleep(Math.max(0, dueMs + 2_000 - Date.now()));
  worker.launch();
  const isCancelled = () => simulator.ledger.calls(overdue.reference, 'cancel').length > 0;
  const sinceStart = [
    timed('the start, until it is ready', worker.ready()),
    timed('the start, until an order has ended whose webhook came while no worker ran', end(signsWhileDown)),
    timed(
      'the start, until an order is cancelled whose deadline came while no worker ran',
      until('the cancel', isCancelled, PATIENCE_MS),
    ),
  ];
  await Promise.all(sinceStart);
  simulator.confirm(signsLater);
  await timed('a webhook after that, until its order has ended', end(signsLater));
  return times;
}

const MIB = 2 ** 20;

/** What is found, in sentences and tables. */
export function backlogTables(found: Backlog): { title: string; rows: string[][] }[] {
  const { orders, sms, memory } = found;
  const mean = (seen: readonly Seen[], stage: keyof Stages) =>
    seen.reduce((sum, { stages }) => sum + (stages?.[stage] ?? 0), 0) / seen.length;
  const row = (name: string, seen: readonly Seen[]) => {
    const ms = seen.map((one) => one.ms);
    const shares = [0.5, 0.99, 1].map((share) => percentile(ms, share));
    const means = STAGES.map((stage) => mean(seen, stage));
    return [name, String(ms.length), ...[...shares, ...means].map((value) => value.toFixed(0))];
  };
  const memoryRow = (name: string, what: keyof Memory, { before, after }: { before: Memory; after: Memory }) => [
    name,
    (before[what] / MIB).toFixed(0),
    (after[what] / MIB).toFixed(0),
    ((after[what] - before[what]) / orders / 1_024).toFixed(1),
  ];
  return [
    {
      title: `${orders} orders of one merchant are queued: from an order of another merchant until its SMS`,
      rows: [
        ['', 'orders', 'p50, ms', 'p99, ms', 'most, ms', ...STAGES.map((stage) => `${stage}, mean`)],
        row('before', sms.idle),
        row('while they are handed out', sms.meanwhile),
      ],
    },
    {
      title: `${orders} orders wait for their customers: memory`,
      rows: [
        ['', 'before, MiB', 'with them, MiB', 'each, KiB'],
        memoryRow('worker, heap', 'heap', memory.worker),
        memoryRow('worker, of the machine', 'resident', memory.worker),
        memoryRow('API, heap', 'heap', memory.api),
        memoryRow('API, of the machine', 'resident', memory.api),
      ],
    },
    {
      title: `The worker is started again meanwhile`,
      rows: [['', 'ms'], ...Object.entries(found.restart).map(([what, ms]) => [what, ms.toFixed(0)])],
    },
  ];
}
