// What orders cost the database behind a Temporal server.
import type { Load } from './load.ts';
import { lead } from './load.ts';
import type { Counts, Counted } from './servers.ts';
import type { Stand } from './stand.ts';

/** Longer than the time limits of calls, which Temporal looks at when they have run out: what it does late for orders before is in. */
const LOAD: Load = { orders: 400, atATime: 10, followed: false };

/** For each order under a steady load, the idle work meanwhile included. */
export async function databaseFigures(stand: Stand, { counts, checkpoint }: Counted): Promise<Counts> {
  // Soon after one, whole pages are written. When the next one comes is chance.
  await checkpoint();
  await lead(stand, LOAD);
  const before = await counts();
  await lead(stand, LOAD);
  const after = await counts();
  const perOrder = (what: keyof Counts) => (after[what] - before[what]) / LOAD.orders;
  return {
    commits: perOrder('commits'),
    walBytes: perOrder('walBytes'),
    visibilityWrites: perOrder('visibilityWrites'),
  };
}
