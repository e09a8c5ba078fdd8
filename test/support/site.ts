// The service as it is operated: Temporal with its database, APIs and workers as processes of their own, the simulator, a merchant's endpoint,
// and a proxy on each way between them. Each part can be killed, stopped and started again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { buildForTests } from '../../scripts/build.ts';
import type { PayloadKey } from '../../src/config/model.ts';
import type { RunningTemporal } from '../../src/dev/temporal.ts';
import { freePort } from '../../src/dev/temporal.ts';
import type { OrderView } from '../../src/order/view.ts';
import type { SimulatedMerchant } from '../../src/simulator/merchants.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import type { WebhookRepeat } from '../../src/simulator/webhooks.ts';
import { dataConverter } from '../../src/temporal/connection.ts';
import {
  API_KEY,
  canariesIn,
  PASSWORD,
  PAYLOAD_KEYS,
  payloadKeysSetting,
  WEBHOOK_PATH,
  WEBHOOK_TOKEN,
} from './canaries.ts';
import { apiKey, merchant, merchantsFile } from './config-fixtures.ts';
import { ACCOUNT, sha256 } from './merchants.ts';
import type { Program, Settings } from './programs.ts';
import { everyOutput, npmRun } from './programs.ts';
import type { Proxy } from './proxy.ts';
import { openProxy } from './proxy.ts';
import type { Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';
import { startDevServer } from './temporal.ts';
import type { Till } from './till.ts';
import { call, till } from './till.ts';
import { until } from './waits.ts';

/** A process with the address of its admin port. */
export type Started = Program & { admin: string };
export type StartedApi = Started & Till;

type Ending = number | NodeJS.Signals;

/** What can be killed, stopped and started again. */
export type Part = {
  name: string;
  /** SIGKILL; resolves when the process has ended. */
  kill: () => Promise<unknown>;
  /** SIGTERM; resolves when the process has ended. */
  end: () => Promise<unknown>;
  /** SIGSTOP and SIGCONT. */
  pause: () => void;
  resume: () => void;
  /** After `kill` or `end`; does not wait until it is ready. */
  launch: () => Promise<void>;
};

/** `settings`: in place of the site's own, until it is started again. */
type ProcessPart<P extends Started> = Omit<Part, 'kill' | 'end' | 'launch'> & {
  /** The process that runs, or has run last. */
  now: P;
  kill: () => Promise<Ending>;
  end: () => Promise<Ending>;
  launch: (settings?: Settings) => Promise<void>;
  /** After `kill` or `end`; resolves when it is ready. */
  start: (settings?: Settings) => Promise<void>;
  /** Ends it and starts it again, as a deploy does. */
  replace: (settings?: Settings) => Promise<void>;
  toTemporal: Proxy;
};
type ApiPart = ProcessPart<StartedApi> & Till;
type WorkerPart = ProcessPart<Started> & { toSequra: Proxy };
type TemporalPart = Part & { address: string; start: () => Promise<void> };

export type Site = {
  temporal: TemporalPart;
  dbFile: string;
  /** It goes past every proxy. */
  client: Client;
  /** The keys with which payloads are read. */
  payloadKeys: readonly PayloadKey[];
  simulator: Simulator;
  /** At seQura: one that is added or changed is so at once. */
  accounts: SimulatedMerchant[];
  webhookUrl: string;
  /** The merchant's endpoint; it fails at the first notification. */
  endpoint: Receiver;
  apis: ApiPart[];
  workers: WorkerPart[];
  /** The first API, and the first worker. */
  api: ApiPart;
  worker: WorkerPart;
  /** All APIs and workers, and Temporal. */
  parts: Part[];
  /** Each proxy by its name, such as `api 1 to temporal`. */
  ways: Record<string, Proxy>;
  /** The settings of every process. */
  settings: Settings;
  /** Settings for a merchants file with these changes to the merchant. */
  settingsFor(merchant: object): Settings;
  /** Starts another API without a proxy, by default on the port of the first one. Does not wait until it is ready. */
  startApi(settings?: Settings): Promise<StartedApi>;
  startWorker(settings?: Settings): Promise<Started>;
  /** The order as the first API shows it. */
  read(id: string): Promise<OrderView | null>;
  /** The canaries found in the output of every process, and in Temporal's database. */
  leaks(): string[];
  close(): Promise<void>;
};

export type SiteOptions = {
  temporal?: 'on disk' | 'in memory' | 'not yet';
  /** The changes to the merchant in the merchants file of each API; default: one API, no change. */
  apis?: object[];
  /** How many workers; default: one. */
  workers?: number;
  /** Changes to the settings of every process. */
  settings?: Settings;
  /** Changes to the merchant, as in the merchants file. */
  merchant?: object;
  /** How seQura repeats its webhooks. */
  webhookRepeat?: Partial<WebhookRepeat>;
  /** Whether workers look at the way in, by the proxy between seQura and the APIs. */
  looks?: boolean;
  /** More merchants, whose accounts at seQura send no webhooks; and keys beside the till's. */
  others?: { id: string; webhookToken: string }[];
  otherKeys?: { id: string; key: string; merchants: string[] }[];
  /** Keys with which payloads are read, beside the site's own. */
  otherPayloadKeys?: PayloadKey[];
};

/** Settings of the merchant, so that orders end within a test. */
const QUICK = { settle_seconds: 1 };
const SCOPES = ['orders:read', 'orders:write', 'ops'];

/** With `apis: []`, webhooks go straight to the API that `startApi` starts. */
export async function openSite({
  temporal: where = 'on disk',
  apis: apiMerchants = [{}],
  workers: workerCount = 1,
  settings: changes = {},
  merchant: merchantChanges = {},
  webhookRepeat = {},
  looks = false,
  others = [],
  otherKeys = [],
  otherPayloadKeys = [],
}: SiteOptions = {}): Promise<Site> {
  await buildForTests();
  const dataDir = mkdtempSync(join(tmpdir(), 'site-'));
  const dbFile = join(dataDir, 'temporal.db');
  const temporal = temporalPart(await freePort(), where === 'in memory' ? null : dbFile);
  if (where !== 'not yet') await temporal.start();
  const connection = Connection.lazy({ address: temporal.address });
  const payloadKeys = [...PAYLOAD_KEYS, ...otherPayloadKeys];
  const client = new Client({ connection, dataConverter: dataConverter(payloadKeys, { replaceCorrupted: true }) });

  const ways: Record<string, Proxy> = {};
  const way = async (name: string, port: () => number) => (ways[name] = await openProxy(port));
  const apiPorts = await Promise.all((apiMerchants.length === 0 ? [{}] : apiMerchants).map(() => freePort()));
  const [apiPort = 0] = apiPorts;
  let turn = 0;
  // seQura has one address for all APIs: each connection goes to the next API, dead or alive.
  const nextApi = () => apiPorts[(turn += 1) % apiPorts.length] ?? apiPort;
  const seen = apiMerchants.length === 0 ? apiPort : (await way('sequra to api', nextApi)).port;
  const webhookUrl = `http://127.0.0.1:${seen}${WEBHOOK_PATH}`;
  const accounts: SimulatedMerchant[] = [
    { ...ACCOUNT, webhookUrl },
    ...others.map(({ id }) => ({ id, username: id, password: PASSWORD, webhookUrl: null })),
  ];
  const simulator = await startSimulator({
    port: 0,
    merchants: accounts,
    webhookRepeat: { baseGapMs: 200, ...webhookRepeat },
  });
  const sequraPort = Number(new URL(simulator.url).port);
  const endpoint = await startReceiver(null, 500, 200);
  const notify = { url: endpoint.url, secret: endpoint.secret };
  const password = { env: 'SEQURA_PASSWORD' };
  const settingsFor = (overrides: object): Settings => ({
    MERCHANTS_FILE: merchantsFile({
      merchants: [
        merchant({ password, webhook_tokens: [WEBHOOK_TOKEN], notify, ...QUICK, ...overrides }),
        ...others.map(({ id, webhookToken }) =>
          merchant({ id, username: id, password, webhook_tokens: [webhookToken] }),
        ),
      ],
      api_keys: [{ id: 'till', key: API_KEY, merchants: '*' as const }, ...otherKeys].map(({ key, ...its }) =>
        apiKey({ ...its, sha256: sha256(key), scopes: SCOPES }),
      ),
    }),
  });
  const settings: Settings = {
    TEMPORAL_ADDRESS: temporal.address,
    SEQURA_BASE_URL: simulator.url,
    SEQURA_TIMEOUT_MS: '5000',
    SEQURA_PASSWORD: PASSWORD,
    PAYLOAD_KEYS: payloadKeysSetting(...PAYLOAD_KEYS),
    ...settingsFor(merchantChanges),
    ...changes,
  };

  const started: Started[] = [];
  async function startApi(overrides: Settings = {}): Promise<StartedApi> {
    const adminPort = String(await freePort());
    const env = { ...settings, API_PORT: String(apiPort), API_ADMIN_PORT: adminPort, ...overrides };
    const program = { ...npmRun('start:api', env), admin: `http://127.0.0.1:${adminPort}` };
    started.push(program);
    return { ...program, ...till(`http://127.0.0.1:${env.API_PORT}`) };
  }
  async function startWorker(overrides: Settings = {}): Promise<Started> {
    const adminPort = String(await freePort());
    const env = { ...settings, WORKER_ADMIN_PORT: adminPort, ...overrides };
    const program = { ...npmRun('start:worker', env), admin: `http://127.0.0.1:${adminPort}` };
    started.push(program);
    return program;
  }

  const temporalPort = () => Number(temporal.address.split(':')[1]);
  const apis = await Promise.all(
    apiMerchants.map(async (its, index): Promise<ApiPart> => {
      const name = `api ${index + 1}`;
      const toTemporal = await way(`${name} to temporal`, temporalPort);
      const port = String(apiPorts[index]);
      const own = {
        TEMPORAL_ADDRESS: toTemporal.address,
        API_PORT: port,
        ...settingsFor({ ...merchantChanges, ...its }),
      };
      const part = await processPart(name, (overrides) => startApi({ ...own, ...overrides }));
      return Object.assign(part, { toTemporal }, till(`http://127.0.0.1:${port}`));
    }),
  );
  const workers = await Promise.all(
    Array.from({ length: workerCount }, async (_, index): Promise<WorkerPart> => {
      const name = `worker ${index + 1}`;
      const toTemporal = await way(`${name} to temporal`, temporalPort);
      const toSequra = await way(`${name} to sequra`, () => sequraPort);
      const own = {
        TEMPORAL_ADDRESS: toTemporal.address,
        SEQURA_BASE_URL: `http://${toSequra.address}`,
        ...(looks && { WEBHOOK_PROBE_URL: `http://127.0.0.1:${seen}/webhooks/sequra/probe` }),
      };
      const part = await processPart(name, (overrides) => startWorker({ ...own, ...overrides }));
      return Object.assign(part, { toTemporal, toSequra });
    }),
  );
  await untilReady(...[...apis, ...workers].map(({ now }) => now));

  return {
    temporal,
    dbFile,
    client,
    payloadKeys,
    simulator,
    accounts,
    webhookUrl,
    endpoint,
    apis,
    workers,
    get api() {
      return first(apis);
    },
    get worker() {
      return first(workers);
    },
    parts: [...apis, ...workers, temporal],
    ways,
    settings,
    settingsFor,
    startApi,
    startWorker,
    read: (id) => first(apis).read(id),
    leaks: () => canariesIn(Object.values(everyOutput()), [dbFile, `${dbFile}-wal`]),

    async close() {
      for (const program of started) if (!program.hasEnded()) program.kill();
      await Promise.all(started.map(({ ended }) => ended()));
      for (const each of Object.values(ways)) await each.close();
      await endpoint.goOffline();
      await simulator.close();
      await connection.close();
      await temporal.end();
      rmSync(dataDir, { recursive: true });
    },
  };
}

function first<P>([part]: readonly P[]): P {
  if (part === undefined) throw new Error('this site was opened without it');
  return part;
}

function temporalPart(port: number, dbFilename: string | null): TemporalPart {
  let now: RunningTemporal | null = null;
  const signal = (name: NodeJS.Signals) => void (now !== null && process.kill(now.pid, name));
  const start = async () => void (now = await startDevServer({ port, dbFilename }));
  return {
    name: 'temporal',
    address: `127.0.0.1:${port}`,
    start,
    launch: start,
    async kill() {
      signal('SIGKILL');
      await now?.exited;
    },
    end: async () => now?.stop(),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
  };
}

async function processPart<P extends Started>(
  name: string,
  launch: (settings: Settings) => Promise<P>,
): Promise<Omit<ProcessPart<P>, 'toTemporal'>> {
  const part: Omit<ProcessPart<P>, 'toTemporal'> = {
    name,
    now: await launch({}),
    async launch(settings = {}) {
      part.now = await launch(settings);
    },
    async start(settings = {}) {
      await part.launch(settings);
      await untilReady(part.now);
    },
    async replace(settings) {
      const ending = await part.end();
      if (ending !== 0) throw new Error(`${name} ended with ${ending}`);
      await part.start(settings);
    },
    kill() {
      part.now.kill();
      return part.now.ended();
    },
    end() {
      part.now.terminate();
      return part.now.ended();
    },
    pause: () => part.now.pause(),
    resume: () => part.now.resume(),
  };
  return part;
}

/** The status of the answer, or the reason why there is none. */
export async function probe({ admin }: Started, path: '/livez' | '/readyz'): Promise<number | string> {
  return call(admin + path).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'no answer'),
  );
}

export async function untilReady(...started: Started[]): Promise<void> {
  await Promise.all(
    started.map((program) =>
      until(`${program.script} is ready`, async () => {
        if (program.hasEnded()) throw new Error(`${program.script} ended: ${program.stderr()}`);
        return (await probe(program, '/readyz')) === 200;
      }),
    ),
  );
}
