// Which secrets stop a process in production, which it looks for at all, and how they may be mounted.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  loadApiConfig,
  loadReconcileConfig,
  loadConfig,
  loadOpsConfig,
  loadSetupConfig,
  loadWorkerConfig,
} from '../../../src/config/load.ts';
import type { Env } from '../../support/config-fixtures.ts';
import {
  apiKey,
  configOf,
  endpoint,
  environment,
  merchant,
  merchantsFile,
  mistakesInFile,
  mistakesOf,
  payloadKey,
  token,
  writtenFile,
} from '../../support/config-fixtures.ts';
import { sha256 } from '../../support/merchants.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const notify = (secretBytes: number) =>
  endpoint({ secret: `whsec_${base64(Buffer.from('abcdefghijklmnopqrstuvwxyz').subarray(0, secretBytes))}` });
const document = (merchantChanges: object, keyChanges: object = {}) =>
  merchantsFile({ merchants: [merchant({ ...merchantChanges })], api_keys: [apiKey({ ...keyChanges })] });

const ONLY = 'allowed only with DEVELOPMENT=true.';
const BYTES = 'is no random key: its bytes repeat or count';

const WEAK: readonly [name: string, Env, mistake: string][] = [
  ['no encryption', { PAYLOAD_ENCRYPTION: 'off' }, 'PAYLOAD_ENCRYPTION: off leaves personal data in the clear'],
  [
    'unchecked certificates',
    { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    'NODE_TLS_REJECT_UNAUTHORIZED: 0 leaves certificates unchecked',
  ],
  ...[
    Buffer.alloc(32),
    Buffer.alloc(32, 255),
    Buffer.alloc(32, 'ab'),
    Buffer.from(Array.from({ length: 32 }, (_, n) => n)),
  ].map((key): [string, Env, string] => [
    `the payload key ${key.toString('hex').slice(0, 8)}…`,
    { PAYLOAD_KEYS: `${payloadKey('new')},k1:${base64(key)}` },
    `PAYLOAD_KEYS: entry 2 ${BYTES}`,
  ]),
  ...['t'.repeat(43), 'abcdefg'.repeat(7)].map((weak): [string, Env, string] => [
    `the token ${weak}`,
    { MERCHANTS_FILE: document({ webhook_tokens: [weak] }) },
    'MERCHANTS_FILE /merchants/0/webhook_tokens/0: has fewer than 8 different characters',
  ]),
  ...['dev-key', 'secret', ''].map((key): [string, Env, string] => [
    `the API key '${key}'`,
    { MERCHANTS_FILE: document({}, { sha256: sha256(key).toUpperCase() }) },
    'MERCHANTS_FILE /api_keys/0/sha256: is the digest of a key that is known',
  ]),
  ...[1, 23].map((bytes): [string, Env, string] => [
    `a notification secret of ${bytes} bytes`,
    { MERCHANTS_FILE: document({ notify: notify(bytes) }) },
    'MERCHANTS_FILE /merchants/0/notify/secret: stands for fewer than 24 bytes',
  ]),
];

describe('a weak secret', () => {
  for (const [name, changes, mistake] of WEAK) {
    it(`stops a process, and does not in development: ${name}`, () => {
      assert.deepEqual(mistakesOf(changes), [`${mistake}: ${ONLY}`]);
      assert.deepEqual(mistakesOf({ ...changes, DEVELOPMENT: 'false' }), [`${mistake}: ${ONLY}`]);
      assert.deepEqual(mistakesOf({ ...changes, DEVELOPMENT: 'true' }), []);
    });
  }

  it('hides no other', () => {
    const mistakes = mistakesInFile(
      {
        merchants: [merchant({ webhook_tokens: ['t'.repeat(43)], notify: notify(1) })],
        api_keys: [apiKey({ sha256: sha256('dev-key') })],
      },
      { PAYLOAD_ENCRYPTION: 'off', PAYLOAD_KEYS: `k:${base64(Buffer.alloc(32))}`, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    );
    assert.equal(mistakes.length, 6, mistakes.join('\n'));
  });

  it('is none that is random', () => {
    for (let nth = 0; nth < 500; nth += 1) {
      const changes = { PAYLOAD_KEYS: payloadKey('k'), MERCHANTS_FILE: document({ webhook_tokens: [token()] }) };
      assert.deepEqual(mistakesOf(changes), []);
    }
  });
});

describe('a process', () => {
  const elsewhere = {
    password: { env: 'ONLY_THE_WORKER' },
    webhook_tokens: [{ file: '/run/secrets/only-the-api' }],
    notify: endpoint({ secret: { env: 'ONLY_THE_WORKER_TOO' } }),
  };
  const place = 'MERCHANTS_FILE /merchants/0';
  const mistakes = (loaded: { ok: boolean; mistakes?: string[] }) => loaded.mistakes ?? [];

  it('looks only for the secrets that it needs', () => {
    const env = environment({ MERCHANTS_FILE: document(elsewhere) });
    assert.deepEqual(mistakes(loadApiConfig(env)), [`${place}/webhook_tokens/0: names a file that cannot be read.`]);
    assert.deepEqual(mistakes(loadWorkerConfig(env)), [
      `${place}/password: names a variable that is not set.`,
      `${place}/notify/secret: names a variable that is not set.`,
    ]);
    assert.equal(mistakes(loadConfig(env)).length, 3);
  });

  it('keeps none that it does not need, even where it stands in the file', () => {
    const env = environment({ MERCHANTS_FILE: document({ password: 'pw-canary', notify: notify(26) }) });
    const api = loadApiConfig(env);
    const worker = loadWorkerConfig(env);
    assert.ok(api.ok && worker.ok);
    const [ofApi] = api.config.merchants.values();
    const [ofWorker] = worker.config.merchants.values();
    assert.ok(!JSON.stringify(ofApi).includes('pw-canary') && !JSON.stringify(ofApi).includes('whsec_'));
    assert.equal(ofWorker?.password, 'pw-canary');
    assert.deepEqual((ofWorker as { webhookTokens?: string[] }).webhookTokens, ['']);
  });

  it('of commands for operators needs no merchants file, and one that only needs Temporal no keys', () => {
    const [keys, none] = [payloadKey('k'), {}];
    assert.equal(loadOpsConfig({ PAYLOAD_KEYS: keys }).ok, true);
    assert.deepEqual(mistakes(loadOpsConfig(none)), ['PAYLOAD_KEYS: is required and not set.']);
    assert.equal(loadSetupConfig(none).ok, true);
  });

  it('that compares orders needs the event names of merchants, no address of seQura and no secret of theirs', () => {
    const loaded = loadReconcileConfig({ PAYLOAD_KEYS: payloadKey('k'), MERCHANTS_FILE: document(elsewhere) });
    assert.deepEqual(mistakes(loaded), []);
    assert.ok(loaded.ok && loaded.config.merchants.get('merchant_1')?.eventNames.confirm.includes('confirmed'));
    assert.deepEqual(mistakes(loadReconcileConfig({ PAYLOAD_KEYS: payloadKey('k') })), [
      'MERCHANTS_FILE: is required and not set.',
    ]);
  });
});

describe('a secret as it is mounted', () => {
  const around = fc.tuple(fc.constantFrom('', '\uFEFF'), fc.constantFrom('', '\n', '\r\n', '\r', '\n\n'));
  it('is the same with a byte order mark before and line ends behind it', () => {
    fc.assert(
      fc.property(around, fc.boolean(), ([before, behind], inFile) => {
        const mounted = (text: string) => `${before}${text}${behind}`;
        const [keys, secret] = [payloadKey('k'), token()];
        const reference = inFile ? { file: writtenFile(mounted(secret)) } : { env: 'TOKEN' };
        const config = configOf({
          PAYLOAD_KEYS: inFile ? undefined : mounted(keys),
          PAYLOAD_KEYS_FILE: inFile ? writtenFile(mounted(keys)) : undefined,
          TOKEN: mounted(secret),
          PASSWORD: mounted('a b'),
          API_PORT: mounted('1234'),
          TEMPORAL_NAMESPACE: mounted('orders'),
          MERCHANTS_FILE: document({ webhook_tokens: [reference], password: { env: 'PASSWORD' } }),
        });
        const [only] = config.merchants.values();
        assert.deepEqual([only?.webhookTokens, only?.password], [[secret], 'a b']);
        assert.equal(`k:${config.payloadKeys?.[0]?.key.toString('base64')}`, keys);
        assert.deepEqual([config.api.port, config.temporal.namespace], [1234, 'orders']);
      }),
      { numRuns: 40 },
    );
  });

  const NAMED: readonly [Env, string][] = [
    [{ PASSWORD: ' pw' }, 'MERCHANTS_FILE /merchants/0/password: must not begin or end with a blank.'],
    [{ PASSWORD: 'pw\t\n' }, 'MERCHANTS_FILE /merchants/0/password: must not begin or end with a blank.'],
    [{ PASSWORD: '"pw"' }, 'MERCHANTS_FILE /merchants/0/password: must not be in quotes.'],
    [{ TEMPORAL_NAMESPACE: '"orders"' }, 'TEMPORAL_NAMESPACE: must not be in quotes.'],
    [{ TEMPORAL_NAMESPACE: 'orders ' }, 'TEMPORAL_NAMESPACE: must not begin or end with a blank.'],
    [{ TASK_QUEUE: "'mine'" }, 'TASK_QUEUE: must not be in quotes.'],
  ];
  for (const [changes, mistake] of NAMED) {
    it(`is named where something else stands around it: ${JSON.stringify(changes)}`, () => {
      const file = document({ password: { env: 'PASSWORD' } });
      assert.deepEqual(mistakesOf({ MERCHANTS_FILE: file, PASSWORD: 'pw', ...changes }), [mistake]);
    });
  }

  it('is named where its file is not UTF-8', () => {
    const file = writtenFile('');
    const utf16 = writtenFile(Buffer.from('\uFEFF3000\r\n', 'utf16le'));
    assert.deepEqual(mistakesOf({ API_PORT_FILE: utf16 }), [
      'API_PORT_FILE: names a file that is not a text in UTF-8.',
    ]);
    assert.deepEqual(mistakesOf({ MERCHANTS_FILE: utf16 }), [
      'MERCHANTS_FILE: names a file that is not a text in UTF-8.',
    ]);
    assert.deepEqual(mistakesOf({ API_PORT_FILE: file }), ['API_PORT_FILE: names an empty file.']);
  });
});
