// The same load on more and more workers and APIs in front of one server: what they make of it, and what is full.
import { availableParallelism } from 'node:os';
import type { Measured } from './load.ts';
import { lead } from './load.ts';
import type { RunningServer } from './servers.ts';
import type { ProgramName } from './shapes.ts';
import { SHAPES } from './shapes.ts';
import { openStand } from './stand.ts';

/** `sequraMs`: what each call to seQura takes. */
export type Step = { workers: number; apis: number; sequraMs: number; orders: number; atATime: number };
export type Scaled = Step & { measured: Measured };

/** Activities that a worker has under way at most: the SDK's own number, which workers have. */
export const CALLS_AT_ONCE = 100;
/** Create and SMS. */
const CALLS_OF_AN_ORDER = 2;
/** On processors that are full, a call takes longer than seQura does. A call that Temporal has handed to no worker is tried again after that time, and 10 s. */
const sequraTimeoutMs = (sequraMs: number) => Math.max(15_000, 4 * sequraMs);
/** Less than all, because a load begins and ends with less. */
const FULL = 0.75;
const MANY_TIMES = 1_000_000;
/**
 * Between the first requests: an API takes no more than 25 a second from one key without delay. With slow calls fewer, so that the processors are not
 * full: orders go on as they began, each so long after the other.
 */
const everyMs = (sequraMs: number) => (sequraMs === 0 ? 40 : 100);
const WARM_UP = { orders: 40, atATime: 10, followed: false };

export async function scaleOut(server: RunningServer, step: Step): Promise<Scaled> {
  const { workers, apis, sequraMs, orders, atATime } = step;
  const of = (name: ProgramName, count: number) => Array.from({ length: count }, () => name);
  const [ours] = SHAPES;
  if (ours === undefined) throw new Error('there is no shape');
  const shape = { ...ours, programs: [...of('api', apis), ...of('worker', workers)] };
  const stand = await openStand(shape, server, { changes: { SEQURA_TIMEOUT_MS: String(sequraTimeoutMs(sequraMs)) } });
  try {
    await lead(stand, WARM_UP);
    if (sequraMs > 0)
      for (const call of ['create', 'send_sms'] as const)
        stand.simulator.faults.set('*', call, { kind: 'delay', delay_ms: sequraMs, times: MANY_TIMES });
    return { ...step, measured: await lead(stand, { orders, atATime, followed: false, everyMs: everyMs(sequraMs) }) };
  } finally {
    await stand.close();
  }
}

const PARTS = ['Temporal', 'PostgreSQL', 'api', 'worker', 'driver'];

/** Processors that a part kept busy. */
const coresOf = ({ measured: { cpuMsPerOrder, ordersPerSecond } }: Scaled, part: string) =>
  ((cpuMsPerOrder[part] ?? 0) * ordersPerSecond) / 1_000;

/** What held the load up, of what this command knows. */
function full(scaled: Scaled): string {
  const { workers, sequraMs, measured } = scaled;
  const calls = (measured.ordersPerSecond * CALLS_OF_AN_ORDER * sequraMs) / 1_000;
  if (calls > FULL * CALLS_AT_ONCE * workers)
    return `workers: ${calls.toFixed(0)} of ${CALLS_AT_ONCE * workers} calls under way`;
  const busy = measured.busy.ours + measured.busy.others;
  const most = PARTS.toSorted((one, other) => coresOf(scaled, other) - coresOf(scaled, one))[0] ?? '';
  const used = `${busy.toFixed(1)} of ${availableParallelism()}, ${most} most`;
  return busy > FULL * availableParallelism() ? `processors: ${used}` : `neither processors (${used}) nor calls`;
}

/** Each beside the first that has the same `sequraMs`. */
export function scaleTable(all: readonly Scaled[]): string[][] {
  const header = ['workers', 'APIs', 'seQura takes, ms', 'orders/s', 'beside one', ...PARTS, 'full'];
  const rows = all.map((scaled) => {
    const { workers, apis, sequraMs, measured } = scaled;
    const one = all.find((other) => other.sequraMs === sequraMs)?.measured ?? measured;
    return [
      ...[workers, apis, sequraMs].map(String),
      measured.ordersPerSecond.toFixed(1),
      (measured.ordersPerSecond / one.ordersPerSecond).toFixed(2),
      ...PARTS.map((part) => coresOf(scaled, part).toFixed(2)),
      full(scaled),
    ];
  });
  return [header, ...rows];
}
