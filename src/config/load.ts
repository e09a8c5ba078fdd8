// src/config: the settings: the only reader of the environment.
//
// Every setting of http-api.md, section 8, checked before anything is connected to.
import type { SecretKind } from './merchants-secrets.ts';
import { readMerchants } from './merchants.ts';
import type {
  AdminConfig,
  ApiConfig,
  CodecConfig,
  DeskConfig,
  DoctorConfig,
  Config,
  DeploymentVersion,
  GoliveConfig,
  LoginConfig,
  OrdersConfig,
  PeopleConfig,
  ReconcileConfig,
  SetupConfig,
  StoreConfig,
  WorkerConfig,
} from './model.ts';
import { LOG_LEVELS } from './model.ts';
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
  secret,
  strong,
  time,
  timeZone,
} from './parsers.ts';
import { readTemporal } from './temporal.ts';
import type { Env, Parser, Reader } from './variables.ts';
import { createReader, tidyValue } from './variables.ts';
import { ONLY_IN_DEVELOPMENT, weakness } from './weak.ts';

export type Loaded<T> = { ok: true; config: T } | { ok: false; mistakes: string[] };

// EX_CONFIG of sysexits.h.
const EXIT_CODE = 78;

/** Reads nothing but `env` and the files that it names. */
export function loadConfig(env: Env): Loaded<Config> {
  return loaded(env, (reader) =>
    withPeople(reader, readConfig(reader, env, ['password', 'webhook_token', 'notify_secret'])),
  );
}

/** Without looking for a secret that only the worker needs. */
export function loadApiConfig(env: Env): Loaded<ApiConfig> {
  return loaded(env, (reader) => withPeople(reader, readConfig(reader, env, ['webhook_token'])));
}

/** Without looking for a secret that only the API needs. */
export function loadWorkerConfig(env: Env): Loaded<WorkerConfig> {
  // It shows nobody's data on its admin port, and knows no people.
  return loaded(env, (reader) => readConfig(reader, env, ['password', 'notify_secret']));
}

/** For operators' commands: what it takes to read orders, and to write to them. */
export function loadOpsConfig(env: Env): Loaded<OrdersConfig> {
  return loaded(env, (reader) => READ_BY.ops(reader, env));
}

/** Without an address of seQura, and without looking for a secret of a merchant. */
export function loadReconcileConfig(env: Env): Loaded<ReconcileConfig> {
  return loaded(env, (reader) => READ_BY['ops reconcile'](reader, env));
}

/** What can be looked at from outside is looked at where its address is set. */
export function loadDoctorConfig(env: Env): Loaded<DoctorConfig> {
  return loaded(env, (reader) => READ_BY['ops doctor'](reader, env));
}

/** Without the password of a merchant: only workers call seQura. */
export function loadGoliveConfig(env: Env): Loaded<GoliveConfig> {
  return loaded(env, (reader) => READ_BY.golive(reader, env));
}

/** Only what it takes to reach Temporal, and what is set there. */
export function loadSetupConfig(env: Env): Loaded<SetupConfig> {
  return loaded(env, (reader) => READ_BY['setup:temporal'](reader, env));
}

/** Without the secrets of anything else. */
export function loadCodecConfig(env: Env): Loaded<CodecConfig> {
  return loaded(env, (reader) => READ_BY.codec(reader));
}

/** What it takes to read orders and to write to them, as operators' commands have it. */
export function loadDeskConfig(env: Env): Loaded<DeskConfig> {
  return loaded(env, (reader) => READ_BY.desk(reader, env));
}

/** For a command that writes to the merchants file; null where none is set. */
export function merchantsPath({ MERCHANTS_FILE: path = '' }: Env = process.env): string | null {
  return tidyValue(path) || null;
}

