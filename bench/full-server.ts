// A full Temporal server on a PostgreSQL of its own, both with the settings of docker-compose.yml.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { parse } from 'yaml';
import { runInBackground } from '../src/dev/background.ts';
import { freePort, LOOPBACK } from '../src/dev/ports.ts';
import { setUpNamespace } from '../src/temporal/namespace.ts';
import { until } from '../test/support/waits.ts';
import { ownFolder } from './folders.ts';
import type { Postgres } from './postgres.ts';
import { startPostgres } from './postgres.ts';
import type { Programs } from './programs.ts';
import { findPrograms } from './programs.ts';
import type { Counts, RunningServer } from './servers.ts';

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

type Compose = {
  services: { postgres: { command: string[] }; temporal: { environment: Record<string, string | number | boolean> } };
};
const { postgres: AS_COMPOSED, temporal } = (
  parse(readFileSync(fromRoot('docker-compose.yml'), 'utf8'), { merge: true }) as Compose
).services;
const ENVIRONMENT = Object.fromEntries(
  Object.entries(temporal.environment).map(([name, value]) => [name, String(value)]),
);
const USER = ENVIRONMENT['POSTGRES_USER'] ?? '';

/** Temporal's two databases, each with the name of its schema. */
const DATABASES = { temporal: 'temporal', temporal_visibility: 'visibility' };

const PORTS = ['FRONTEND', 'MATCHING', 'HISTORY', 'WORKER']
  .flatMap((service) => [`${service}_GRPC_PORT`, `${service}_MEMBERSHIP_PORT`])
  .concat('FRONTEND_HTTP_PORT');

const RETENTION_MS = 90 * 86_400_000;
const PATIENCE_MS = 60_000;
/** Its services look for new search attributes every two seconds. */
const SEEN_AFTER_MS = 4_000;
const run = promisify(execFile);

/** `kept`: as of `startPostgres`. */
export async function startFullServer(kept?: string): Promise<RunningServer & { postgres: Postgres }> {
  const programs = findPrograms();
  const postgres = await startPostgres(programs, USER, AS_COMPOSED.command.slice(1), kept);
  try {
    if (postgres.isNew) await makeSchemas(programs, postgres);
    const server = await startTemporal(programs, postgres);
    return {
      ...server,
      name: `full server, ${ENVIRONMENT['NUM_HISTORY_SHARDS']} history shards, on PostgreSQL ${postgres.version}`,
      pids: new Map([
        ['Temporal', [server.pid]],
        ['PostgreSQL', [postgres.pid]],
      ]),
      postgres,
      database: { counts: () => countsOf(postgres), checkpoint: () => postgres.sql('postgres', 'CHECKPOINT') },
      async stop() {
        await server.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function makeSchemas(programs: Programs, { port }: Postgres): Promise<void> {
  const to = ['--plugin', 'postgres12', '--endpoint', LOOPBACK, '--port', String(port), '--user', USER];
  for (const [database, schema] of Object.entries(DATABASES)) {
    const tool = (...args: string[]) => run(programs['temporal-sql-tool'], [...to, '--database', database, ...args]);
    await tool('create-database');
    await tool('setup-schema', '--version', '0.0');
    await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
  }
}

async function startTemporal(programs: Programs, postgres: Postgres) {
  const folder = ownFolder();
  const logFile = join(folder, 'log');
  const ports = new Map<string, string>();
  for (const name of PORTS) ports.set(name, String(await freePort()));
  const env = {
    ...ENVIRONMENT,
    ...Object.fromEntries(ports),
    BIND_ON_IP: LOOPBACK,
    POSTGRES_SEEDS: LOOPBACK,
    POSTGRES_PWD: '',
    DB_PORT: String(postgres.port),
    DYNAMIC_CONFIG_FILE_PATH: fromRoot('deploy/temporal/dynamicconfig.yaml'),
  };
  const server = runInBackground(programs['temporal-server'], ['start'], { env, logFile });
  async function stop(): Promise<void> {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
  const address = `${LOOPBACK}:${ports.get('FRONTEND_GRPC_PORT')}`;
  try {
    await until(
      'Temporal answers',
      () => {
        if (!server.isRunning()) throw new Error(`Temporal ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
        return answers(address);
      },
      PATIENCE_MS,
    );
    await makeNamespace(address, postgres.isNew);
    return { address, pid: server.pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const connect = (address: string) => Connection.connect({ address, channelArgs: { 'grpc.enable_http_proxy': 0 } });

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await connect(address);
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

async function makeNamespace(address: string, isNew: boolean): Promise<void> {
  const connection = await connect(address);
  const client = new Client({ connection });
  try {
    if (isNew)
      await connection.workflowService.registerNamespace({
        namespace: client.options.namespace,
        workflowExecutionRetentionPeriod: msToTs(RETENTION_MS),
      });
    await until('Temporal knows the namespace', () => setUpNamespace(client).catch(() => null), PATIENCE_MS);
    await sleep(SEEN_AFTER_MS);
  } finally {
    await connection.close();
  }
}

async function countsOf({ sql }: Postgres): Promise<Counts> {
  const names = Object.keys(DATABASES).map((name) => `'${name}'`);
  const text = `SELECT
    (SELECT sum(xact_commit) FROM pg_stat_database WHERE datname IN (${names.join(', ')})),
    pg_current_wal_lsn() - '0/0',
    (SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = 'executions_visibility')`;
  const counted = (await sql('temporal_visibility', text)).split('|').map(Number);
  const [commits = 0, walBytes = 0, visibilityWrites = 0] = counted;
  return { commits, walBytes, visibilityWrites };
}
