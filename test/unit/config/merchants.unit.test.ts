// The merchants file of http-api.md, section 8.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_EVENT_NAMES } from '../../../src/order/webhook.ts';
import {
  apiKey,
  CANARY,
  configOf,
  digest,
  endpoint,
  merchant,
  merchantsFile,
  mistakesInFile,
  mistakesOf,
  PLAIN_HTTP_RULE,
  token,
  writtenFile,
} from '../../support/config-fixtures.ts';

const TOKENS_RULE = 'must be a list of one or two tokens.';
const TOKEN_RULE = 'must be 43 to 256 characters of A-Z a-z 0-9 - _ . ~.';
const SECRET_RULE = 'must be a string, {"env": "NAME"} or {"file": "PATH"}.';
const EVENT_RULE = 'must be an event name, or its beginning with a * behind.';
const KEY_MERCHANTS_RULE = 'must be "*" or a list of one or more merchant ids.';
const SHA256_RULE = 'must be the SHA-256 of the key in 64 hexadecimal digits.';
const DAY = 86_400;

const notify = (changes: Record<string, unknown>) => ({ notify: endpoint(changes) });
const integer = (min: number, max: number) => `must be an integer from ${min} to ${max}.`;
const longName = CANARY.repeat(20);

/** What is changed in a merchant, and the one mistake that it makes below `/merchants/0`. */
const WRONG_MERCHANTS: readonly [Record<string, unknown>, string][] = [
  [{ id: undefined }, '/id: is missing.'],
  [{ id: `${CANARY} 1` }, '/id: must be 1 to 64 of A-Z a-z 0-9 _ -.'],
  [{ id: longName }, '/id: must be 1 to 64 of A-Z a-z 0-9 _ -.'],
  [{ country: CANARY }, '/country: must be ES, FR, IT or PT.'],
  [{ username: '' }, '/username: must be 1 to 256 characters without a colon.'],
  [{ username: `${CANARY}:` }, '/username: must be 1 to 256 characters without a colon.'],
  [{ password: undefined }, '/password: is missing.'],
  [{ password: '' }, `/password: ${SECRET_RULE}`],
  [{ password: 7 }, `/password: ${SECRET_RULE}`],
  [{ password: { env: CANARY, file: CANARY } }, `/password: ${SECRET_RULE}`],
  [{ password: { env: CANARY } }, '/password: names a variable that is not set.'],
  [{ password: { file: `/${CANARY}` } }, '/password: names a file that cannot be read.'],
  [{ password: { file: writtenFile('\n') } }, '/password: names an empty file.'],
  [{ webhook_tokens: undefined }, '/webhook_tokens: is missing.'],
  [{ webhook_tokens: [] }, `/webhook_tokens: ${TOKENS_RULE}`],
  [{ webhook_tokens: [token(), token(), token()] }, `/webhook_tokens: ${TOKENS_RULE}`],
  [{ webhook_tokens: [token(), CANARY] }, `/webhook_tokens/1: ${TOKEN_RULE}`],
  [{ webhook_tokens: [`${token()}/${CANARY}`] }, `/webhook_tokens/0: ${TOKEN_RULE}`],
  [{ webhook_tokens: [{ file: writtenFile(CANARY) }] }, `/webhook_tokens/0: ${TOKEN_RULE}`],
  [{ webhook_tokens: ['t'.repeat(42)] }, `/webhook_tokens/0: ${TOKEN_RULE}`],
  [{ webhook_tokens: ['t'.repeat(257)] }, `/webhook_tokens/0: ${TOKEN_RULE}`],
  [{ webhook_tokens: [7] }, `/webhook_tokens/0: ${SECRET_RULE}`],
  [{ confirm_within_seconds: 0 }, `/confirm_within_seconds: ${integer(1, 30 * DAY)}`],
  [{ confirm_within_seconds: 30 * DAY + 1 }, `/confirm_within_seconds: ${integer(1, 30 * DAY)}`],
  [{ confirm_within_seconds: CANARY }, `/confirm_within_seconds: ${integer(1, 30 * DAY)}`],
  [{ create_retry_seconds: 0.5 }, `/create_retry_seconds: ${integer(0, DAY)}`],
  [{ on_create_outcome_unknown: CANARY }, '/on_create_outcome_unknown: must be hold or recreate.'],
  [{ sms_limit: 11 }, `/sms_limit: ${integer(1, 10)}`],
  [{ settle_seconds: -1 }, `/settle_seconds: ${integer(0, DAY)}`],
  [{ cancel_overdue_seconds: null }, `/cancel_overdue_seconds: ${integer(1, 7 * DAY)}`],
  [{ nin_checksum: CANARY }, '/nin_checksum: must be off, warn or reject.'],
  [{ notify: CANARY }, '/notify: must be an object of url and secret.'],
  [notify({ url: CANARY }), '/notify/url: must be an http or https URL.'],
  [notify({ url: `http://${CANARY}` }), `/notify/url: ${PLAIN_HTTP_RULE}`],
  [notify({ url: `https://user:${CANARY}@shop` }), '/notify/url: must not hold a user name or a password.'],
  [notify({ url: undefined }), '/notify/url: is missing.'],
  [notify({ secret: CANARY }), '/notify/secret: must be whsec_ and base64.'],
  [notify({ secret: 'whsec_' }), '/notify/secret: must be whsec_ and base64.'],
  [notify({ token: 1 }), '/notify/token: is not a known field.'],
  [{ events: [CANARY] }, '/events: must be an object of lists of event names.'],
  [{ events: { confirm: CANARY } }, '/events/confirm: must be a list of event names.'],
  [{ events: { confirm: [`*${CANARY}`] } }, `/events/confirm/0: ${EVENT_RULE}`],
  [{ events: { confirm: ['cancelled'] } }, '/events/confirm/0: stands in the list cancel, too.'],
  [{ events: { refuse: [] } }, '/events/refuse: is not a known field.'],
  [{ 'a/b~c\n': CANARY }, '/a~1b~0c?: is not a known field.'],
  [{ [longName]: CANARY }, `/${longName.slice(0, 64)}…: is not a known field.`],
];

