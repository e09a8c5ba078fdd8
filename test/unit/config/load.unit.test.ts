// The variables of http-api.md, section 8.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { loadCodecConfig, loadWorkerConfig } from '../../../src/config/load.ts';
import type { Env } from '../../support/config-fixtures.ts';
import {
  CANARY,
  configOf,
  environment,
  merchantsFile,
  mistakesOf,
  payloadKey,
  PLAIN_HTTP_RULE,
  writtenFile,
} from '../../support/config-fixtures.ts';

const PORT_RULE = 'must be an integer from 0 to 65535.';
const HOST_RULE = 'must be a host name or an IP address.';
const CERTIFICATE_RULE = 'certificates and keys must be PEM, and a key must belong to its certificate.';
const UNREADABLE = 'names a file that cannot be read.';
const LOG_LEVELS = 'fatal, error, warn, info, debug, trace, silent';
const PAYLOAD_KEY_RULE = 'must be an id (1 to 64 of A-Z a-z 0-9 _ -), a colon and 32 bytes in base64.';

/** What is set, and the one mistake that it makes. */
const WRONG: readonly [Env, string][] = [
  [{ TEMPORAL_ADDRESS: `http://${CANARY}:7233` }, 'TEMPORAL_ADDRESS: must be host:port, without a scheme.'],
  [{ TEMPORAL_API_KEY: `${CANARY} key` }, 'TEMPORAL_API_KEY: must be printable characters without spaces.'],
  [{ TEMPORAL_TLS: CANARY }, 'TEMPORAL_TLS: must be one of true, false, 1, 0.'],
  [
    { TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' },
    'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: must be one of false, 0.',
  ],
  [
    { TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: CANARY, TEMPORAL_ADDRESS: 'temporal.example:7233' },
    'TEMPORAL_TLS_*: an API key would be sent in the clear: leave TEMPORAL_TLS out, or name a loopback address.',
  ],
  [{ TEMPORAL_TLS_CLIENT_CERT_PATH: `/${CANARY}` }, `TEMPORAL_TLS_CLIENT_CERT_PATH: ${UNREADABLE}`],
  [
    { TEMPORAL_TLS_CLIENT_CERT_DATA: CANARY },
    'TEMPORAL_TLS_*: a client certificate and its key go together; one of them is missing.',
  ],
  [
    { TEMPORAL_TLS_CLIENT_CERT_DATA: CANARY, TEMPORAL_TLS_CLIENT_KEY_DATA: CANARY },
    `TEMPORAL_TLS_*: ${CERTIFICATE_RULE}`,
  ],
  [{ TEMPORAL_TLS_SERVER_CA_CERT_DATA: CANARY }, `TEMPORAL_TLS_*: ${CERTIFICATE_RULE}`],
  [
    { TEMPORAL_TLS_CLIENT_KEY_DATA: CANARY, TEMPORAL_TLS_CLIENT_KEY_PATH: writtenFile(CANARY) },
    'TEMPORAL_TLS_CLIENT_KEY_DATA: is set together with TEMPORAL_TLS_CLIENT_KEY_PATH; only one of the two may be.',
  ],
  [
    { TEMPORAL_PROFILE: CANARY },
    'TEMPORAL_PROFILE: the Temporal configuration file cannot be read, is not TOML, or lacks this profile.',
  ],
  [{ TEMPORAL_CONFIG_FILE: `/${CANARY}` }, `TEMPORAL_CONFIG_FILE: ${UNREADABLE}`],
  [
    { TEMPORAL_CONFIG_FILE: writtenFile(`${CANARY} {`) },
    'TEMPORAL_CONFIG_FILE: the Temporal configuration file cannot be read, is not TOML, or lacks this profile.',
  ],
  [{ TASK_QUEUE: `${CANARY} queue` }, 'TASK_QUEUE: must be 1 to 200 printable characters without spaces.'],
  [{ SEQURA_BASE_URL: undefined }, 'SEQURA_BASE_URL: is required and not set.'],
  [{ SEQURA_BASE_URL: '' }, 'SEQURA_BASE_URL: is required and not set.'],
  [{ SEQURA_BASE_URL: CANARY }, 'SEQURA_BASE_URL: must be an http or https URL.'],
  [{ SEQURA_BASE_URL: `ftp://${CANARY}` }, 'SEQURA_BASE_URL: must be an http or https URL.'],
  [{ SEQURA_BASE_URL: `http://${CANARY}` }, `SEQURA_BASE_URL: ${PLAIN_HTTP_RULE}`],
  [{ SEQURA_BASE_URL: `http://localhost.${CANARY}` }, `SEQURA_BASE_URL: ${PLAIN_HTTP_RULE}`],
  [{ SEQURA_BASE_URL: `https://${CANARY}@host` }, 'SEQURA_BASE_URL: must not hold a user name or a password.'],
  [{ SEQURA_BASE_URL: `https://:${CANARY}@host` }, 'SEQURA_BASE_URL: must not hold a user name or a password.'],
  [{ SEQURA_BASE_URL: `https://host?${CANARY}` }, 'SEQURA_BASE_URL: must not have a query.'],
  [{ SEQURA_BASE_URL: `https://host#${CANARY}` }, 'SEQURA_BASE_URL: must not have a fragment.'],
  [{ SEQURA_TIMEOUT_MS: CANARY }, 'SEQURA_TIMEOUT_MS: must be an integer from 100 to 120000.'],
  [{ SEQURA_TIMEOUT_MS: '99' }, 'SEQURA_TIMEOUT_MS: must be an integer from 100 to 120000.'],
  [{ SEQURA_TIMEOUT_MS: '120001' }, 'SEQURA_TIMEOUT_MS: must be an integer from 100 to 120000.'],
  [{ ALLOW_PLAIN_HTTP: CANARY }, 'ALLOW_PLAIN_HTTP: must be one of true, false.'],
  [{ PAYLOAD_ENCRYPTION: CANARY }, 'PAYLOAD_ENCRYPTION: must be one of on, off.'],
  [{ PAYLOAD_KEYS: undefined }, 'PAYLOAD_KEYS: is required and not set.'],
  [{ PAYLOAD_KEYS: CANARY }, `PAYLOAD_KEYS: entry 1 ${PAYLOAD_KEY_RULE}`],
  [{ PAYLOAD_KEYS: `${payloadKey('k1')},k2:${CANARY}` }, `PAYLOAD_KEYS: entry 2 ${PAYLOAD_KEY_RULE}`],
  [{ PAYLOAD_KEYS: `k1:${Buffer.alloc(31).toString('base64')}` }, `PAYLOAD_KEYS: entry 1 ${PAYLOAD_KEY_RULE}`],
  [{ PAYLOAD_KEYS: `k1:${Buffer.alloc(33).toString('base64')}` }, `PAYLOAD_KEYS: entry 1 ${PAYLOAD_KEY_RULE}`],
  [{ PAYLOAD_KEYS: `${payloadKey('k1')},` }, `PAYLOAD_KEYS: entry 2 ${PAYLOAD_KEY_RULE}`],
  [
    { PAYLOAD_KEYS: `${payloadKey(CANARY)},${payloadKey(CANARY)}` },
    'PAYLOAD_KEYS: entry 2 has the id of an earlier one.',
  ],
  [
    { PAYLOAD_ENCRYPTION: 'off', PAYLOAD_KEYS: CANARY, DEVELOPMENT: 'true' },
    `PAYLOAD_KEYS: entry 1 ${PAYLOAD_KEY_RULE}`,
  ],
  [{ API_PORT: CANARY }, `API_PORT: ${PORT_RULE}`],
  [{ API_PORT: '-1' }, `API_PORT: ${PORT_RULE}`],
  [{ API_PORT: '65536' }, `API_PORT: ${PORT_RULE}`],
  [{ API_PORT: '0x50' }, `API_PORT: ${PORT_RULE}`],
  [{ API_PORT: ' 3000' }, `API_PORT: ${PORT_RULE}`],
  [{ API_PORT: '3e3' }, `API_PORT: ${PORT_RULE}`],
  [{ API_HOST: `${CANARY} host` }, `API_HOST: ${HOST_RULE}`],
  [{ ADMIN_HOST: `${CANARY}/host` }, `ADMIN_HOST: ${HOST_RULE}`],
  [{ API_ADMIN_PORT: CANARY }, `API_ADMIN_PORT: ${PORT_RULE}`],
  [{ API_PORT: '4000', API_ADMIN_PORT: '4000' }, 'API_ADMIN_PORT: must differ from API_PORT.'],
  [{ WORKER_ADMIN_PORT: CANARY }, `WORKER_ADMIN_PORT: ${PORT_RULE}`],
  [{ MAX_WAITING: '0' }, 'MAX_WAITING: must be an integer from 1 to 100000.'],
  [{ MAX_WAITING_PER_KEY: CANARY }, 'MAX_WAITING_PER_KEY: must be an integer from 1 to 100000.'],
  [{ ADMIN_HOSTS: `ok,${CANARY}/` }, 'ADMIN_HOSTS: entry 2 must be a host name or an IP address, without a port.'],
  [{ DEVELOPMENT: CANARY }, 'DEVELOPMENT: must be one of true, false.'],
  [{ FORGOTTEN_ORDERS: `order:merchant_1:a ${CANARY}` }, 'FORGOTTEN_ORDERS: entry 2 must be the id of an order.'],
  [{ RESTORED_AT: CANARY }, 'RESTORED_AT: must be a time such as 2026-11-25T10:00:00Z.'],
  [{ RESTORED_AT: `2026-11-25 ${CANARY}` }, 'RESTORED_AT: must be a time such as 2026-11-25T10:00:00Z.'],
  [{ RESTORED_AT: `2026-13-25T10:00:00Z${CANARY}` }, 'RESTORED_AT: must be a time such as 2026-11-25T10:00:00Z.'],
  [{ TRUST_PLAIN_PAYLOADS: CANARY }, 'TRUST_PLAIN_PAYLOADS: must be one of true, false.'],
  [{ OPERATORS_TIME_ZONE: CANARY }, 'OPERATORS_TIME_ZONE: must be the name of a time zone such as Europe/Madrid.'],
  [{ WEBHOOK_PROBE_URL: CANARY }, 'WEBHOOK_PROBE_URL: must be an http or https URL.'],
  [
    { TEMPORAL_DEPLOYMENT_NAME: `${CANARY}.1`, TEMPORAL_WORKER_BUILD_ID: '1' },
    'TEMPORAL_DEPLOYMENT_NAME: must be 1 to 200 letters, digits, slashes, hyphens and underscores.',
  ],
  [
    { TEMPORAL_DEPLOYMENT_NAME: 'orders', TEMPORAL_WORKER_BUILD_ID: '' },
    'TEMPORAL_WORKER_BUILD_ID: is required with TEMPORAL_DEPLOYMENT_NAME.',
  ],
  [
    { TEMPORAL_WORKER_BUILD_ID: '1', TEMPORAL_DEPLOYMENT_NAME: '' },
    'TEMPORAL_DEPLOYMENT_NAME: is required with TEMPORAL_WORKER_BUILD_ID.',
  ],
  [{ WEBHOOK_PROBE_URL: `http://${CANARY}` }, `WEBHOOK_PROBE_URL: ${PLAIN_HTTP_RULE}`],
  [{ RATE_LIMIT_PER_SECOND: CANARY }, 'RATE_LIMIT_PER_SECOND: must be an integer from 0 to 1000000.'],
  [{ LOG_LEVEL: CANARY }, `LOG_LEVEL: must be one of ${LOG_LEVELS}.`],
  [{ CODEC_ORIGINS: '*' }, 'CODEC_ORIGINS: entry 1 must be an origin such as http://localhost:8233.'],
  [
    { CODEC_ORIGINS: `http://ui,http://ui/${CANARY}` },
    'CODEC_ORIGINS: entry 2 must be an origin such as http://localhost:8233.',
  ],
  [{ API_PORT_FILE: writtenFile(CANARY) }, `API_PORT_FILE: ${PORT_RULE}`],
  [{ API_PORT_FILE: `/${CANARY}` }, `API_PORT_FILE: ${UNREADABLE}`],
  [{ API_PORT_FILE: writtenFile('\n') }, 'API_PORT_FILE: names an empty file.'],
  [
    { API_PORT: '1', API_PORT_FILE: writtenFile('1') },
    'API_PORT_FILE: is set together with API_PORT; only one of the two may be.',
  ],
];

describe('a wrong variable', () => {
  for (const [changes, mistake] of WRONG) {
    // Paths and keys differ from run to run.
    const shown = Object.entries(changes).map(([name, value]) => `${name}=${value?.replace(/^\/.*|\w{20,}.*/, '…')}`);
    it(`is named, and nothing else: ${shown.join(' ')}`, () => assert.deepEqual(mistakesOf(changes), [mistake]));
  }

  it('is named together with every other', () => {
    const settings = WRONG.filter(([changes]) => Object.keys(changes).length === 1);
    const oneEach = new Map(settings.map((wrong) => [Object.keys(wrong[0])[0]?.replace(/_FILE$/, ''), wrong]));
    // A wrong profile or certificate is only looked at where the variables about it are right.
    for (const name of [
      'TEMPORAL_PROFILE',
      'TEMPORAL_CONFIG',
      'TEMPORAL_TLS_CLIENT_CERT_DATA',
      'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
    ]) {
      oneEach.delete(name);
    }
    const changes: Env = { MERCHANTS_FILE: merchantsFile({ merchants: [] }) };
    const expected = ['MERCHANTS_FILE /merchants: must be a list of one or more merchants.'];
    for (const [wrong, mistake] of oneEach.values()) {
      Object.assign(changes, wrong);
      expected.push(mistake);
    }
    assert.ok(expected.length > 15);
    assert.deepEqual(mistakesOf(changes).toSorted(), expected.toSorted());
  });

  it('is never shown', () => {
    for (const [changes] of WRONG) {
      const text = mistakesOf(changes).join('\n');
      assert.doesNotMatch(text, new RegExp(CANARY, 'i'));
      for (const value of Object.values(changes)) {
        if (value !== undefined && value.length > 4) assert.ok(!text.includes(value), text);
      }
    }
  });
});

const OPEN =
  'ADMIN_HOST: is not loopback, and whoever reaches it may read customers’ data: set OIDC_ISSUER, or ADMIN_WITHOUT_LOGIN=true where something in front knows who calls.';
const LOGIN = { OIDC_ISSUER: 'https://login.example', OIDC_AUDIENCE: 'orders' };
const BROWSER = {
  OIDC_CLIENT_ID: 'desk',
  OIDC_CLIENT_SECRET: 'sixteen characters at least'.replaceAll(' ', '-'),
  ADMIN_URL: 'https://desk.example',
};

describe('who may read', () => {
  it('is asked beyond loopback, where there is something to read', () => {
    for (const host of ['0.0.0.0', '10.1.2.3', '::', 'admin.internal']) {
      assert.deepEqual(mistakesOf({ ADMIN_HOST: host }), [OPEN]);
      for (const settled of [{ API_CODEC: 'off' }, { ADMIN_WITHOUT_LOGIN: 'true' }, { DEVELOPMENT: 'true' }, LOGIN])
        assert.deepEqual(mistakesOf({ ADMIN_HOST: host, ...settled }), []);
    }
    for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1'])
      assert.deepEqual(mistakesOf({ ADMIN_HOST: host }), []);
    assert.ok(loadWorkerConfig(environment({ ADMIN_HOST: '0.0.0.0' })).ok, 'a worker shows nothing');
    const codec = loadCodecConfig(environment({ ADMIN_HOST: '0.0.0.0' }));
    assert.deepEqual(codec.ok ? [] : codec.mistakes, [OPEN]);
  });

  it('is told by an issuer', () => {
    assert.deepEqual(configOf({ ...LOGIN, ...BROWSER, OIDC_ROLES_CLAIM: 'realm_access.roles' }).login, {
      issuer: 'https://login.example/',
      audience: 'orders',
      rolesClaim: 'realm_access.roles',
      nameClaim: 'preferred_username',
      readerRole: 'orders-reader',
      operatorRole: 'orders-operator',
      scope: 'openid profile',
      browser: { clientId: 'desk', clientSecret: BROWSER.OIDC_CLIENT_SECRET, url: 'https://desk.example' },
    });
    assert.equal(configOf(LOGIN).login?.browser, null);
  });

  for (const [changes, ...mistakes] of [
    [
      { ...LOGIN, OIDC_ISSUER: 'http://login.example' },
      `OIDC_ISSUER: ${PLAIN_HTTP_RULE}`,
      'OIDC_AUDIENCE: is set without OIDC_ISSUER.',
    ],
    [{ OIDC_ISSUER: LOGIN.OIDC_ISSUER }, 'OIDC_AUDIENCE: is required with OIDC_ISSUER.'],
    [
      { ...LOGIN, ADMIN_URL: BROWSER.ADMIN_URL },
      'OIDC_CLIENT_ID: is required with ADMIN_URL.',
      'OIDC_CLIENT_SECRET: is required with ADMIN_URL.',
    ],
    [{ ADMIN_URL: BROWSER.ADMIN_URL }, 'ADMIN_URL: is set without OIDC_ISSUER.'],
    [{ ...LOGIN, OIDC_READER_ROLE: 'orders-operator' }, 'OIDC_READER_ROLE: must differ from OIDC_OPERATOR_ROLE.'],
    [{ ...LOGIN, OIDC_SCOPE: 'profile' }, 'OIDC_SCOPE: must be names with blanks between them, openid among them.'],
  ] as const) {
    it(`names what is wrong: ${mistakes.join(' ')}`, () => assert.deepEqual(mistakesOf(changes), mistakes));
  }

  it('takes no secret that can be guessed', () => {
    const mistakes = mistakesOf({ ...LOGIN, ...BROWSER, OIDC_CLIENT_SECRET: CANARY });
    assert.match(
      mistakes[0] ?? '',
      /^OIDC_CLIENT_SECRET: has fewer than 16 characters: allowed only with DEVELOPMENT=true\./,
    );
    assert.ok(!mistakes.join().includes(CANARY));
    const [few] = mistakesOf({ ...LOGIN, ...BROWSER, OIDC_CLIENT_SECRET: 'secret'.repeat(4) });
    assert.equal(few, 'OIDC_CLIENT_SECRET: has fewer than 8 different characters: allowed only with DEVELOPMENT=true.');
  });
});

describe('the settings', () => {
  it('have the documented defaults', () => {
    const { merchants: _, apiKeys: __, payloadKeys: ___, ...rest } = configOf();
    assert.deepEqual(rest, {
      temporal: {
        namespace: 'default',
        connectionOptions: { address: '127.0.0.1:7233', apiKey: undefined, tls: undefined, metadata: undefined },
      },
      taskQueue: 'part-payment-orders',
      sequra: { baseUrl: 'https://sequra.example', timeoutMs: 15_000 },
      api: { port: 3000, host: '127.0.0.1', adminPort: 3001, codec: true },
      worker: { adminPort: 3002 },
      deployment: null,
      sequraCallsPerSecond: null,
      adminHost: '127.0.0.1',
      adminHosts: [],
      codecOrigins: ['http://localhost:8233', 'http://127.0.0.1:8233'],
      rateLimitPerSecond: 300,
      maxWaiting: { perKey: 500, all: 5000 },
      development: false,
      backup: { restoredAt: null, forgottenOrders: new Set() },
      trustPlainPayloads: false,
      operatorsTimeZone: null,
      webhookProbeUrl: null,
      logLevel: 'info',
      login: null,
    });
  });

  it('come from variables', () => {
    const config = configOf({
      TEMPORAL_ADDRESS: 'temporal.internal:7234',
      TEMPORAL_NAMESPACE: 'orders',
      TEMPORAL_API_KEY: 'key',
      TASK_QUEUE: 'queue',
      SEQURA_TIMEOUT_MS: '500',
      API_PORT: '0',
      API_ADMIN_PORT: '0',
      API_HOST: '::',
      WORKER_ADMIN_PORT: '65535',
      ADMIN_HOST: '0.0.0.0',
      ADMIN_WITHOUT_LOGIN: 'true',
      RATE_LIMIT_PER_SECOND: '0',
      LOG_LEVEL: 'debug',
      CODEC_ORIGINS: 'https://ui.example, http://localhost:8233/',
    });
    assert.equal(config.temporal.connectionOptions.address, 'temporal.internal:7234');
    assert.equal(config.temporal.namespace, 'orders');
    assert.equal(config.temporal.connectionOptions.apiKey, 'key');
    assert.equal(config.temporal.connectionOptions.tls, true);
    assert.equal(config.taskQueue, 'queue');
    assert.equal(config.sequra.timeoutMs, 500);
    assert.deepEqual(config.api, { port: 0, host: '::', adminPort: 0, codec: true });
    assert.equal(config.worker.adminPort, 65_535);
    assert.equal(config.adminHost, '0.0.0.0');
    assert.equal(config.rateLimitPerSecond, 0);
    assert.equal(config.logLevel, 'debug');
    assert.deepEqual(config.codecOrigins, ['https://ui.example', 'http://localhost:8233']);
  });

  it('come from files, less the line end', () => {
    const keys = [payloadKey('new'), payloadKey('old')];
    const config = configOf({
      PAYLOAD_KEYS: undefined,
      PAYLOAD_KEYS_FILE: writtenFile(`${keys.join(',')}\r\n`),
      API_PORT_FILE: writtenFile('8080\n'),
      TEMPORAL_API_KEY_FILE: writtenFile('from-file\n'),
      LOG_LEVEL: '',
      LOG_LEVEL_FILE: writtenFile('warn'),
    });
    assert.deepEqual(
      config.payloadKeys?.map(({ id, key }) => `${id}:${key.toString('base64')}`),
      keys,
    );
    assert.equal(config.api.port, 8080);
    assert.equal(config.temporal.connectionOptions.apiKey, 'from-file');
    assert.equal(config.logLevel, 'warn');
  });

  it('of Temporal come from its configuration file, too', () => {
    const file = writtenFile('[profile.staging]\naddress = "staging:7233"\nnamespace = "staging"\n');
    const { temporal } = configOf({
      TEMPORAL_CONFIG_FILE: file,
      TEMPORAL_PROFILE: 'staging',
      TEMPORAL_NAMESPACE: 'mine',
    });
    assert.equal(temporal.connectionOptions.address, 'staging:7233');
    assert.equal(temporal.namespace, 'mine');
  });

  it('need no keys where encryption is off', () => {
    assert.equal(
      configOf({ DEVELOPMENT: 'true', PAYLOAD_ENCRYPTION: 'off', PAYLOAD_KEYS: undefined }).payloadKeys,
      null,
    );
  });

  for (const [given, kept] of [
    ['https://sequra.example/', 'https://sequra.example'],
    ['https://sequra.example/api/public/v1/', 'https://sequra.example'],
    ['https://sequra.example:8443/api', 'https://sequra.example:8443'],
    ['http://localhost:4000/', 'http://localhost:4000'],
    ['http://127.1.2.3', 'http://127.1.2.3'],
    ['http://[::1]:4000/x', 'http://[::1]:4000'],
  ] as const) {
    it(`tidy SEQURA_BASE_URL: ${given}`, () => assert.equal(configOf({ SEQURA_BASE_URL: given }).sequra.baseUrl, kept));
  }

  it('allow http elsewhere where that is said', () => {
    const { sequra } = configOf({ SEQURA_BASE_URL: 'http://sequra.internal', ALLOW_PLAIN_HTTP: 'true' });
    assert.equal(sequra.baseUrl, 'http://sequra.internal');
  });
});

describe('a process with wrong settings', () => {
  const loader = new URL('../../../src/config/load.ts', import.meta.url).href;
  const script = `import('${loader}').then(({ configOrExit, loadConfig }) => console.log(configOrExit(loadConfig).taskQueue))`;
  const start = (env: Env) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, ['-e', script], { env: { ...env } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
      );
    });

  it('prints every mistake on a line of its own and ends with 78', async () => {
    const { code, stdout, stderr } = await start(environment({ API_PORT: CANARY, LOG_LEVEL: CANARY }));
    assert.equal(code, 78);
    assert.equal(stdout, '');
    assert.deepEqual(stderr.trim().split('\n'), [
      `LOG_LEVEL: must be one of ${LOG_LEVELS}.`,
      `API_PORT: ${PORT_RULE}`,
      'The settings above have to be corrected: nothing was started.',
    ]);
  });

  it('differs from one with right settings', async () => {
    assert.deepEqual(await start(environment({ TASK_QUEUE: 'mine' })), { code: 0, stdout: 'mine\n', stderr: '' });
  });
});