/** As `configOrExit` does, while a process runs. */
export function loadAgain<T>(load: (env: Env) => Loaded<T>): Loaded<T> {
  return load(process.env);
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
  // Node.js takes exactly this text for "check no certificate".
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
/** In Kubernetes `NAMESPACE/NAME`. Temporal refuses a dot or a colon. */
const deploymentName: Parser<string | null> = matching(
  /^[A-Za-z0-9/_-]{1,200}$/,
  '1 to 200 letters, digits, slashes, hyphens and underscores',
);
const queueName = parser(printable.rule, (text) => plainText(printable(text)));

/** What each reads. The API and the worker check what is for the other as well, so that every mistake is named at once. */
export const READ_BY = {
  api: (reader: Reader, env: Env) =>
    withPeople(reader, { ...readCommon(reader, env, ['webhook_token']), ...readOfApi(reader) }),
  worker: (reader: Reader, env: Env) => ({
    ...readCommon(reader, env, ['password', 'notify_secret']),
    ...readOfWorker(reader),
  }),
  codec: (reader: Reader) => ({
    payloadKeys: readKeys(reader),
    ...readAdmin(reader),
    ...readPeople(reader, true),
    port: reader.read('CODEC_PORT', port, 3003),
  }),
  desk: (reader: Reader, env: Env): DeskConfig => ({
    ...readOrders(reader, env),
    ...readAdmin(reader),
    ...readPeople(reader, true),
    port: reader.read('DESK_PORT', port, 3004),
    temporalUiUrl: reader.read<string | null>('TEMPORAL_UI_URL', baseUrl(readAllowPlainHttp(reader)), null),
    docsUrl: readDocsUrl(reader),
  }),
  'setup:temporal': (reader: Reader, env: Env): SetupConfig => ({
    temporal: readTemporal(env, reader),
    taskQueue: readTaskQueue(reader),
    sequraCallsPerSecond: readCallsPerSecond(reader),
  }),
  ops: readOrders,
  'ops reconcile': (reader: Reader, env: Env) => ({ ...readOrders(reader, env), ...readShops(reader, env, []) }),
  'ops doctor': (reader: Reader, env: Env): DoctorConfig => ({
    ...readOrders(reader, env),
    sequraUrl: reader.read<string | null>('SEQURA_BASE_URL', baseUrl(readAllowPlainHttp(reader)), null),
    webhookProbeUrl: readWebhookProbeUrl(reader),
    proxies: Object.keys(env).filter((name) => /^(https?|all|grpc)_proxy$/i.test(name) && env[name] !== ''),
  }),
  golive: (reader: Reader, env: Env) => ({
    apiUrl: reader.read('API_URL', baseUrl(readAllowPlainHttp(reader)), 'http://127.0.0.1:3000'),
    apiKey: reader.readRequired('API_KEY', secret(printable), ''),
    sequra: { baseUrl: readSequraUrl(reader) },
    webhookProbeUrl: readWebhookProbeUrl(reader),
    ...readShops(reader, env, ['webhook_token', 'notify_secret']),
  }),
};

function readStore(reader: Reader, env: Env): StoreConfig {
  return { temporal: readTemporal(env, reader), payloadKeys: readKeys(reader) };
}

function readOrders(reader: Reader, env: Env): OrdersConfig {
  return { ...readStore(reader, env), taskQueue: readTaskQueue(reader) };
}

const readCallsPerSecond = ({ read }: Reader) =>
  read<number | null>('SEQURA_CALLS_PER_SECOND', integer(0, 10_000), null);

const readTaskQueue = ({ read }: Reader) => read('TASK_QUEUE', queueName, 'part-payment-orders');

function readKeys(reader: Reader): StoreConfig['payloadKeys'] {
  const { read, readRequired } = reader;
  const development = readDevelopment(reader);
  const isEncrypted =
    read(
      'PAYLOAD_ENCRYPTION',
      strong(onOrOff, development, (text) => (text === 'off' ? 'off leaves personal data in the clear' : null)),
      'on',
    ) === 'on';
  const keys = (isEncrypted ? readRequired : read)('PAYLOAD_KEYS', payloadKeys(development), []);
  return isEncrypted ? keys : null;
}

function readConfig(reader: Reader, env: Env, secrets: readonly SecretKind[]): Omit<Config, keyof PeopleConfig> {
  return { ...readCommon(reader, env, secrets), ...readOfApi(reader), ...readOfWorker(reader) };
}

function readCommon(reader: Reader, env: Env, secrets: readonly SecretKind[]) {
  return {
    ...readOrders(reader, env),
    sequra: {
      baseUrl: readSequraUrl(reader),
      timeoutMs: readSequraTimeoutMs(reader),
    },
    ...readShops(reader, env, secrets),
    ...readAdmin(reader),
    development: readDevelopment(reader),
    deployment: readDeployment(reader),
  };
}

const readAllowPlainHttp = ({ read }: Reader) => read('ALLOW_PLAIN_HTTP', flag, false);
const readSequraTimeoutMs = ({ read }: Reader) => read('SEQURA_TIMEOUT_MS', integer(100, 120_000), 15_000);

const readSequraUrl = (reader: Reader) =>
  reader.readRequired('SEQURA_BASE_URL', baseUrl(readAllowPlainHttp(reader)), '');

function readWebhookProbeUrl(reader: Reader): string | null {
  const probeUrl = httpUrl(readAllowPlainHttp(reader));
  const href = parser<string | null>(probeUrl.rule, (text) => probeUrl(text).href);
  return reader.read('WEBHOOK_PROBE_URL', href, null);
}

function readDocsUrl(reader: Reader): string | null {
  const url = httpUrl(readAllowPlainHttp(reader));
  const href = parser<string | null>(url.rule, (text) => url(text).href.replace(/\/$/, ''));
  return reader.read('DOCS_URL', href, null);
}

/** The merchants file. */
function readShops(reader: Reader, env: Env, secrets: readonly SecretKind[]) {
  const file = reader.text('MERCHANTS_FILE', 'the path of a JSON file');
  if (file === null) reader.mistakes.push('MERCHANTS_FILE: is required and not set.');
  const settings = {
    env,
    allowPlainHttp: readAllowPlainHttp(reader),
    sequraTimeoutMs: readSequraTimeoutMs(reader),
    development: readDevelopment(reader),
    secrets,
  };
  return readMerchants(file, settings, reader);
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
    operatorsTimeZone: read('OPERATORS_TIME_ZONE', timeZone, null),
  };
}

