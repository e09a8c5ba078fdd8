// All that is measured of one shape, on a server of its own.
import { databaseFigures } from './database.ts';
import type { HistoryFigures } from './history.ts';
import { historyFigures } from './history.ts';
import type { Load, Measured } from './load.ts';
import { lead, leadToWaiting } from './load.ts';
import type { Counts, RunningServer } from './servers.ts';
import type { Shape } from './shapes.ts';
import { openStand } from './stand.ts';

/** `waiting`: how many orders are left waiting at last. `database`: whether to measure what orders cost it. */
export type Plan = { warmUp: readonly Load[]; loads: readonly Load[]; waiting: number; database?: boolean };

export const WHOLE: Plan = {
  // Until then a process compiles what it runs, which a service that runs for days does once.
  warmUp: [
    { orders: 150, atATime: 10, followed: false },
    { orders: 150, atATime: 10, followed: true },
  ],
  loads: [
    { orders: 20, atATime: 1, followed: false },
    { orders: 100, atATime: 10, followed: false },
    { orders: 100, atATime: 25, followed: false },
    { orders: 200, atATime: 50, followed: false },
    { orders: 100, atATime: 10, followed: true },
    { orders: 200, atATime: 50, followed: true },
  ],
  waiting: 300,
};

/** For a first impression, and for what is exact. */
export const SHORT: Plan = {
  warmUp: [{ orders: 20, atATime: 10, followed: false }],
  loads: [
    { orders: 40, atATime: 10, followed: false },
    { orders: 40, atATime: 10, followed: true },
  ],
  waiting: 0,
};

/** For the heap of a waiting order alone. */
export const HEAP: Plan = { ...WHOLE, loads: [] };

/** `pollsPerOrder`: long polls of Temporal where the shop follows; null where the server does not tell. */
export type MeasuredLoad = Measured & { pollsPerOrder: number | null };

export type Figures = {
  shape: string;
  /** Its version, and which it is. */
  server: string;
  measured: readonly MeasuredLoad[];
  history: HistoryFigures;
  /** Of the worker; null where no orders were left waiting. */
  heapBytesPerWaitingOrder: number | null;
  /** Null where it was not asked for, or the server does not tell. */
  database: Counts | null;
};

export async function measure(
  shape: Shape,
  startServer: () => Promise<RunningServer>,
  { warmUp, loads, waiting, database }: Plan,
  profileTo?: (program: string) => string,
): Promise<Figures> {
  const running = await startServer();
  try {
    const stand = await openStand(shape, running, { profileTo });
    try {
      const history = await historyFigures(stand, running);
      for (const load of warmUp) await lead(stand, load);
      const measured: MeasuredLoad[] = [];
      for (const load of loads) {
        const polls = load.followed ? running.polls : undefined;
        const before = await polls?.();
        const its = await lead(stand, load);
        const after = await polls?.();
        const pollsPerOrder = before === undefined || after === undefined ? null : (after - before) / load.orders;
        if (pollsPerOrder === 0) throw new Error('Temporal tells of no long poll of an order that is followed');
        measured.push({ ...its, pollsPerOrder });
      }
      const ofDatabase = database && running.database ? await databaseFigures(stand, running.database) : null;
      let heapBytesPerWaitingOrder: number | null = null;
      if (waiting > 0) {
        const before = await stand.heapBytes();
        await leadToWaiting(stand, waiting, 10);
        heapBytesPerWaitingOrder = ((await stand.heapBytes()) - before) / waiting;
      }
      const { serverVersion } = await stand.temporal.workflowService.getSystemInfo({});
      const server = `${serverVersion} (${running.name})`;
      return { shape: shape.name, server, measured, history, heapBytesPerWaitingOrder, database: ofDatabase };
    } finally {
      await stand.close();
    }
  } finally {
    await running.stop();
  }
}
