// The only reader of process.env: every setting of http-api.md, section 8, checked before anything is connected to.
import type { SecretKind } from './merchants-secrets.ts';
import { readMerchants } from './merchants.ts';
import {
  baseUrl,
  flag,
  hostNames,
  httpUrl,
  integer,
  matching,
  oneOf,
  orderIds,
  origins,
  parser,
  payloadKeys,
  plainText,
  strong,
  time,
} from './parsers.ts';
import type { TemporalConfig } from './temporal.ts';
import { readTemporal } from './temporal.ts';
import type { Env, Reader } from './variables.ts';
import { createReader } from './variables.ts';
import { ONLY_IN_DEVELOPMENT } from './weak.ts';
import type { OrderPolicy } from '../order/request.ts';
import type { EventNames } from '../order/webhook.ts';

export type Country = 'ES' | 'FR' | 'IT' | 'PT';
export type Scope = 'orders:read' | 'orders:write' | 'ops';

export type Merchant = {
  id: string;
  country: Country;
  /** ISO 4217; EUR in every country above. */
  currency: string;
  webhookTokens: string[];
  policy: OrderPolicy;
  ninChecksum: 'off' | 'warn' | 'reject';
  eventNames: EventNames;
  /** Where changes of its orders are posted. */
  notify: { url: string } | null;
};

/** What a worker needs of a merchant to call seQura, and the merchant. */
export type MerchantAccount = {
  id: string;
  username: string;
  password: string;
  /** `secret` as Standard Webhooks writes it, `whsec_` and base64. */
  notify: { url: string; secret: string } | null;
};

/** `sha256`: of the key, in lower-case hexadecimal digits. */
export type ApiKey = { id: string; sha256: string; merchants: '*' | string[]; scopes: Scope[] };

/** 32 bytes; the first of the ring encrypts, all decrypt. */
export type PayloadKey = { id: string; key: Buffer };

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What it takes to read what is in Temporal. */
export type StoreConfig = {
  temporal: TemporalConfig;
  /** Null where encryption is off. */
  payloadKeys: readonly PayloadKey[] | null;
};

type CommonConfig = StoreConfig & {
  taskQueue: string;
  sequra: { baseUrl: string; timeoutMs: number };
  /** Host on which the admin ports listen. */
  adminHost: string;
  /** Names, beside those of loopback, by which the admin ports are called. */
  adminHosts: string[];
  /** Origins whose pages (the Temporal UI) may call the codec from a browser. */
  codecOrigins: string[];
  /** Allows what production refuses: known or weak secrets, no encryption, unchecked certificates. */
  development: boolean;
  logLevel: LogLevel;
  /** Names of settings that are given and that nothing acts on yet. */
  ignored: string[];
};

/** Of the API: it knows no password, and no secret of a merchant's endpoint. */
export type ApiConfig = CommonConfig & {
  merchants: Map<string, Merchant>;
  apiKeys: ApiKey[];
  /** `codec`: whether its admin port has it. */
  api: { port: number; host: string; adminPort: number; codec: boolean };
  /** Per API key; 0: no limit. */
  rateLimitPerSecond: number;
  /** Held answers, in this process. */
  maxWaiting: { perKey: number; all: number };
  /** Whether what is typed without the codec may do all that encoded input may. */
  trustPlainPayloads: boolean;
};

/** Of the worker: it knows no webhook token and no API key. */
export type WorkerConfig = CommonConfig & {
  merchants: Map<string, MerchantAccount>;
  worker: { adminPort: number };
  /** Where seQura reaches the API, asked before a deadline's cancel; null: no deadline waits. */
  webhookProbeUrl: string | null;
  /** A backup of Temporal's database was put back at `restoredAt` (as `Date#toISOString` writes it), or none (null); and what it has forgotten. */
  backup: { restoredAt: string | null; forgottenOrders: ReadonlySet<string> };
};

/** Of both in one process. */
export type Config = Omit<ApiConfig, 'merchants'> &
  Omit<WorkerConfig, 'merchants'> & { merchants: Map<string, Merchant & MerchantAccount> };