function readOfWorker(reader: Reader) {
  const { read } = reader;
  return {
    worker: { adminPort: read('WORKER_ADMIN_PORT', port, 3002) },
    sequraCallsPerSecond: readCallsPerSecond(reader),
    backup: {
      restoredAt: read('RESTORED_AT', time, null),
      forgottenOrders: read('FORGOTTEN_ORDERS', orderIds, new Set()),
    },
    webhookProbeUrl: readWebhookProbeUrl(reader),
  };
}

/** By the variables that Temporal's worker controller sets. */
function readDeployment({ read, mistakes }: Reader): DeploymentVersion | null {
  const mistakesBefore = mistakes.length;
  const name = read('TEMPORAL_DEPLOYMENT_NAME', deploymentName, null);
  const buildId = read<string | null>('TEMPORAL_WORKER_BUILD_ID', printable, null);
  if (name !== null && buildId !== null) return { deploymentName: name, buildId };
  if (mistakes.length > mistakesBefore) return null;
  if (name !== null) mistakes.push('TEMPORAL_WORKER_BUILD_ID: is required with TEMPORAL_DEPLOYMENT_NAME.');
  if (buildId !== null) mistakes.push('TEMPORAL_DEPLOYMENT_NAME: is required with TEMPORAL_WORKER_BUILD_ID.');
  return null;
}

function readAdmin({ read }: Reader): AdminConfig {
  return {
    adminHost: read('ADMIN_HOST', host, '127.0.0.1'),
    adminHosts: read('ADMIN_HOSTS', hostNames, []),
    codecOrigins: read('CODEC_ORIGINS', origins, ['http://localhost:8233', 'http://127.0.0.1:8233']),
    logLevel: read('LOG_LEVEL', oneOf(LOG_LEVELS), 'info'),
  };
}