const WRONG_KEYS: readonly [Record<string, unknown>, string][] = [
  [{ id: '' }, '/id: must be 1 to 64 printable characters without spaces.'],
  [{ sha256: CANARY }, `/sha256: ${SHA256_RULE}`],
  [{ sha256: `${digest()}0` }, `/sha256: ${SHA256_RULE}`],
  [{ sha256: { toString: 1, valueOf: 1 } }, `/sha256: ${SHA256_RULE}`],
  [{ merchants: CANARY }, `/merchants: ${KEY_MERCHANTS_RULE}`],
  [{ merchants: [] }, `/merchants: ${KEY_MERCHANTS_RULE}`],
  [{ merchants: ['merchant_1', CANARY] }, '/merchants/1: is no merchant of this file.'],
  [{ scopes: [] }, '/scopes: must be a list of one or more scopes.'],
  [{ scopes: ['ops', CANARY] }, '/scopes/1: must be orders:read, orders:write or ops.'],
  [{ key: CANARY }, '/key: is not a known field.'],
];

const inMerchant = (changes: object) => ({ merchants: [merchant({ ...changes })] });
const inKey = (changes: object) => ({ merchants: [merchant()], api_keys: [apiKey({ ...changes })] });

/** What `JSON.stringify` drops is shown as missing. */
const shown = (changes: object) =>
  JSON.stringify(changes, (_, value: unknown) => value ?? null).replace(/\w{30,}|\/tmp.*/g, '…');

function expectNoCanary(mistakes: readonly string[]) {
  const unknownNames = / \/[^:]*…: is not a known field\.$/;
  for (const mistake of mistakes)
    if (!unknownNames.test(mistake)) assert.doesNotMatch(mistake, new RegExp(CANARY, 'i'));
}

describe('a wrong merchant', () => {
  for (const [changes, mistake] of WRONG_MERCHANTS) {
    it(`is named by its pointer, without its value: ${shown(changes)}`, () => {
      const mistakes = mistakesInFile(inMerchant(changes));
      assert.deepEqual(mistakes, [`MERCHANTS_FILE /merchants/0${mistake}`]);
      expectNoCanary(mistakes);
    });
  }
});