/** What the codec needs where it is a process of its own. */
export type CodecConfig = Pick<
  Config,
  'payloadKeys' | 'adminHost' | 'adminHosts' | 'codecOrigins' | 'logLevel' | 'ignored'
>;

export type Loaded<T> = { ok: true; config: T } | { ok: false; mistakes: string[] };

// EX_CONFIG of sysexits.h.
const EXIT_CODE = 78;

/** Reads nothing but `env` and the files that it names. */
export function loadConfig(env: Env): Loaded<Config> {
  return loaded(env, (reader) => readConfig(reader, env, ['password', 'webhook_token', 'notify_secret']));
}

/** Without looking for a secret that only the worker needs. */
export function loadApiConfig(env: Env): Loaded<ApiConfig> {
  return loaded(env, (reader) => readConfig(reader, env, ['webhook_token']));
}

/** Without looking for a secret that only the API needs. */
export function loadWorkerConfig(env: Env): Loaded<WorkerConfig> {
  return loaded(env, (reader) => readConfig(reader, env, ['password', 'notify_secret']));
}

/** For what only looks at orders: no merchants file, no address of seQura. */
export function loadStoreConfig(env: Env): Loaded<StoreConfig> {
  return loaded(env, (reader) => READ_BY['payload:keys'](reader, env));
}

/** Only what it takes to reach Temporal. */
export function loadTemporalConfig(env: Env): Loaded<TemporalConfig> {
  return loaded(env, (reader) => READ_BY['setup:temporal'](reader, env));
}

/** Without the secrets of anything else. */
export function loadCodecConfig(env: Env): Loaded<CodecConfig & { port: number }> {
  return loaded(env, (reader) => READ_BY.codec(reader));
}

/** For processes: prints every mistake and ends the process where there is one. */
export function configOrExit<T>(load: (env: Env) => Loaded<T>, env: Env = process.env): T {
  const result = load(env);
  if (result.ok) return result.config;
  for (const mistake of result.mistakes) console.error(mistake);
  console.error('The settings above have to be corrected: nothing was started.');
  return process.exit(EXIT_CODE);
}

function readDevelopment(reader: Reader): boolean {
  const development = reader.read('DEVELOPMENT', flag, false);
  // Node takes this very text, and no other, for "check no certificate".
  const unchecked = reader.text('NODE_TLS_REJECT_UNAUTHORIZED', 'not 0, unless DEVELOPMENT=true')?.trim() === '0';
  if (!development && unchecked) {
    reader.mistakes.push(`NODE_TLS_REJECT_UNAUTHORIZED: 0 leaves certificates unchecked: ${ONLY_IN_DEVELOPMENT}.`);
  }
  return development;
}

const port = integer(0, 65_535);
const onOrOff = oneOf(['on', 'off']);
const host = matching(/^[A-Za-z0-9.:%_-]{1,253}$/, 'a host name or an IP address');
const printable = matching(/^[\x21-\x7e]{1,200}$/, '1 to 200 printable characters without spaces');
const queueName = parser(printable.rule, (text) => plainText(printable(text)));

/** What each uses. The API and the worker check what is for the other as well, so that every mistake is named at once. */
export const READ_BY = {
  api: (reader: Reader, env: Env) => ({ ...readCommon(reader, env, ['webhook_token']), ...readOfApi(reader) }),
  worker: (reader: Reader, env: Env) => ({
    ...readCommon(reader, env, ['password', 'notify_secret']),
    ...readOfWorker(reader),
  }),
  codec: (reader: Reader) => ({
    ...readCodec(reader, readDevelopment(reader)),
    port: reader.read('CODEC_PORT', port, 3003),
  }),
  'setup:temporal': (reader: Reader, env: Env) => readTemporal(env, reader),
  'payload:keys': (reader: Reader, env: Env) => {
    const development = readDevelopment(reader);
    return { temporal: readTemporal(env, reader), payloadKeys: readKeys(reader, development) };
  },
};

