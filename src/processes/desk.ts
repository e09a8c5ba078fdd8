// `npm run start:desk`: the desk as a process of its own, so that people who look after orders need no access to the API.
import type { DeskConfig } from '../config/model.ts';
import { loadDeskConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import { deskRoutes } from '../desk/routes.ts';
import { createPeople } from '../admin/people.ts';
import { watchTemporal } from '../admin/health.ts';
import { createClient } from '../temporal/connection.ts';
import { createRegistry } from '../telemetry/metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import { adminCallers, auditDecoded, startAdmin } from './admin.ts';
import type { Running } from './process.ts';
import { runProcess, workability } from './process.ts';

export async function startDesk(config: DeskConfig, log: Logger): Promise<Running> {
  const client = createClient(config);
  const health = watchTemporal((deadline) => workability(client, deadline));
  const { taskQueue, payloadKeys, temporalUiUrl, docsUrl } = config;
  const metrics = createRegistry();
  const people = createPeople(config.login, '/desk');
  const url = config.login?.browser?.url;
  const desk = deskRoutes({
    client,
    people,
    decoded: auditDecoded(log),
    taskQueue,
    payloadKeys,
    links: { temporalUiUrl, docsUrl },
  });
  const admin = await startAdmin({
    host: config.adminHost,
    port: config.port,
    setting: 'DESK_PORT',
    callers: { ...adminCallers(config, url), origins: url === undefined ? [] : [url], own: true },
    ready: health.readiness,
    metrics,
    people,
    routes: desk.router,
    forms: true,
  });
  return {
    adminPort: admin.port,
    metrics,
    failed: new Promise(() => {}),
    async stop() {
      await desk.stop();
      health.stop();
      await admin.close();
    },
  };
}

if (isMain(import.meta)) await runProcess('desk', startDesk, loadDeskConfig);
