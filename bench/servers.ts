// The Temporal servers on which the shapes are measured.
import { startDevServer } from '../test/support/temporal.ts';
import { startFullServer } from './full-server.ts';
import type { Metered } from './metered.ts';
import { metered } from './metered.ts';

/** What its database has done since it began. */
export type Counts = { commits: number; walBytes: number; visibilityWrites: number };

export type Counted = { counts: () => Promise<Counts>; checkpoint: () => Promise<unknown> };

export type RunningServer = {
  /** In words. */
  name: string;
  address: string;
  /** The processes of each part by its name. */
  pids: ReadonlyMap<string, readonly number[]>;
  /** Left out: nothing is known of it. */
  database?: Counted;
  /** Left out: it does not tell. */
  written?: Metered['written'];
  /** Left out: it does not tell. */
  polls?: Metered['polls'];
  stop: () => Promise<void>;
};

export const SERVERS = { dev: startDev, postgres: startFullServer } as const;
export type ServerName = keyof typeof SERVERS;

async function startDev(): Promise<RunningServer> {
  const { metricsPort, written, polls } = await metered();
  const { address, pid, stop } = await startDevServer({ metricsPort });
  return { name: 'dev server in memory', address, pids: new Map([['Temporal', [pid]]]), written, polls, stop };
}
