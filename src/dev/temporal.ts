// A Temporal server of one's own for development and tests: the dev server of the CLI.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Background } from './background.ts';
import { runInBackground } from './background.ts';
import { freePort, LOOPBACK, requireFreePort } from './ports.ts';

export { findTemporalCli, findTestServer } from './binaries.ts';
export { freePort } from './ports.ts';

type SearchAttributeType = 'KEYWORD' | 'KEYWORD_LIST' | 'DATETIME' | 'BOOL';

export type TemporalOptions = {
  cli: string;
  /** 0: any free one. */
  port: number;
  /** 0: any free one; null: no UI. */
  uiPort: number | null;
  /** Where it keeps its data; null: in memory. */
  dbFilename: string | null;
  searchAttributes: Readonly<Record<string, SearchAttributeType>>;
  /** Where the UI has payloads decoded. */
  codecEndpoint?: string | undefined;
  logFile?: string | undefined;
  namespace?: string | undefined;
  /** Where it tells its metrics; left out: nowhere. */
  metricsPort?: number;
  /** Settings of the server itself, by key (Temporal docs, "dynamic configuration"), beside those of production. */
  dynamicConfig?: Readonly<Record<string, number | boolean>> | undefined;
};

export type RunningTemporal = Pick<Background, 'pid' | 'exited' | 'stop'> & { address: string; uiUrl: string | null };

/** As in deploy/temporal/dynamicconfig.yaml, which says why. */
export const AS_IN_PRODUCTION: Readonly<Record<string, number | boolean>> = {
  'limit.maxIDLength': 255,
  'frontend.namespaceRPS.visibility': 250,
  'matching.enableFairness': true,
  'matching.numTaskqueueWritePartitions': 1,
  'matching.numTaskqueueReadPartitions': 1,
};

/** What a namespace and its search attributes are is kept in memory, as in production: the dev server's own default reads both anew for each use. */
const ATTRIBUTES_ARE_KEPT = { 'system.forceSearchAttributesCacheRefreshOnRead': false };

const START_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_EVERY_MS = 100;

/** Resolves when it answers, with namespace and search attributes in place. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  await requireFreePort(options.port, 'TEMPORAL_PORT');
  if (options.uiPort !== null) await requireFreePort(options.uiPort, 'TEMPORAL_UI_PORT');
  const port = options.port || (await freePort());
  const uiPort = options.uiPort === 0 ? await freePort() : options.uiPort;

  if (options.dbFilename !== null) mkdirSync(dirname(options.dbFilename), { recursive: true });
  const server = runInBackground(options.cli, commandLine(options, port, uiPort), {
    env: serverEnvironment(),
    logFile: options.logFile,
  });
  const address = `${LOOPBACK}:${port}`;
  try {
    await untilReady(server, address, options);
  } catch (error) {
    await server.stop();
    const why = options.logFile === undefined ? server.lastLine() : `see ${options.logFile}`;
    throw new Error(`Temporal did not start: ${why || 'it said nothing'}.`, { cause: error });
  }
  const { pid, exited, stop } = server;
  return { address, uiUrl: uiPort === null ? null : `http://${LOOPBACK}:${uiPort}`, pid, exited, stop };
}

function commandLine(options: TemporalOptions, port: number, uiPort: number | null): string[] {
  const args = ['server', 'start-dev', '--log-level', 'warn', '--ip', LOOPBACK, '--port', String(port)];
  args.push(...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]));
  if (options.namespace !== undefined) args.push('--namespace', options.namespace);
  if (options.dbFilename !== null) args.push('--db-filename', options.dbFilename);
  if (options.metricsPort !== undefined) args.push('--metrics-port', String(options.metricsPort));
  if (options.codecEndpoint !== undefined) args.push('--ui-codec-endpoint', options.codecEndpoint);
  // The CLI writes `KeywordList`, in any case.
  for (const [name, type] of Object.entries(options.searchAttributes))
    args.push('--search-attribute', `${name}=${type.replace('_', '')}`);
  for (const [key, value] of Object.entries(dynamicConfigOf(options)))
    args.push('--dynamic-config-value', `${key}=${value}`);
  return args;
}

/** A server that has its search attributes from the start is not to look for others. */
export function dynamicConfigOf({
  searchAttributes,
  dynamicConfig,
}: Pick<TemporalOptions, 'searchAttributes' | 'dynamicConfig'>): NonNullable<TemporalOptions['dynamicConfig']> {
  const areGiven = Object.keys(searchAttributes).length > 0;
  return { ...AS_IN_PRODUCTION, ...(areGiven && ATTRIBUTES_ARE_KEPT), ...dynamicConfig };
}

/** Without the variables that are meant for clients. The UI looks for no new version. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(inherited), TEMPORAL_DISABLE_NEWS_FETCH: 'true' };
}

async function untilReady(server: Background, address: string, options: TemporalOptions): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await probe(address, options.namespace ?? 'default', Object.keys(options.searchAttributes));
    } catch (error) {
      if (!server.isRunning() || Date.now() > giveUpAt) throw error;
      await sleep(PROBE_EVERY_MS);
    }
  }
}

async function probe(address: string, namespace: string, searchAttributes: readonly string[]): Promise<void> {
  const connection = await Connection.connect({
    address,
    connectTimeout: PROBE_TIMEOUT_MS,
    channelArgs: { 'grpc.enable_http_proxy': 0 },
  });
  try {
    await connection.withDeadline(Date.now() + PROBE_TIMEOUT_MS, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      const missing = searchAttributes.filter((name) => !(name in customAttributes));
      if (missing.length > 0) throw new Error(`search attributes are missing: ${missing.join(', ')}`);
    });
  } finally {
    await connection.close();
  }
}
