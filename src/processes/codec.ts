// `npm run start:codec`: the codec as a process of its own, so that people who may read payloads need no access to the API.
import { codecRoutes } from '../admin/codec-routes.ts';
import { createPeople } from '../admin/people.ts';
import type { CodecConfig } from '../config/model.ts';
import { loadCodecConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import { createPeoplesCodec } from '../temporal/codec.ts';
import { keysOf } from '../temporal/seal.ts';
import { adminCallers, auditDecoded, startAdmin } from './admin.ts';
import { createRegistry } from '../telemetry/metrics.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Running } from './process.ts';
import { runProcess } from './process.ts';

export async function startCodec(config: CodecConfig, log: Logger): Promise<Running> {
  const metrics = createRegistry();
  const people = createPeople(config.login);
  const keys = keysOf(config.payloadKeys);
  const codec = keys && createPeoplesCodec(keys);
  const admin = await startAdmin({
    host: config.adminHost,
    port: config.port,
    setting: 'CODEC_PORT',
    callers: adminCallers(config, config.login?.browser?.url),
    ready: () => ({ ready: true, reasons: [] }),
    metrics,
    people,
    routes: codecRoutes({ codec, origins: config.codecOrigins, people, decoded: auditDecoded(log) }),
  });
  return { adminPort: admin.port, metrics, failed: new Promise(() => {}), stop: admin.close };
}

if (isMain(import.meta)) await runProcess('codec', startCodec, loadCodecConfig);
