// src/processes: the API, the worker, the codec and the desk as processes: wiring only.
//
// What all processes have in common: they start, run until a signal stops them, and end in order.
import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '@prometheus-io/client';
import type { LiveSettings, SettingsWatch } from '../config/live.ts';
import { stateOf, watchSettings } from '../config/live.ts';
import type { Loaded } from '../config/load.ts';
import { configOrExit, loadAgain } from '../config/load.ts';
import { settingsFiles } from '../config/settings-files.ts';
import type { Env } from '../config/variables.ts';
import { missingSearchAttributes, NamespaceMissingError } from '../temporal/namespace.ts';
import { troubleOf } from '../temporal/trouble.ts';
import type { NotReady } from '../admin/health.ts';
import type { Logger } from '../telemetry/log.ts';
import { createLogger, errorName } from '../telemetry/log.ts';
import { settingsNews } from '../telemetry/settings-news.ts';

export type Running = {
  adminPort: number;
  /** Of its admin port. */
  metrics: Registry;
  /** Rejects when the process can do no more work. */
  failed: Promise<never>;
  /** Finishes, or hands back, what is under way. */
  stop: () => Promise<void>;
};

const LOOK_EVERY_MS = 1_000;
const LOOK_TIMEOUT_MS = 2_000;

/** Only other settings will let this process in. */
export class TemporalRefusesError extends Error {
  override readonly name = 'TemporalRefusesError';
}

/** The namespace lacks search attributes: nothing can run there. */
export class NamespaceNotReadyError extends Error {
  override readonly name = 'NamespaceNotReadyError';
}

/** A namespace that was just made is not known everywhere at once, nor is a new key or certificate. */
const PATIENCE_MS = 5_000;

/** What keeps orders from being carried on there, for as long as this process runs. */
export async function workability(client: Client, deadline: number): Promise<NotReady | null> {
  try {
    const missing = await client.withDeadline(deadline, () => missingSearchAttributes(client));
    return missing.length === 0 ? null : `search_attributes_missing: ${missing.join(', ')}`;
  } catch (error) {
    if (error instanceof NamespaceMissingError) return `namespace_not_found: ${client.options.namespace}`;
    throw error;
  }
}

/** What keeps this process from Temporal: says so whenever it is something else, and ends the wait where it stays what waiting does not mend. */
export function waitingFor(log: Logger): (error: unknown) => void {
  let said: string | null = null;
  let lastsSince: number | null = null;
  return (error) => {
    const trouble = troubleOf(error);
    const lasts = error instanceof NamespaceMissingError || trouble?.lasts === true;
    lastsSince = lasts ? (lastsSince ?? Date.now()) : null;
    if (lastsSince !== null && Date.now() - lastsSince > PATIENCE_MS)
      throw trouble === null ? error : new TemporalRefusesError(trouble.sentence);
    const what = trouble?.code ?? 'away';
    if (said === what) return;
    said = what;
    const more = trouble && { trouble: trouble.code, says: trouble.sentence };
    log.warn({ error: errorName(error), ...more }, 'waiting for Temporal');
  };
}

/**
 * Waits for Temporal as long as it takes. Throws `NamespaceMissingError`, `NamespaceNotReadyError` and `TemporalRefusesError`; ends quietly when `signal`
 * aborts.
 */
export async function untilNamespaceIsReady(client: Client, log: Logger, signal: AbortSignal): Promise<void> {
  const waiting = waitingFor(log);
  while (!signal.aborted) {
    try {
      const missing = await client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => missingSearchAttributes(client));
      if (missing.length === 0) return;
      throw new NamespaceNotReadyError(
        `Namespace ${client.options.namespace} lacks the search attributes ${missing.join(', ')}, or has them with another type: run \`npm run setup:temporal\`.`,
      );
    } catch (error) {
      if (error instanceof NamespaceNotReadyError) throw error;
      waiting(error);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/**
 * Runs a process from its configuration to its end: SIGTERM and SIGINT end it in order, with exit code 0. SIGHUP has it read its settings again,
 * unless a terminal sent it, which is gone then.
 */
export async function runProcess<Settings extends LiveSettings>(
  name: string,
  start: (config: Settings, log: Logger) => Promise<Running>,
  load: (env: Env) => Loaded<Settings>,
): Promise<void> {
  let watch: SettingsWatch | null = null;
  // Before anything else: unheard, it would end the process. What changes during the start is seen by the watch.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => watch?.readAgain());
  const seen = await stateOf(settingsFiles());
  const settings = configOrExit(load);
  const log = createLogger(settings.logLevel, name);
  const stopSignal = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });
  try {
    const running = await Promise.race([start(settings, log), stopSignal]);
    if (typeof running !== 'string') {
      log.info({ admin_port: running.adminPort }, 'started');
      watch = watchSettings({
        settings,
        load: () => loadAgain(load),
        files: settingsFiles,
        seen,
        news: settingsNews(running.metrics, log),
      });
      const signal = await Promise.race([stopSignal, running.failed]);
      log.info({ signal }, 'ending');
      watch.stop();
      await running.stop();
    }
    log.info('ended');
    process.exit(0);
  } catch (error) {
    log.fatal({ error: errorName(error) }, 'cannot go on');
    // A sentence of ours for whoever started it; the text of any other error stays out of the logs.
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : 'failed'}\n`);
    process.exit(1);
  }
}
