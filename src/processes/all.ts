// `npm run start:all`: the API and the worker in one process, each as it is alone. A new order is begun by the worker that is here, with the
// answer to its start: no task has to be fetched.
import type { Client } from '@temporalio/client';
import type { MetricsBuffer } from '@temporalio/worker';
import type { Config } from '../config/model.ts';
import { loadConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import { createLogger } from '../telemetry/log.ts';
import type { Logger } from '../telemetry/log.ts';
import { clientOn } from '../temporal/connection.ts';
import type { RunningApi } from './api.ts';
import { startApi } from './api.ts';
import type { Running } from './process.ts';
import { runProcess } from './process.ts';
import { installRuntime, startWorker } from './worker.ts';

/** The logs are those of the parts. */
type Logs = { api: Logger; worker: Logger };
/** `working`: until the worker has begun. */
type RunningAll = RunningApi & { working: Promise<unknown> };

/** The API is there before Temporal is, as it is alone. Where one part can do no more work, both end. */
export async function startAll(
  config: Config,
  { api: apiLog, worker: workerLog }: Logs,
  sdkMetrics?: MetricsBuffer,
): Promise<RunningAll> {
  let worker: Running | null = null;
  let eager: Client | null = null;
  const working = startWorker(config, workerLog, {
    connected: (connection) => (eager = clientOn(connection, config)),
    ...(sdkMetrics && { sdkMetrics }),
  });
  const workerFailed = working.then((running) => {
    worker = running;
    return running.failed;
  });
  workerFailed.catch(() => {});
  const api = await Promise.race([startApi(config, apiLog, () => eager), workerFailed]);
  const failed = Promise.race([api.failed, workerFailed]);
  failed.catch(() => {});
  return {
    ...api,
    working,
    failed,
    async stop() {
      // What callers still wait for is done by the worker.
      await api.stop();
      await worker?.stop();
    },
  };
}

if (isMain(import.meta)) {
  const start = (config: Config) => {
    const log = (name: string) => createLogger(config.logLevel, name);
    const logs = { api: log('api'), worker: log('worker') };
    return startAll(config, logs, installRuntime(logs.worker));
  };
  await runProcess('all', start, loadConfig);
}