function readKeys({ read, readRequired }: Reader, development: boolean): StoreConfig['payloadKeys'] {
  const isEncrypted =
    read(
      'PAYLOAD_ENCRYPTION',
      strong(onOrOff, development, (text) => (text === 'off' ? 'off leaves personal data in the clear' : null)),
      'on',
    ) === 'on';
  const keys = (isEncrypted ? readRequired : read)('PAYLOAD_KEYS', payloadKeys(development), []);
  return isEncrypted ? keys : null;
}

function readConfig(reader: Reader, env: Env, secrets: readonly SecretKind[]): Config {
  return { ...readCommon(reader, env, secrets), ...readOfApi(reader), ...readOfWorker(reader) };
}

const readAllowPlainHttp = ({ read }: Reader) => read('ALLOW_PLAIN_HTTP', flag, false);

function readCommon(reader: Reader, env: Env, secrets: readonly SecretKind[]) {
  const { read, readRequired } = reader;
  const development = readDevelopment(reader);
  const temporal = readTemporal(env, reader);
  const allowPlainHttp = readAllowPlainHttp(reader);
  const sequra = {
    baseUrl: readRequired('SEQURA_BASE_URL', baseUrl(allowPlainHttp), ''),
    timeoutMs: read('SEQURA_TIMEOUT_MS', integer(100, 120_000), 15_000),
  };
  const merchantsFile = reader.text('MERCHANTS_FILE', 'the path of a JSON file');
  if (merchantsFile === null) reader.mistakes.push('MERCHANTS_FILE: is required and not set.');
  return {
    temporal,
    taskQueue: read('TASK_QUEUE', queueName, 'part-payment-orders'),
    sequra,
    ...readMerchants(
      merchantsFile,
      { env, allowPlainHttp, sequraTimeoutMs: sequra.timeoutMs, development, secrets },
      reader,
    ),
    ...readCodec(reader, development),
    development,
  };
}

function readOfApi(reader: Reader) {
  const { read, mistakes } = reader;
  const api = {
    port: read('API_PORT', port, 3000),
    host: read('API_HOST', host, '127.0.0.1'),
    adminPort: read('API_ADMIN_PORT', port, 3001),
    codec: read('API_CODEC', onOrOff, 'on') === 'on',
  };
  if (api.port !== 0 && api.port === api.adminPort) mistakes.push('API_ADMIN_PORT: must differ from API_PORT.');
  return {
    api,
    rateLimitPerSecond: read('RATE_LIMIT_PER_SECOND', integer(0, 1_000_000), 300),
    maxWaiting: {
      perKey: read('MAX_WAITING_PER_KEY', integer(1, 100_000), 500),
      all: read('MAX_WAITING', integer(1, 100_000), 5_000),
    },
    trustPlainPayloads: read('TRUST_PLAIN_PAYLOADS', flag, false),
  };
}

function readOfWorker(reader: Reader) {
  const { read } = reader;
  const probeUrl = httpUrl(readAllowPlainHttp(reader));
  return {
    worker: { adminPort: read('WORKER_ADMIN_PORT', port, 3002) },
    backup: {
      restoredAt: read('RESTORED_AT', time, null),
      forgottenOrders: read('FORGOTTEN_ORDERS', orderIds, new Set()),
    },
    webhookProbeUrl: read(
      'WEBHOOK_PROBE_URL',
      parser<string | null>(probeUrl.rule, (text) => probeUrl(text).href),
      null,
    ),
  };
}

/** What shows payloads, and to whom. */
function readCodec(reader: Reader, development: boolean): CodecConfig {
  const { read } = reader;
  return {
    payloadKeys: readKeys(reader, development),
    adminHost: read('ADMIN_HOST', host, '127.0.0.1'),
    adminHosts: read('ADMIN_HOSTS', hostNames, []),
    codecOrigins: read('CODEC_ORIGINS', origins, ['http://localhost:8233', 'http://127.0.0.1:8233']),
    logLevel: read('LOG_LEVEL', oneOf(LOG_LEVELS), 'info'),
    ignored: reader.ignored,
  };
}

function loaded<T>(env: Env, read: (reader: Reader) => T): Loaded<T> {
  const reader = createReader(env);
  const config = read(reader);
  return reader.mistakes.length === 0 ? { ok: true, config } : { ok: false, mistakes: [...new Set(reader.mistakes)] };
}
