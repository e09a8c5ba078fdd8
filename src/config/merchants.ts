// The merchants file: read, checked with every mistake at once, and turned into what the program works with.
import type { ApiKey, MerchantAccount, Merchant } from './model.ts';
import { DEFAULT_EVENT_NAMES } from '../order/webhook.ts';
import type { Path, PlacedMistake } from './merchants-checks.ts';
import { crossMistakes, isEveryMerchant, isRecord, places, repeated } from './merchants-checks.ts';
import type { ApiKeyEntry, MerchantEntry } from './merchants-schema.ts';
import { merchantsFile, shapeMistakes } from './merchants-schema.ts';
import type { SecretKind } from './merchants-secrets.ts';
import { isTokenPath, secretsOf, secretText } from './merchants-secrets.ts';
import { Mistake } from './mistake.ts';
import { httpUrl } from './parsers.ts';
import { pointer } from './pointer.ts';
import type { Env, Reader } from './variables.ts';
import { readText } from './variables.ts';
import { ONLY_IN_DEVELOPMENT, weakness } from './weak.ts';

type Settings = {
  env: Env;
  allowPlainHttp: boolean;
  sequraTimeoutMs: number;
  development: boolean;
  /** The kinds that are looked for. A secret of another kind is checked only where it stands in the file itself. */
  secrets: readonly SecretKind[];
};
/** A secret of a kind that was not asked for is ''. */
type Merchants = { merchants: Map<string, Merchant & MerchantAccount>; apiKeys: ApiKey[] };

const NOTHING: Merchants = { merchants: new Map(), apiKeys: [] };

export function readMerchants(file: string | null, settings: Settings, reader: Reader): Merchants {
  const read = file && reader.attempt('MERCHANTS_FILE', () => ({ document: readJson(file) }));
  if (!read) return NOTHING;
  const { document } = read;

  const parsed = merchantsFile.safeParse(document);
  const secrets = secretsOf(document, settings.development).flatMap(({ path, value, kind, parse }) => {
    const isNeeded = settings.secrets.includes(kind);
    if (!isNeeded && typeof value !== 'string') return [];
    const text = reader.attempt(source(path), () => parse(secretText(value, settings.env)));
    return text === null || !isNeeded ? [] : [{ path, value: text }];
  });
  for (const { path, value } of places(document, 'merchants', 'notify')) {
    const url = isRecord(value) ? value['url'] : undefined;
    if (typeof url === 'string') reader.attempt(source([...path, 'url']), () => httpUrl(settings.allowPlainHttp)(url));
  }
  const mistakes = [
    ...shapeMistakes(parsed.error?.issues ?? []),
    ...crossMistakes(document),
    ...(settings.development ? [] : knownKeys(document)),
    ...repeated(secrets.filter(({ path }) => isTokenPath(path))),
  ];
  for (const { path, text } of mistakes) reader.mistakes.push(`${source(path)}: ${text}`);

  if (!parsed.success) return NOTHING;
  const secretAt = new Map(secrets.map(({ path, value }) => [pointer(path), value]));
  const merchants = parsed.data.merchants.map((entry, index) => merchantOf(entry, index, secretAt, settings));
  return {
    merchants: new Map(merchants.map((merchant) => [merchant.id, merchant])),
    apiKeys: parsed.data.api_keys.map(apiKeyOf),
  };
}

function source(path: Path): string {
  return `MERCHANTS_FILE ${pointer(path)}`.trimEnd();
}

function knownKeys(document: unknown): PlacedMistake[] {
  return places(document, 'api_keys', 'sha256').flatMap(({ path, value }) => {
    const weak = typeof value === 'string' ? weakness.apiKey(value) : null;
    return weak === null ? [] : [{ path, text: `${weak}: ${ONLY_IN_DEVELOPMENT}.` }];
  });
}

function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's message quotes the text.
    const [place = ''] = / \(line \d+ column \d+\)/.exec(String(error)) ?? [];
    throw new Mistake(`is not JSON${place}.`);
  }
}

function merchantOf(
  entry: MerchantEntry,
  index: number,
  secretAt: ReadonlyMap<string, string>,
  settings: Settings,
): Merchant & MerchantAccount {
  const secret = (...path: PropertyKey[]) => secretAt.get(pointer(['merchants', index, ...path])) ?? '';
  return {
    id: entry.id,
    country: entry.country,
    currency: 'EUR',
    username: entry.username,
    password: secret('password'),
    webhookTokens: entry.webhook_tokens.map((_, nth) => secret('webhook_tokens', nth)),
    policy: {
      confirmWithinSeconds: entry.confirm_within_seconds,
      createRetrySeconds: entry.create_retry_seconds,
      onCreateOutcomeUnknown: entry.on_create_outcome_unknown,
      smsLimit: entry.sms_limit,
      settleSeconds: entry.settle_seconds,
      cancelOverdueSeconds: entry.cancel_overdue_seconds,
      sequraTimeoutMs: settings.sequraTimeoutMs,
      ...(entry.sms_reminder_after_seconds !== null && { smsReminderAfterSeconds: entry.sms_reminder_after_seconds }),
      ...(entry.sms_per_phone_per_day !== null && { smsPerPhonePerDay: entry.sms_per_phone_per_day }),
      ...(entry.notify !== undefined && { notify: true }),
    },
    ninChecksum: entry.nin_checksum,
    eventNames: {
      confirm: entry.events.confirm ?? DEFAULT_EVENT_NAMES.confirm,
      cancel: entry.events.cancel ?? DEFAULT_EVENT_NAMES.cancel,
      note: entry.events.note ?? DEFAULT_EVENT_NAMES.note,
      reject: entry.events.reject ?? DEFAULT_EVENT_NAMES.reject,
    },
    notify: entry.notify === undefined ? null : { url: entry.notify.url, secret: secret('notify', 'secret') },
  };
}

function apiKeyOf({ id, sha256, merchants, scopes, expires_at: expiresAt }: ApiKeyEntry): ApiKey {
  return {
    id,
    sha256: sha256.toLowerCase(),
    merchants: isEveryMerchant(merchants) ? '*' : [...merchants],
    scopes,
    ...(expiresAt !== null && { expiresAtMs: Date.parse(expiresAt) }),
  };
}
