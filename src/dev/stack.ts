// The whole stack on loopback: Temporal with its UI, the simulator, a worker, the API and the desk, stopped in the reverse order.
import { pino } from 'pino';
import { Runtime } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../order/search-attributes.ts';
import { loadConfig, loadDeskConfig } from '../config/load.ts';
import { startAll } from '../processes/all.ts';
import { startDesk } from '../processes/desk.ts';
import { createLogger } from '../telemetry/log.ts';
import { installRuntime } from '../processes/worker.ts';
import { freePort, LOOPBACK } from './ports.ts';
import type { Ports } from './settings.ts';
import { DB_FILE, deskSettings, SERVICE_LOG, serviceSettings, TEMPORAL_LOG, writeSettings } from './settings.ts';
import { liveSettings } from './live-settings.ts';
import { startSimulatorProcess } from './simulator.ts';
import { findTemporalCli, startTemporal } from './temporal.ts';

export type DevStack = {
  apiUrl: string;
  simulatorUrl: string;
  uiUrl: string;
  deskUrl: string;
  failed: Promise<never>;
  stop: () => Promise<void>;
};

/** `say` hears what is being done, a line each. What was started is stopped again where something fails. */
export async function startStack(ports: Ports, say: (line: string) => void): Promise<DevStack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (let end = stops.pop(); end !== undefined; end = stops.pop()) await end();
  };
  try {
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
    writeSettings();
    const settings = await liveSettings(serviceSettings(chosen, temporal.address, simulatorUrl, uiUrl), loadConfig);
    const { config } = settings;
    const simulator = await startSimulatorProcess(simulatorPort, apiUrl);
    stops.push(simulator.stop);

    say('starting the worker and the API …');
    const destination = pino.destination({ dest: SERVICE_LOG, sync: false });
    const log = (name: string) => createLogger(config.logLevel, name, destination);
    installRuntime(log('worker'));
    stops.push(() => Runtime.instance().shutdown());
    const service = await startAll(config, { api: log('api'), worker: log('worker') });
    stops.push(() => service.stop());
    await service.working;
    stops.push(settings.follow(service.metrics, log('all')));
    const deskSettingsNow = await liveSettings(deskSettings(chosen, temporal.address, uiUrl), loadDeskConfig);
    const desk = await startDesk(deskSettingsNow.config, log('desk'));
    stops.push(() => desk.stop());
    stops.push(deskSettingsNow.follow(desk.metrics, log('desk')));
    const deskUrl = `http://${LOOPBACK}:${desk.adminPort}/desk`;
    const simulatorEnded = simulator.exited.then(() => Promise.reject(new Error('The simulator ended by itself.')));
    const failed = Promise.race([service.failed, simulatorEnded]);
    failed.catch(() => {});
    return { apiUrl, simulatorUrl, uiUrl, deskUrl, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