describe('a wrong API key', () => {
  for (const [changes, mistake] of WRONG_KEYS) {
    it(`is named by its pointer, without its value: ${shown(changes)}`, () => {
      const mistakes = mistakesInFile(inKey(changes));
      assert.deepEqual(mistakes, [`MERCHANTS_FILE /api_keys/0${mistake}`]);
      expectNoCanary(mistakes);
    });
  }
});

describe('mistakes in a merchants file', () => {
  it('are all named at once, together with those in variables', () => {
    const merchants = WRONG_MERCHANTS.map(([changes], index) => merchant({ id: `m${index}`, ...changes }));
    const keys = WRONG_KEYS.map(([changes], index) => apiKey({ id: `key${index}`, merchants: ['m7'], ...changes }));
    const expected = [
      'API_PORT: must be an integer from 0 to 65535.',
      ...WRONG_MERCHANTS.map(([, mistake], index) => `MERCHANTS_FILE /merchants/${index}${mistake}`),
      ...WRONG_KEYS.map(([, mistake], index) => `MERCHANTS_FILE /api_keys/${index}${mistake}`),
      'MERCHANTS_FILE /api_keys/6/merchants/0: is no merchant of this file.',
      `MERCHANTS_FILE /${CANARY}: is not a known field.`,
    ];
    const mistakes = mistakesInFile({ merchants, api_keys: keys, [CANARY]: 1 }, { API_PORT: CANARY });
    assert.deepEqual(mistakes.toSorted(), expected.toSorted());
  });

  it('are two in one list: a wrong entry and one too many', () => {
    assert.deepEqual(mistakesInFile(inMerchant({ webhook_tokens: [token(), 7, token()] })), [
      `MERCHANTS_FILE /merchants/0/webhook_tokens/1: ${SECRET_RULE}`,
      `MERCHANTS_FILE /merchants/0/webhook_tokens: ${TOKENS_RULE}`,
    ]);
  });

  it('are values that must differ and do not, also where something else is wrong', () => {
    const shared = token();
    const sha256 = digest();
    const document = {
      merchants: [
        merchant({ webhook_tokens: [shared], country: CANARY }),
        merchant({ webhook_tokens: [token(), { file: writtenFile(`${shared}\n`) }] }),
      ],
      api_keys: [apiKey({ sha256 }), apiKey({ sha256: sha256.toUpperCase() })],
    };
    assert.deepEqual(mistakesInFile(document).toSorted(), [
      'MERCHANTS_FILE /api_keys/1/id: is the same as /api_keys/0/id.',
      'MERCHANTS_FILE /api_keys/1/sha256: is the same as /api_keys/0/sha256.',
      'MERCHANTS_FILE /merchants/0/country: must be ES, FR, IT or PT.',
      'MERCHANTS_FILE /merchants/1/id: is the same as /merchants/0/id.',
      'MERCHANTS_FILE /merchants/1/webhook_tokens/1: is the same as /merchants/0/webhook_tokens/0.',
    ]);
  });

  it('are a variable of a secret that is set twice', () => {
    assert.deepEqual(
      mistakesInFile(inMerchant({ password: { env: 'SECRET' } }), { SECRET: CANARY, SECRET_FILE: writtenFile(CANARY) }),
      ['MERCHANTS_FILE /merchants/0/password: is set together with SECRET; only one of the two may be.'],
    );
  });

  for (const [content, mistake] of [
    [`{"merchants": [\n  "${CANARY}" 1]}`, 'MERCHANTS_FILE: is not JSON (line 2 column 12).'],
    [`{"merchants": ${CANARY}}`, 'MERCHANTS_FILE: is not JSON.'],
    [CANARY, 'MERCHANTS_FILE: is not JSON.'],
    ['', 'MERCHANTS_FILE: is not JSON.'],
    ['[]', 'MERCHANTS_FILE: must be an object.'],
    ['null', 'MERCHANTS_FILE: must be an object.'],
    ['{}', 'MERCHANTS_FILE /merchants: is missing.'],
  ] as const) {
    it(`are a file that is not one: ${JSON.stringify(content)}`, () => {
      assert.deepEqual(mistakesOf({ MERCHANTS_FILE: writtenFile(content) }), [mistake]);
    });
  }

  it('are a file that is not there, or not named', () => {
    assert.deepEqual(mistakesOf({ MERCHANTS_FILE: `/${CANARY}` }), [
      'MERCHANTS_FILE: names a file that cannot be read.',
    ]);
    assert.deepEqual(mistakesOf({ MERCHANTS_FILE: '' }), ['MERCHANTS_FILE: is required and not set.']);
  });
});

