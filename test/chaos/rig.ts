// The whole service as chaos finds it: two APIs, two workers, Temporal with a file, seQura, and a proxy on every way between them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { buildForTests } from '../../scripts/build.ts';
import type { RunningTemporal } from '../../src/dev/temporal.ts';
import { findTemporalCli, freePort, startTemporal } from '../../src/dev/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../src/order/search-attributes.ts';
import { dataConverter } from '../../src/temporal/connection.ts';
import type { Program, Settings, Site, Started, StartedApi } from '../support/processes.ts';
import { endPrograms, openSite, untilReady } from '../support/processes.ts';
import type { Proxy } from '../support/proxy.ts';
import { openProxy } from '../support/proxy.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';

/** Something that can be killed, stopped and started again. */
export type Part = {
  name: string;
  kill: () => Promise<void>;
  /** SIGTERM, and until it has ended. */
  end: () => Promise<void>;
  pause: () => Promise<void>;
  resume: () => Promise<void>;
  /** After `kill` or `end`; resolves when it is ready. */
  start: () => Promise<void>;
};

export type Rig = {
  site: Site;
  client: Client;
  dbFile: string;
  /** Those that are there now, or were there last. */
  apis: [StartedApi, StartedApi];
  workers: [Started, Started];
  parts: Record<'api 1' | 'api 2' | 'worker 1' | 'worker 2' | 'temporal', Part>;
  ways: Record<string, Proxy>;
  /** Programs that have ended although nobody ended them, and what they said last. */
  endedByThemselves: () => string[];
  close: () => Promise<void>;
};

/** Short enough for an order to end within a minute. */
const MERCHANT = {
  confirm_within_seconds: 25,
  create_retry_seconds: 20,
  settle_seconds: 10,
  cancel_overdue_seconds: 8,
};
const SEQURA_TIMEOUT_MS = '2000';
/** Ten repeats within a minute, and no gap between two longer than the time to settle. */
const WEBHOOK_REPEAT = { baseGapMs: 500, factor: 1.25, timeoutMs: 5_000 };

export async function openRig(): Promise<Rig> {
  await buildForTests();
  const cli = await findTemporalCli(console.error);
  const dataDir = mkdtempSync(join(tmpdir(), 'chaos-'));
  const dbFile = join(dataDir, 'temporal.db');
  const port = await freePort();
  const startIt = () =>
    startTemporal({ cli, port, uiPort: null, dbFilename: dbFile, searchAttributes: SEARCH_ATTRIBUTES });
  let temporal: RunningTemporal = await startIt();
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, dataConverter: dataConverter(PAYLOAD_KEYS, { replaceCorrupted: true }) });

  const ways: Record<string, Proxy> = {};
  const way = async (name: string, targetPort: () => number) => (ways[name] = await openProxy(targetPort));
  const apiPorts: number[] = [];
  let turn = 0;
  const site = await openSite(temporal.address, {
    merchant: MERCHANT,
    webhookRepeat: WEBHOOK_REPEAT,
    // One address for both APIs: each connection goes to the next one, dead or alive.
    async webhookPort(apiPort) {
      apiPorts.push(apiPort, await freePort());
      return (await way('sequra to api', () => apiPorts[(turn += 1) % 2] ?? apiPort)).port;
    },
  });
  const sequraPort = Number(new URL(site.simulator.url).port);

  async function apiSettings(number: 1 | 2): Promise<Settings> {
    const toTemporal = ways[`api ${number} to temporal`] ?? (await way(`api ${number} to temporal`, () => port));
    // The second one has a lost create tried once more.
    const other = number === 1 ? {} : site.settingsFor({ ...MERCHANT, on_create_outcome_unknown: 'recreate' });
    return {
      SEQURA_TIMEOUT_MS,
      TEMPORAL_ADDRESS: toTemporal.address,
      API_PORT: String(apiPorts[number - 1]),
      ...other,
    };
  }
  async function workerSettings(number: 1 | 2): Promise<Settings> {
    const toTemporal = ways[`worker ${number} to temporal`] ?? (await way(`worker ${number} to temporal`, () => port));
    const toSequra = ways[`worker ${number} to sequra`] ?? (await way(`worker ${number} to sequra`, () => sequraPort));
    return {
      SEQURA_TIMEOUT_MS,
      TEMPORAL_ADDRESS: toTemporal.address,
      SEQURA_BASE_URL: `http://${toSequra.address}`,
      // As seQura sees them: through the way that is cut.
      WEBHOOK_PROBE_URL: `http://${ways['sequra to api']?.address}/webhooks/sequra/probe`,
    };
  }
  const startApi = async (number: 1 | 2) => site.startApi(await apiSettings(number));
  const startWorker = async (number: 1 | 2) => site.startWorker(await workerSettings(number));
  const apis: Rig['apis'] = [await startApi(1), await startApi(2)];
  const workers: Rig['workers'] = [await startWorker(1), await startWorker(2)];
  await untilReady(...apis, ...workers);

  const program = <P extends Started>(
    name: string,
    all: [P, P],
    number: 1 | 2,
    start: (n: 1 | 2) => Promise<P>,
  ): Part => {
    const present = (): Program => all[number - 1] as P;
    return {
      name,
      async kill() {
        present().kill();
        await present().ended();
      },
      async end() {
        present().terminate();
        await present().ended();
      },
      pause: async () => present().pause(),
      resume: async () => present().resume(),
      async start() {
        all[number - 1] = await start(number);
      },
    };
  };
  const parts: Rig['parts'] = {
    'api 1': program('api 1', apis, 1, startApi),
    'api 2': program('api 2', apis, 2, startApi),
    'worker 1': program('worker 1', workers, 1, startWorker),
    'worker 2': program('worker 2', workers, 2, startWorker),
    temporal: {
      name: 'temporal',
      async kill() {
        process.kill(temporal.pid, 'SIGKILL');
        await temporal.exited;
      },
      end: () => temporal.stop(),
      pause: async () => void process.kill(temporal.pid, 'SIGSTOP'),
      resume: async () => void process.kill(temporal.pid, 'SIGCONT'),
      async start() {
        temporal = await startIt();
      },
    },
  };

  return {
    site,
    client,
    dbFile,
    apis,
    workers,
    parts,
    ways,
    endedByThemselves: () =>
      [...apis, ...workers]
        .filter(({ hasEnded }) => hasEnded())
        .map(({ script, stderr }) => `${script}: ${stderr().slice(-500)}`),
    async close() {
      await endPrograms();
      for (const each of Object.values(ways)) await each.close();
      await site.close();
      await connection.close();
      await temporal.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}
