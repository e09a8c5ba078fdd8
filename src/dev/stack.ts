// The whole stack on loopback: Temporal with its UI, the simulator, a worker and the API, stopped in the reverse order.
import { pino } from 'pino';
import { Runtime } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../order/search-attributes.ts';
import { startApi } from '../processes/api.ts';
import { createLogger } from '../telemetry/log.ts';
import { installRuntime, startWorker } from '../processes/worker.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { freePort, LOOPBACK } from './ports.ts';
import { DB_FILE, devConfig, devMerchants, readPorts, SERVICE_LOG, TEMPORAL_LOG } from './settings.ts';
import { findTemporalCli, startTemporal } from './temporal.ts';

export type DevStack = {
  apiUrl: string;
  simulatorUrl: string;
  uiUrl: string;
  failed: Promise<never>;
  stop: () => Promise<void>;
};

/** `say` hears what is being done, a line each. What was started is stopped again where something fails. */
export async function startStack(say: (line: string) => void): Promise<DevStack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  try {
    const ports = await readPorts(process.env);
    const chosen = {
      ...ports,
      API_PORT: ports.API_PORT || (await freePort()),
      API_ADMIN_PORT: ports.API_ADMIN_PORT || (await freePort()),
    };
    const apiUrl = `http://${LOOPBACK}:${chosen.API_PORT}`;

    const cli = await findTemporalCli(say);
    say('starting Temporal …');
    const temporal = await startTemporal({
      cli,
      port: ports.TEMPORAL_PORT,
      uiPort: ports.TEMPORAL_UI_PORT,
      dbFilename: DB_FILE,
      searchAttributes: SEARCH_ATTRIBUTES,
      codecEndpoint: `http://${LOOPBACK}:${chosen.API_ADMIN_PORT}/codec`,
      logFile: TEMPORAL_LOG,
    });
    stops.push(() => temporal.stop());
    const uiUrl = temporal.uiUrl ?? '';

    const simulatorPort = ports.SIMULATOR_PORT || (await freePort());
    const simulatorUrl = `http://${LOOPBACK}:${simulatorPort}`;
    const config = devConfig(chosen, temporal.address, simulatorUrl, uiUrl);
    const merchants = devMerchants().map(({ id, username, password, webhook_tokens: [token] }) => {
      return { id, username, password, webhookUrl: `${apiUrl}/webhooks/sequra/${token}` };
    });
    const simulator = await startSimulator({ port: simulatorPort, merchants });
    stops.push(() => simulator.close());

    say('starting the worker and the API …');
    const destination = pino.destination({ dest: SERVICE_LOG, sync: false });
    const log = (name: string) => createLogger(config.logLevel, name, destination);
    installRuntime(log('worker'));
    stops.push(() => Runtime.instance().shutdown());
    const api = await startApi(config, log('api'));
    stops.push(() => api.stop());
    const worker = await startWorker(config, log('worker'));
    stops.push(() => worker.stop());
    return { apiUrl, simulatorUrl, uiUrl, failed: Promise.race([api.failed, worker.failed]), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
