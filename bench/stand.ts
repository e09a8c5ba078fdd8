// One shape on a fresh Temporal server, with a seQura of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import type { Background } from '../src/dev/background.ts';
import { runInBackground } from '../src/dev/background.ts';
import { freePort } from '../src/dev/ports.ts';
import type { Simulator } from '../src/simulator/simulator.ts';
import { startSimulator } from '../src/simulator/simulator.ts';
import { API_KEY, PASSWORD, PAYLOAD_KEYS, payloadKeysSetting, WEBHOOK_TOKEN } from '../test/support/canaries.ts';
import { apiKey, merchant, merchantsFile } from '../test/support/config-fixtures.ts';
import { ACCOUNT, sha256 } from '../test/support/merchants.ts';
import { until } from '../test/support/waits.ts';
import type { RunningServer } from './servers.ts';
import type { ProgramName, Shape } from './shapes.ts';
import { PROBED, program } from './shapes.ts';

/** From the SMS until the customer signs. */
const SIGNS_AFTER_MS = 20;

export type Stand = {
  shape: Shape;
  /** Where the shop places its orders. */
  url: string;
  temporal: Connection;
  simulator: Simulator;
  /** The processes of each part by its name: of the server, and of each program. */
  pids: ReadonlyMap<string, readonly number[]>;
  /** What the heaps of all threads of the worker hold, after their garbage was collected. */
  heapBytes: () => Promise<number>;
  close: () => Promise<void>;
};

export type StandOptions = {
  /** The folder for the CPU profiles of a program; left out: none. */
  profileTo?: ((program: ProgramName) => string) | undefined;
  /** More merchants, each with a key of its own. */
  others?: readonly { id: string; key: string }[];
};

export async function openStand(
  shape: Shape,
  server: RunningServer,
  { profileTo, others = [] }: StandOptions = {},
): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const ports = {
    API_PORT: String(await freePort()),
    API_ADMIN_PORT: String(await freePort()),
    WORKER_ADMIN_PORT: String(await freePort()),
  };
  const url = `http://127.0.0.1:${ports.API_PORT}`;
  const simulator = await startSimulator({
    port: 0,
    merchants: [{ ...ACCOUNT, webhookUrl: url + shape.front.webhookPath }],
    actsAfterMs: SIGNS_AFTER_MS,
  });
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    ...ports,
    ...settings(server.address, simulator.url, others),
  };
  const started: (Background & { name: ProgramName; logFile: string })[] = [];
  const close = async () => {
    await Promise.all(started.map(({ stop }) => stop()));
    await simulator.close();
    rmSync(folder, { recursive: true });
  };
  try {
    for (const name of shape.programs) {
      const logFile = join(folder, name);
      const { script, confined } = program(name);
      const node = profileTo === undefined ? confined : [`--cpu-prof-dir=${profileTo(name)}`, '--cpu-prof', script];
      started.push({ name, logFile, ...runInBackground(process.execPath, [...PROBED, ...node], { env, logFile }) });
    }
    for (const { name, logFile, isRunning } of started) {
      const { ports: asked, ready } = program(name);
      for (const port of asked)
        await until(`${name} is ready`, async () => {
          if (!isRunning()) throw new Error(`${name} ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
          return fetch(`http://127.0.0.1:${env[port]}${ready}`).then(
            ({ ok }) => ok,
            () => false,
          );
        });
    }
    const temporal = await Connection.connect({
      address: server.address,
      channelArgs: { 'grpc.enable_http_proxy': 0 },
    });
    const worker = started.find(({ name }) => program(name).isWorker);
    return {
      shape,
      url,
      temporal,
      simulator,
      pids: new Map<string, readonly number[]>([
        ...server.pids,
        ...started.map(({ name, pid }): [string, number[]] => [name, [pid]]),
      ]),
      async heapBytes() {
        if (worker === undefined) throw new Error(`${shape.name} has no worker`);
        const said = () => [...readFileSync(worker.logFile, 'utf8').matchAll(/^heap (\d+)$/gm)];
        const before = said().length;
        process.kill(worker.pid, 'SIGHUP');
        return until('the worker says how much its heap holds', () => said()[before]?.[1]).then(Number);
      },
      async close() {
        await temporal.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function settings(temporal: string, sequra: string, others: Required<StandOptions>['others']): Record<string, string> {
  const account = { password: { env: 'SEQURA_PASSWORD' }, webhook_tokens: [WEBHOOK_TOKEN] };
  const key = { id: 'till', sha256: sha256(API_KEY), merchants: '*', scopes: ['orders:read', 'orders:write'] };
  const otherMerchants = others.map(({ id }) => merchant({ id }));
  const otherKeys = others.map(({ id, key: its }) =>
    apiKey({ id: `till-${id}`, sha256: sha256(its), merchants: [id] }),
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
