// The Temporal servers on which the shapes are measured.
import { startDevServer } from '../test/support/temporal.ts';

export type Server = { name: string; start: () => Promise<RunningServer> };
export type RunningServer = { address: string; pids: readonly number[]; stop: () => Promise<void> };

export const SERVERS = {
  dev: {
    name: 'dev server in memory',
    async start() {
      const { address, pid, stop } = await startDevServer();
      return { address, pids: [pid], stop };
    },
  },
} as const satisfies Record<string, Server>;