const file = (document: unknown) => configOf({ MERCHANTS_FILE: merchantsFile(document), SEQURA_PASSWORD: 'p:w' });

describe('a merchants file', () => {
  it('is read as documented', () => {
    const tokens = [token(), token()];
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    const sha256 = digest();
    const { merchants, apiKeys } = file({
      merchants: [
        {
          id: 'merchant_1',
          country: 'ES',
          username: 'merchant_1',
          password: { env: 'SEQURA_PASSWORD' },
          webhook_tokens: [tokens[0], { file: writtenFile(`${tokens[1]}\n`) }],
          confirm_within_seconds: 60,
          create_retry_seconds: 0,
          on_create_outcome_unknown: 'recreate',
          sms_limit: 1,
          sms_reminder_after_seconds: 30,
          sms_per_phone_per_day: 2,
          settle_seconds: 1,
          cancel_overdue_seconds: 2,
          nin_checksum: 'reject',
          notify: { url: 'https://shop.example/hooks?x=1', secret },
          events: { confirm: ['part_payment/signed', 'order/cancelled'], cancel: [], reject: ['*'] },
        },
      ],
      api_keys: [
        { id: 'pos', sha256: sha256.toUpperCase(), merchants: ['merchant_1'], scopes: ['orders:read', 'ops'] },
      ],
    });
    assert.deepEqual(Object.fromEntries(merchants), {
      merchant_1: {
        id: 'merchant_1',
        country: 'ES',
        currency: 'EUR',
        username: 'merchant_1',
        password: 'p:w',
        webhookTokens: tokens,
        policy: {
          confirmWithinSeconds: 60,
          createRetrySeconds: 0,
          onCreateOutcomeUnknown: 'recreate',
          smsLimit: 1,
          smsReminderAfterSeconds: 30,
          smsPerPhonePerDay: 2,
          settleSeconds: 1,
          cancelOverdueSeconds: 2,
          sequraTimeoutMs: 15_000,
          notify: true,
        },
        ninChecksum: 'reject',
        eventNames: {
          confirm: ['part_payment/signed', 'order/cancelled'],
          cancel: [],
          note: DEFAULT_EVENT_NAMES.note,
          reject: ['*'],
        },
        notify: { url: 'https://shop.example/hooks?x=1', secret },
      },
    });
    assert.deepEqual(apiKeys, [{ id: 'pos', sha256, merchants: ['merchant_1'], scopes: ['orders:read', 'ops'] }]);
  });

  it('may leave out what has a default, and begin with a byte order mark', () => {
    const { merchants, apiKeys } = configOf({
      MERCHANTS_FILE: writtenFile(`\uFEFF${JSON.stringify({ merchants: [merchant()] })}`),
    });
    assert.deepEqual(merchants.get('merchant_1')?.policy, {
      confirmWithinSeconds: 86_400,
      createRetrySeconds: 300,
      onCreateOutcomeUnknown: 'hold',
      smsLimit: 3,
      settleSeconds: 600,
      cancelOverdueSeconds: 1800,
      sequraTimeoutMs: 15_000,
    });
    assert.equal(merchants.get('merchant_1')?.ninChecksum, 'warn');
    assert.deepEqual(merchants.get('merchant_1')?.eventNames, DEFAULT_EVENT_NAMES);
    assert.equal(merchants.get('merchant_1')?.notify, null);
    assert.deepEqual(apiKeys, []);
  });

  it('gives a key every merchant by "*", alone or in a list', () => {
    const keys = [apiKey({ id: 'a', merchants: '*' }), apiKey({ id: 'b', merchants: ['*'] })];
    const { apiKeys } = file({ merchants: [merchant()], api_keys: keys });
    assert.deepEqual(
      apiKeys.map(({ merchants }) => merchants),
      ['*', '*'],
    );
  });
});
