// All that is measured of one shape, on a server of its own.
import type { HistoryFigures } from './history.ts';
import { historyFigures } from './history.ts';
import type { Load, Measured } from './load.ts';
import { lead, leadToWaiting } from './load.ts';
import type { Server } from './servers.ts';
import type { Shape } from './shapes.ts';
import { openStand } from './stand.ts';

export type Plan = { warmUp: Load; loads: readonly Load[]; waiting: number };

export const WHOLE: Plan = {
  warmUp: { orders: 60, atATime: 10, followed: false },
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
  warmUp: { orders: 20, atATime: 10, followed: false },
  loads: [
    { orders: 40, atATime: 10, followed: false },
    { orders: 40, atATime: 10, followed: true },
  ],
  waiting: 0,
};

/** For the heap of a waiting order alone. */
export const HEAP: Plan = { ...WHOLE, loads: [] };

export type Figures = {
  shape: string;
  serverVersion: string;
  measured: readonly Measured[];
  history: HistoryFigures;
  /** Of the worker; null where no orders were left waiting. */
  heapBytesPerWaitingOrder: number | null;
};

export async function measure(
  shape: Shape,
  server: Server,
  { warmUp, loads, waiting }: Plan,
  profileTo?: (program: string) => string,
): Promise<Figures> {
  const running = await server.start();
  try {
    const stand = await openStand(shape, running, profileTo);
    try {
      const history = await historyFigures(stand);
      await lead(stand, warmUp);
      const measured: Measured[] = [];
      for (const load of loads) measured.push(await lead(stand, load));
      let heapBytesPerWaitingOrder: number | null = null;
      if (waiting > 0) {
        const before = await stand.heapBytes();
        await leadToWaiting(stand, waiting, 10);
        heapBytesPerWaitingOrder = ((await stand.heapBytes()) - before) / waiting;
      }
      const { serverVersion } = await stand.temporal.workflowService.getSystemInfo({});
      return { shape: shape.name, serverVersion, measured, history, heapBytesPerWaitingOrder };
    } finally {
      await stand.close();
    }
  } finally {
    await running.stop();
  }
}
