// The settings of the development stack: those of production, with a value for everything that a newcomer should not have to choose.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Env } from '../config/variables.ts';
import { LOOPBACK, requireFreePort } from './ports.ts';

/** Ports of the stack, each a variable of the same name. */
export const PORTS = {
  TEMPORAL_PORT: 7233,
  TEMPORAL_UI_PORT: 8233,
  API_PORT: 3000,
  API_ADMIN_PORT: 3001,
  WORKER_ADMIN_PORT: 3002,
  DESK_PORT: 3004,
  SIMULATOR_PORT: 4000,
};
export type Ports = Record<keyof typeof PORTS, number>;

/** Settings that `npm start` takes from its environment: what may be tried there, and does not open the stack to others. */
export const HANDED_ON = [
  'RATE_LIMIT_PER_SECOND',
  'MAX_WAITING_PER_KEY',
  'MAX_WAITING',
  'SEQURA_TIMEOUT_MS',
  'LOG_LEVEL',
  'OPERATORS_TIME_ZONE',
] as const;

/** Opens every order of the development stack; the API listens on loopback only. */
export const DEV_API_KEY = 'dev-key';

/** Its customers get a day, as they would in a shop. */
export const PATIENT_MERCHANT = 'merchant_1';
/** All its times are short, so that a shop's own tests see how orders end. */
export const FAST_MERCHANT = 'merchant_fast';
const FAST = { confirm_within_seconds: 8, create_retry_seconds: 5, settle_seconds: 2, cancel_overdue_seconds: 5 };

const DATA = fileURLToPath(new URL('../../.data/', import.meta.url));
export const DB_FILE = `${DATA}temporal.db`;
export const TEMPORAL_LOG = `${DATA}temporal.log`;
export const SERVICE_LOG = `${DATA}service.log`;
export const SIMULATOR_DATA = `${DATA}simulator`;
export const SIMULATOR_LOG = `${DATA}simulator.log`;
export const MERCHANTS_FILE = `${DATA}merchants.json`;
const KEYS_FILE = `${DATA}payload-keys`;

/** Forgets every order, here and at the simulator, and every key. */
export function startOver(): void {
  rmSync(DATA, { recursive: true, force: true });
}

/** Closes the folder, and all that this process and Temporal write there, to other users. */
export function keepDataPrivate(): void {
  process.umask(0o077);
  mkdirSync(DATA, { recursive: true, mode: 0o700 });
  chmodSync(DATA, 0o700);
}

/** Throws one sentence where a port is not a number, or taken. */
export async function readPorts(env: NodeJS.ProcessEnv): Promise<Ports> {
  const ports = { ...PORTS };
  for (const name of Object.keys(PORTS) as (keyof Ports)[]) {
    const given = env[name];
    if (given !== undefined && given !== '') {
      if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535)
        throw new Error(`${name} must be a port number from 0 to 65535.`);
      ports[name] = Number(given);
    }
    await requireFreePort(ports[name], name);
  }
  return ports;
}

/** Writes what has to outlive a restart. */
export function writeSettings(): void {
  mkdirSync(DATA, { recursive: true, mode: 0o700 });
  if (!existsSync(KEYS_FILE)) writeFileSync(KEYS_FILE, `dev:${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
  writeMerchants();
}

/** Of the API and the worker, as production has them. */
export function serviceSettings(ports: Ports, temporalAddress: string, simulatorUrl: string, uiUrl: string): Env {
  return {
    ...Object.fromEntries(HANDED_ON.map((name) => [name, process.env[name]])),
    ...sharedSettings(ports.API_PORT, simulatorUrl),
    TEMPORAL_ADDRESS: temporalAddress,
    PAYLOAD_KEYS_FILE: KEYS_FILE,
    API_PORT: String(ports.API_PORT),
    API_ADMIN_PORT: String(ports.API_ADMIN_PORT),
    WORKER_ADMIN_PORT: String(ports.WORKER_ADMIN_PORT),
    CODEC_ORIGINS: [uiUrl, uiUrl.replace(LOOPBACK, 'localhost')].join(','),
  };
}

/** Beside the stack, as operators have it. */
export function deskSettings(ports: Ports, temporalAddress: string, uiUrl: string): Env {
  return {
    TEMPORAL_ADDRESS: temporalAddress,
    PAYLOAD_KEYS_FILE: KEYS_FILE,
    DESK_PORT: String(ports.DESK_PORT),
    TEMPORAL_UI_URL: uiUrl,
  };
}

function sharedSettings(apiPort: number, simulatorUrl: string) {
  return {
    // For `dev-key`.
    DEVELOPMENT: 'true',
    SEQURA_BASE_URL: simulatorUrl,
    MERCHANTS_FILE,
    WEBHOOK_PROBE_URL: `http://${LOOPBACK}:${apiPort}/webhooks/sequra/probe`,
  };
}

/** Of `npm run ops` and `npm run golive` beside the stack that was started with the same variables. */
export function opsSettings(env: NodeJS.ProcessEnv): Env {
  const portOf = (name: keyof Ports) => Number(env[name] || PORTS[name]);
  return {
    TEMPORAL_ADDRESS: `${LOOPBACK}:${portOf('TEMPORAL_PORT')}`,
    PAYLOAD_KEYS_FILE: KEYS_FILE,
    ...sharedSettings(portOf('API_PORT'), `http://${LOOPBACK}:${portOf('SIMULATOR_PORT')}`),
    API_URL: `http://${LOOPBACK}:${portOf('API_PORT')}`,
    API_KEY: DEV_API_KEY,
  };
}

/** To a file that is there only a merchant that it lacks is added. One with mistakes stays as it is: they are named when it is loaded. */
function writeMerchants(): void {
  const ours = merchantsFile();
  const there = existsSync(MERCHANTS_FILE) ? readMerchants() : { ...ours, merchants: [] };
  const missing = ours.merchants.filter(({ id }) => there?.merchants.every((merchant) => merchant.id !== id));
  if (there === null || missing.length === 0) return;
  const file = { ...there, merchants: [...there.merchants, ...missing] };
  writeFileSync(MERCHANTS_FILE, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
}

const someMerchants = z.looseObject({ merchants: z.array(z.looseObject({ id: z.string() })) });

function readMerchants(): z.output<typeof someMerchants> | null {
  try {
    return someMerchants.parse(JSON.parse(readFileSync(MERCHANTS_FILE, 'utf8')));
  } catch {
    return null;
  }
}

function merchantsFile() {
  const merchant = (id: string, more: object) => ({
    id,
    country: 'ES',
    username: id,
    password: randomBytes(12).toString('base64url'),
    webhook_tokens: [randomBytes(32).toString('base64url')],
    ...more,
  });
  const sha256 = createHash('sha256').update(DEV_API_KEY).digest('hex');
  return {
    merchants: [merchant(PATIENT_MERCHANT, {}), merchant(FAST_MERCHANT, FAST)],
    api_keys: [{ id: 'dev', sha256, merchants: '*', scopes: ['orders:read', 'orders:write', 'ops'] }],
  };
}