/** Beside what an API is configured with. */
function withPeople<T extends { api: { codec: boolean } }>(reader: Reader, config: T): T & PeopleConfig {
  return { ...config, ...readPeople(reader, config.api.codec) };
}

const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** `showsData`: the admin port has something that asks who calls. */
function readPeople(reader: Reader, showsData: boolean): PeopleConfig {
  const login = readLogin(reader);
  const isOpen = reader.read('ADMIN_WITHOUT_LOGIN', flag, false);
  const isFar = !LOOPBACK_HOST.test(reader.read('ADMIN_HOST', host, '127.0.0.1'));
  if (showsData && login === null && isFar && !isOpen && !readDevelopment(reader)) {
    reader.mistakes.push(
      'ADMIN_HOST: is not loopback, and whoever reaches it may read customers’ data: set OIDC_ISSUER, or ADMIN_WITHOUT_LOGIN=true where something in front knows who calls.',
    );
  }
  return { login };
}

const claimName = matching(/^\S{1,200}$/, 'the name of a claim');
const roleName = matching(/^\S{1,200}$/, 'a name without spaces');
const scopes = matching(
  /^(?=.*\bopenid\b)[\x21-\x7e]+( [\x21-\x7e]+)*$/,
  'names with blanks between them, openid among them',
);

/** Null where no issuer is set; then nothing else of it may be. */
function readLogin(reader: Reader): LoginConfig | null {
  const { read, mistakes } = reader;
  const plainHttp = readAllowPlainHttp(reader);
  const issuerUrl = httpUrl(plainHttp);
  const issuer = read<string | null>(
    'OIDC_ISSUER',
    parser(issuerUrl.rule, (text) => issuerUrl(text).href),
    null,
  );
  const audience = read<string | null>('OIDC_AUDIENCE', plainText, null);
  const clientId = read<string | null>('OIDC_CLIENT_ID', plainText, null);
  const clientSecret = read<string | null>(
    'OIDC_CLIENT_SECRET',
    // Sessions are encrypted with a key made of it.
    secret(strong(printable, readDevelopment(reader), weakness.clientSecret)),
    null,
  );
  const url = read<string | null>('ADMIN_URL', baseUrl(plainHttp), null);
  const common = {
    rolesClaim: read('OIDC_ROLES_CLAIM', claimName, 'roles'),
    nameClaim: read('OIDC_NAME_CLAIM', claimName, 'preferred_username'),
    readerRole: read('OIDC_READER_ROLE', roleName, 'orders-reader'),
    operatorRole: read('OIDC_OPERATOR_ROLE', roleName, 'orders-operator'),
    scope: read('OIDC_SCOPE', scopes, 'openid profile'),
  };
  if (common.readerRole === common.operatorRole)
    mistakes.push('OIDC_READER_ROLE: must differ from OIDC_OPERATOR_ROLE.');
  const ofBrowser = { OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, ADMIN_URL: url };
  const set = Object.entries(ofBrowser).filter(([, value]) => value !== null);
  if (issuer === null) {
    const lonely = [...set.map(([name]) => name), ...(audience === null ? [] : ['OIDC_AUDIENCE'])];
    for (const name of lonely) mistakes.push(`${name}: is set without OIDC_ISSUER.`);
    return null;
  }
  if (audience === null) mistakes.push('OIDC_AUDIENCE: is required with OIDC_ISSUER.');
  if (set.length > 0 && set.length < 3) {
    for (const [name, value] of Object.entries(ofBrowser))
      if (value === null) mistakes.push(`${name}: is required with ${set.map(([name]) => name).join(' and ')}.`);
  }
  const browser = clientId !== null && clientSecret !== null && url !== null ? { clientId, clientSecret, url } : null;
  return { issuer, audience: audience ?? '', ...common, browser };
}

function loaded<T>(env: Env, read: (reader: Reader) => T): Loaded<T> {
  const reader = createReader(env);
  const config = read(reader);
  return reader.mistakes.length === 0 ? { ok: true, config } : { ok: false, mistakes: [...new Set(reader.mistakes)] };
}
