// The shape of the merchants file (http-api.md, section 8). Every message says what a field must be, and never what it is.
import { z } from 'zod';

const must = (rule: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is missing.' : `must be ${rule}.`),
});

const integer = (min: number, max: number) => {
  const rule = must(`an integer from ${min} to ${max}`);
  return z.int(rule).min(min, rule).max(max, rule);
};

const text = (pattern: RegExp, rule: string) => z.string(must(rule)).regex(pattern, must(rule));

/** The size is looked at even where an entry is wrong, so that both are said at once. */
const list = <T extends z.ZodType>(item: T, min: number, max: number, rule: string) =>
  z.array(item, must(rule)).refine((items) => items.length >= min && items.length <= max, {
    ...must(rule),
    when: ({ value }) => Array.isArray(value),
  });

const DAY_SECONDS = 86_400;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const NAME_RULE = '1 to 64 of A-Z a-z 0-9 _ -';

const SECRET_RULE = 'a string, {"env": "NAME"} or {"file": "PATH"}';
const reference = z.string(must(SECRET_RULE)).min(1, must(SECRET_RULE));
const secret = z.union(
  [reference, z.strictObject({ env: reference }), z.strictObject({ file: reference })],
  must(SECRET_RULE),
);
export type Secret = z.output<typeof secret>;
export const isSecret = (value: unknown): value is Secret => secret.safeParse(value).success;

const eventNames = z
  .array(
    text(/^[^\s*]{1,200}\*?$|^\*$/, 'an event name, or its beginning with a * behind'),
    must('a list of event names'),
  )
  .optional();

const merchant = z.strictObject(
  {
    id: text(NAME, NAME_RULE),
    country: z.enum(['ES', 'FR', 'IT', 'PT'], must('ES, FR, IT or PT')),
    username: text(/^(?! )[^:\p{Cc}]{1,256}(?<! )$/u, '1 to 256 characters without a colon'),
    password: secret,
    webhook_tokens: list(secret, 1, 2, 'a list of one or two tokens'),
    confirm_within_seconds: integer(1, 30 * DAY_SECONDS).default(DAY_SECONDS),
    create_retry_seconds: integer(0, DAY_SECONDS).default(300),
    on_create_outcome_unknown: z.enum(['hold', 'recreate'], must('hold or recreate')).default('hold'),
    sms_limit: integer(1, 10).default(3),
    settle_seconds: integer(0, DAY_SECONDS).default(600),
    cancel_overdue_seconds: integer(1, 7 * DAY_SECONDS).default(1_800),
    nin_checksum: z.enum(['off', 'warn', 'reject'], must('off, warn or reject')).default('warn'),
    notify: z.strictObject({ url: z.string(must('a URL')), secret }, must('an object of url and secret')).optional(),
    events: z
      .strictObject(
        { confirm: eventNames, cancel: eventNames, note: eventNames, reject: eventNames },
        must('an object of lists of event names'),
      )
      .default({}),
  },
  must('an object'),
);

const KEY_MERCHANTS_RULE = '"*" or a list of one or more merchant ids';
const apiKey = z.strictObject(
  {
    id: text(/^[\x21-\x7e]{1,64}$/, '1 to 64 printable characters without spaces'),
    sha256: text(/^[0-9A-Fa-f]{64}$/, 'the SHA-256 of the key in 64 hexadecimal digits'),
    merchants: z.union([z.literal('*'), list(z.string(), 1, Infinity, KEY_MERCHANTS_RULE)], must(KEY_MERCHANTS_RULE)),
    scopes: list(
      z.enum(['orders:read', 'orders:write', 'ops'], must('orders:read, orders:write or ops')),
      1,
      Infinity,
      'a list of one or more scopes',
    ),
  },
  must('an object'),
);

export const merchantsFile = z.strictObject(
  {
    merchants: list(merchant, 1, Infinity, 'a list of one or more merchants'),
    api_keys: z.array(apiKey, must('a list')).default([]),
  },
  must('an object'),
);

type MerchantsFile = z.output<typeof merchantsFile>;
export type MerchantEntry = MerchantsFile['merchants'][number];
export type ApiKeyEntry = MerchantsFile['api_keys'][number];

/** One for each place; a field that nobody knows is a mistake at its own place. */
export function shapeMistakes(issues: readonly z.core.$ZodIssue[]): { path: PropertyKey[]; text: string }[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], text: 'is not a known field.' }))
      : [{ path: issue.path, text: issue.message }],
  );
}
