// One shape on a fresh Temporal server, with a seQura of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { runInBackground } from '../src/dev/background.ts';
import { freePort } from '../src/dev/ports.ts';
import type { Simulator } from '../src/simulator/simulator.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { API_KEY, PASSWORD, PAYLOAD_KEYS, payloadKeysSetting, WEBHOOK_TOKEN } from '../test/support/canaries.ts';
import { apiKey, merchant, merchantsFile } from '../test/support/config-fixtures.ts';
import { ACCOUNT, sha256 } from '../test/support/merchants.ts';
import { openProxy } from '../test/support/proxy.ts';
import { until } from '../test/support/waits.ts';
import type { RunningServer } from './servers.ts';
import type { ProgramName, Shape } from './shapes.ts';
import { PROBED, program } from './shapes.ts';

/** A heap of thousands of orders takes its time to be collected. */
const HEAP_WITHIN_MS = 120_000;
/** From the SMS until the customer signs. */
const SIGNS_AFTER_MS = 20;

export type Stand = {
  shape: Shape;
  /** Where the shop places its orders: the first API, and all of them. */
  url: string;
  urls: readonly string[];
  temporal: Connection;
  simulator: Simulator;
  processes: readonly Process[];
  /** The processes of each part by its name: of the server, and of each program. */
  pids: ReadonlyMap<string, readonly number[]>;
  /** What the heaps of all threads of the worker hold, after their garbage was collected. */
  heapBytes: () => Promise<number>;
  close: () => Promise<void>;
};

/** One of ours, which can be ended and started again. */
export type Process = {
  name: ProgramName;
  pid: () => number;
  /** SIGTERM; resolves when it has ended. */
  end: () => Promise<void>;
  /** After `end`. */
  launch: () => void;
  ready: () => Promise<void>;
  heapBytes: () => Promise<number>;
};

export type StandOptions = {
  /** The folder for the CPU profiles of a program; left out: none. */
  profileTo?: ((program: ProgramName) => string) | undefined;
  /** More merchants, each with a key of its own, and with these changes in the merchants file. Their accounts at seQura send no webhooks. */
  others?: readonly { id: string; key: string; changes?: object }[];
  /** Changes to the settings of every process. */
  changes?: Readonly<Record<string, string>>;
};

export async function openStand(
  shape: Shape,
  server: RunningServer,
  { profileTo, others = [], changes = {} }: StandOptions = {},
): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const planned = await Promise.all(shape.programs.map(async (name) => ({ name, ports: await freePorts() })));
  const urls = planned
    .filter(({ name }) => program(name).ports.some((port) => port.startsWith('API_')))
    .map(({ ports }) => `http://127.0.0.1:${ports.API_PORT}`);
  const [url = ''] = urls;
  // seQura has one address for all APIs: each connection goes to the next.
  let turn = 0;
  const nextPort = () => Number(new URL(urls[(turn += 1) % urls.length] ?? url).port);
  const way = urls.length > 1 ? await openProxy(nextPort) : null;
  const simulator = await startSimulator({
    port: 0,
    merchants: [
      { ...ACCOUNT, webhookUrl: (way === null ? url : `http://${way.address}`) + shape.front.webhookPath },
      ...others.map(({ id }) => ({ ...ACCOUNT, id, webhookUrl: null })),
    ],
    actsAfterMs: SIGNS_AFTER_MS,
  });
  const all = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    ...settings(server.address, simulator.url, others),
    ...changes,
  };
  const processes = planned.map(({ name, ports }, at) => {
    const { free, confined } = program(name);
    const node = profileTo === undefined ? confined : [`--cpu-prof-dir=${profileTo(name)}`, '--cpu-prof', ...free];
    return startProcess(name, node, { ...all, ...ports }, join(folder, `${name}-${at}`));
  });
  const close = async () => {
    await Promise.all(processes.map(({ end }) => end()));
    await simulator.close();
    await way?.close();
    rmSync(folder, { recursive: true });
  };
  try {
    await Promise.all(processes.map(({ ready }) => ready()));
    const temporal = await Connection.connect({
      address: server.address,
      channelArgs: { 'grpc.enable_http_proxy': 0 },
    });
    const worker = processes.find(({ name }) => program(name).isWorker);
    return {
      shape,
      url,
      urls,
      temporal,
      simulator,
      processes,
      get pids() {
        const byName = Object.entries(Object.groupBy(processes, ({ name }) => name));
        const ours = byName.map(([name, its]): [string, number[]] => [name, its.map(({ pid }) => pid())]);
        return new Map<string, readonly number[]>([...server.pids, ...ours]);
      },
      async heapBytes() {
        if (worker === undefined) throw new Error(`${shape.name} has no worker`);
        return worker.heapBytes();
      },
      // The connection is not: a retry that comes due afterwards would throw out of its timer, before anybody hears what went wrong.
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Ports = Record<'API_PORT' | 'API_ADMIN_PORT' | 'WORKER_ADMIN_PORT', string>;

async function freePorts(): Promise<Ports> {
  const free = async () => String(await freePort());
  return { API_PORT: await free(), API_ADMIN_PORT: await free(), WORKER_ADMIN_PORT: await free() };
}

function startProcess(
  name: ProgramName,
  node: readonly string[],
  env: NodeJS.ProcessEnv & Ports,
  logFile: string,
): Process {
  const launched = () => runInBackground(process.execPath, [...PROBED, ...node], { env, logFile });
  let now = launched();
  return {
    name,
    pid: () => now.pid,
    end: () => now.stop(),
    launch: () => void (now = launched()),
    async ready() {
      const { ports: asked, ready } = program(name);
      for (const port of asked)
        await until(`${name} is ready`, async () => {
          if (!now.isRunning()) throw new Error(`${name} ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
          return fetch(`http://127.0.0.1:${env[port]}${ready}`).then(
            ({ ok }) => ok,
            () => false,
          );
        });
    },
    async heapBytes() {
      const said = () => [...readFileSync(logFile, 'utf8').matchAll(/^heap (\d+)$/gm)];
      const before = said().length;
      process.kill(now.pid, 'SIGHUP');
      return until(`${name} says how much its heap holds`, () => said()[before]?.[1], HEAP_WITHIN_MS).then(Number);
    },
  };
}

function settings(temporal: string, sequra: string, others: Required<StandOptions>['others']): Record<string, string> {
  const password = { env: 'SEQURA_PASSWORD' };
  const account = { password, webhook_tokens: [WEBHOOK_TOKEN] };
  const key = { id: 'till', sha256: sha256(API_KEY), merchants: '*', scopes: ['orders:read', 'orders:write'] };
  const otherMerchants = others.map(({ id, changes }) => merchant({ id, password, ...changes }));
  const otherKeys = others.map(({ id, key: its }) =>
    apiKey({ id: `till-${id}`, sha256: sha256(its), merchants: [id], scopes: key.scopes }),
  );
  return {
    TEMPORAL_ADDRESS: temporal,
    SEQURA_BASE_URL: sequra,
    SEQURA_PASSWORD: PASSWORD,
    PAYLOAD_KEYS: payloadKeysSetting(...PAYLOAD_KEYS),
    MERCHANTS_FILE: merchantsFile({
      merchants: [merchant(account), ...otherMerchants],
      api_keys: [apiKey(key), ...otherKeys],
    }),
    // Above what any of these machines places and reads in a second.
    RATE_LIMIT_PER_SECOND: '5000',
  };
}
