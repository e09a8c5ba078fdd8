// Temporal servers to test on.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RunningTemporal } from '../../src/dev/temporal.ts';
import { findTemporalCli, findTestServer, startTemporal } from '../../src/dev/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../src/order/search-attributes.ts';
import { addSearchAttributes, setUpNamespace } from '../../src/temporal/namespace.ts';

type DevServerOptions = Omit<Parameters<typeof startTemporal>[0], 'cli'>;

/** The CLI's dev server. By default it has a free port, no UI, no file, and our search attributes. */
export async function startDevServer(options: Partial<DevServerOptions> = {}): Promise<RunningTemporal> {
  const cli = await findTemporalCli(console.error);
  return startTemporal({
    cli,
    port: 0,
    uiPort: null,
    dbFilename: null,
    searchAttributes: SEARCH_ATTRIBUTES,
    ...options,
  });
}

/** A Temporal server for a service in this process. */
export type TemporalServer = {
  address: string;
  uiUrl: string | null;
  prepare: (client: Client) => Promise<unknown>;
  /** Skips time on the time-skipping server, waits on a real one. */
  pass: (ms: number) => Promise<void>;
  close: () => Promise<void>;
};

/** The dev server, set up as by `npm run setup:temporal`. It can do everything but skip time. */
export async function openDevServer({
  codecEndpoint,
  dynamicConfig,
}: Pick<DevServerOptions, 'codecEndpoint' | 'dynamicConfig'>): Promise<TemporalServer> {
  const { address, uiUrl, stop } = await startDevServer({
    uiPort: codecEndpoint === undefined ? null : 0,
    searchAttributes: {},
    codecEndpoint,
    dynamicConfig,
  });
  return { address, uiUrl, prepare: setUpNamespace, pass: (ms) => sleep(ms), close: stop };
}

/** The time-skipping server: timers skip ahead while a test waits with `pass`. It has no lists. */
export async function openTimeSkippingServer(): Promise<TemporalServer> {
  const path = await findTestServer(console.error);
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  return {
    address: env.address,
    uiUrl: null,
    // Not `setUpNamespace`, which lists search attributes: this server cannot list them.
    prepare: addSearchAttributes,
    pass: async (ms) => env.sleep(ms),
    close: () => env.teardown(),
  };
}
