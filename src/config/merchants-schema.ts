// The shape of the merchants file (http-api.md, section 8). Every message says what a field must be, and never what it is.
import { z } from 'zod';
import type { EventNames } from '../order/webhook.ts';
import { DEFAULT_EVENT_NAMES } from '../order/webhook.ts';

const must = (rule: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is missing.' : `must be ${rule}.`),
});

const integer = (min: number, max: number) => {
  const rule = must(`an integer from ${min} to ${max}`);
  return z.int(rule).min(min, rule).max(max, rule);
};

const text = (pattern: RegExp, rule: string) => z.string(must(rule)).regex(pattern, must(rule)).meta({ rule });

/** The size is looked at even where an entry is wrong, so that both are said at once. */
const list = <T extends z.ZodType>(item: T, min: number, max: number, rule: string) =>
  z
    .array(item, must(rule))
    .refine((items) => items.length >= min && items.length <= max, {
      ...must(rule),
      when: ({ value }) => Array.isArray(value),
    })
    .meta({ rule });

const DAY_SECONDS = 86_400;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const NAME_RULE = '1 to 64 of A-Z a-z 0-9 _ -';

const SECRET_RULE = 'a string, {"env": "NAME"} or {"file": "PATH"}';
const reference = z.string(must(SECRET_RULE)).min(1, must(SECRET_RULE));
const secret = z
  .union([reference, z.strictObject({ env: reference }), z.strictObject({ file: reference })], must(SECRET_RULE))
  .meta({ rule: SECRET_RULE, secret: true });
export type Secret = z.output<typeof secret>;
export const isSecret = (value: unknown): value is Secret => secret.safeParse(value).success;

const eventNames = z
  .array(
    text(/^[^\s*]{1,200}\*?$|^\*$/, 'an event name, or its beginning with a * behind'),
    must('a list of event names'),
  )
  .optional();

const EVENT_NAMES_RULE = 'a list of names, or of their beginnings with a * behind';

/** How a field stands in docs/reference/settings.md. */
const is = (description: string) => ({ description });
const names = (kind: keyof EventNames, what: string) =>
  eventNames.meta({
    rule: EVENT_NAMES_RULE,
    description: `names of events that ${what}`,
    default: DEFAULT_EVENT_NAMES[kind],
  });

const merchant = z.strictObject(
  {
    id: text(NAME, NAME_RULE).meta(is('the id, a part of every id of its orders')),
    country: z.enum(['ES', 'FR', 'IT', 'PT'], must('ES, FR, IT or PT')).meta(is('of its phone and document numbers')),
    username: text(/^(?! )[^:\p{Cc}]{1,256}(?<! )$/u, '1 to 256 characters without a colon').meta(
      is('its account at seQura'),
    ),
    password: secret.meta(is('of the account')),
    webhook_tokens: list(secret, 1, 2, 'a list of one or two tokens').meta({
      description: 'the end of its webhook address, a secret each: 43 to 256 characters of `A-Z a-z 0-9 - _ . ~`',
      secret: true,
    }),
    confirm_within_seconds: integer(1, 30 * DAY_SECONDS)
      .default(DAY_SECONDS)
      .meta(is('how long a customer has, unless the order says so itself')),
    create_retry_seconds: integer(0, DAY_SECONDS)
      .default(300)
      .meta(is('how long a create that surely did not reach seQura is tried again')),
    on_create_outcome_unknown: z
      .enum(['hold', 'recreate'], must('hold or recreate'))
      .default('hold')
      .meta(is('where nobody knows whether seQura has the order: wait for an operator, or create once more')),
    sms_limit: integer(1, 10).default(3).meta(is('SMS of one order, those that may have been sent included')),
    sms_reminder_after_seconds: integer(1, 30 * DAY_SECONDS)
      .nullable()
      .default(null)
      .meta(
        is(
          'one more SMS, once, after so long a silence since the last; not in the last hour before the deadline, or the last tenth of the customer’s time where that is shorter',
        ),
      ),
    sms_per_phone_per_day: integer(1, 1_000)
      .nullable()
      .default(null)
      .meta(is('SMS to one phone in a day (UTC), over all orders of all merchants; some seconds late')),
    settle_seconds: integer(0, DAY_SECONDS)
      .default(600)
      .meta(is('how long a webhook that may still come is waited for; longer than any gap between tries of seQura')),
    cancel_overdue_seconds: integer(1, 7 * DAY_SECONDS)
      .default(1_800)
      .meta(is('how long a cancel may fail before it is `cancel_overdue`')),
    nin_checksum: z
      .enum(['off', 'warn', 'reject'], must('off, warn or reject'))
      .default('warn')
      .meta(is('what a wrong check character of a document number does')),
    notify: z
      .strictObject(
        {
          url: z
            .string(must('a URL'))
            .meta({ rule: 'a URL' })
            .meta(is('where changes of its orders are posted, https')),
          secret: secret.meta(is('`whsec_` and base64 of at least 24 bytes: what signs them')),
        },
        must('an object of url and secret'),
      )
      .optional(),
    events: z
      .strictObject(
        {
          confirm: names('confirm', 'confirm an order'),
          cancel: names('cancel', 'cancel it'),
          note: names('note', 'are written to its timeline only'),
          reject: names('reject', 'are answered `501`: seQura never repeats them'),
        },
        must('an object of lists of event names'),
      )
      .default({}),
  },
  must('an object'),
);

const KEY_MERCHANTS_RULE = '"*" or a list of one or more merchant ids';
const apiKey = z.strictObject(
  {
    id: text(/^[\x21-\x7e]{1,64}$/, '1 to 64 printable characters without spaces').meta(is('its name in logs')),
    sha256: text(/^[0-9A-Fa-f]{64}$/, 'the SHA-256 of the key in 64 hexadecimal digits').meta(
      is('digest of the key; the key itself stands nowhere'),
    ),
    merchants: z
      .union([z.literal('*'), list(z.string(), 1, Infinity, KEY_MERCHANTS_RULE)], must(KEY_MERCHANTS_RULE))
      .meta({ rule: KEY_MERCHANTS_RULE })
      .meta(is('whose orders it may see')),
    scopes: list(
      z.enum(['orders:read', 'orders:write', 'ops'], must('orders:read, orders:write or ops')),
      1,
      Infinity,
      'a list of one or more scopes',
    ).meta({ rule: 'one or more of orders:read, orders:write, ops', description: 'what it may do' }),
    expires_at: text(
      /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/,
      'a time such as 2026-11-25T10:00:00Z',
    )
      .nullable()
      .default(null)
      .meta(is('from when on it is worth nothing')),
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

/** One mistake for each place; an unknown field is a mistake at its own place. */
export function shapeMistakes(issues: readonly z.core.$ZodIssue[]): { path: PropertyKey[]; text: string }[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], text: 'is not a known field.' }))
      : [{ path: issue.path, text: issue.message }],
  );
}
