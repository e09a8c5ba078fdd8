// How the text of each kind of setting becomes its value.
import { isIPv6 } from 'node:net';
import { parseOrderId } from '../order/ids.ts';
import { Mistake } from './mistake.ts';
import type { Parser } from './variables.ts';
import { ONLY_IN_DEVELOPMENT, weakness } from './weak.ts';

/** `rule` completes "must be …". */
export function parser<T>(rule: string, parse: (text: string) => T): Parser<T> {
  return Object.assign((text: string) => parse(text), { rule });
}

/** Marks the parser of a secret. */
export function secret<T>(parse: Parser<T>): Parser<T> {
  return Object.assign((text: string) => parse(text), { rule: parse.rule, isSecret: true as const });
}

export function integer(min: number, max: number): Parser<number> {
  const rule = `an integer from ${min} to ${max}`;
  return parser(rule, (text) => {
    const value = /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new Mistake(`must be ${rule}.`);
  });
}

export function oneOf<T extends string>(choices: readonly T[]): Parser<T> {
  const rule = `one of ${choices.join(', ')}`;
  return parser(rule, (text) => {
    const choice = choices.find((choice) => choice === text);
    if (choice === undefined) throw new Mistake(`must be ${rule}.`);
    return choice;
  });
}

const trueOrFalse = oneOf(['true', 'false']);
export const flag = parser(trueOrFalse.rule, (text) => trueOrFalse(text) === 'true');

export function matching(pattern: RegExp, rule: string): Parser<string> {
  return parser(rule, (text) => {
    if (!pattern.test(text)) throw new Mistake(`must be ${rule}.`);
    return text;
  });
}

/** Any text. Blanks or quotes around it are a slip that would go unnoticed. */
export const plainText = parser('a text without blanks or quotes around it', (text) => {
  if (text.trim() !== text) throw new Mistake('must not begin or end with a blank.');
  if (/^(["']).*\1$/su.test(text)) throw new Mistake('must not be in quotes.');
  return text;
});

/** Refuses what `weakness` finds, unless it is for development. */
export function strong<T>(parse: Parser<T>, development: boolean, weakness: (value: T) => string | null): Parser<T> {
  return parser(parse.rule, (text) => {
    const value = parse(text);
    const weak = development ? null : weakness(value);
    if (weak !== null) throw new Mistake(`${weak}: ${ONLY_IN_DEVELOPMENT}.`);
    return value;
  });
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** https; http to a loopback host, and to any where plain http is allowed. Without credentials and fragment. */
export function httpUrl(allowPlainHttp: boolean): Parser<URL> {
  return parser('an https URL; http to a loopback host, or with ALLOW_PLAIN_HTTP=true', (text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new Mistake('must be an http or https URL.');
    if (url.protocol === 'http:' && !allowPlainHttp && !LOOPBACK.test(url.hostname)) {
      throw new Mistake('must be https; http is for a loopback host, or anywhere with ALLOW_PLAIN_HTTP=true.');
    }
    if (url.username !== '' || url.password !== '') throw new Mistake('must not hold a user name or a password.');
    if (url.hash !== '') throw new Mistake('must not have a fragment.');
    return url;
  });
}

/** Scheme, host and port; whatever path it has is dropped. */
export function baseUrl(allowPlainHttp: boolean): Parser<string> {
  const parse = httpUrl(allowPlainHttp);
  return parser(parse.rule, (text) => {
    const url = parse(text);
    if (url.search !== '') throw new Mistake('must not have a query.');
    return url.origin;
  });
}

export const origins = parser('origins such as http://localhost:8233, with commas between them', (text) =>
  text.split(',').map((entry, index) => {
    const url = URL.canParse(entry.trim()) ? new URL(entry.trim()) : null;
    const isOrigin = url !== null && ['http:', 'https:'].includes(url.protocol) && url.href === `${url.origin}/`;
    if (!isOrigin) throw new Mistake(`entry ${index + 1} must be an origin such as http://localhost:8233.`);
    return url.origin;
  }),
);

/** Names or addresses without a port, in lower case. */
export const hostNames = parser('host names or IP addresses without a port, with commas between them', (text) =>
  text.split(',').map((entry, index) => {
    const name = entry.trim().toLowerCase();
    if (/^[a-z0-9._-]{1,253}$/.test(name) || isIPv6(name)) return name;
    throw new Mistake(`entry ${index + 1} must be a host name or an IP address, without a port.`);
  }),
);

/** RFC 3339, as `Date#toISOString` writes it. */
export const time: Parser<string | null> = parser('a time such as 2026-11-25T10:00:00Z', (text) => {
  const ms = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(ms)) throw new Mistake('must be a time such as 2026-11-25T10:00:00Z.');
  return new Date(ms).toISOString();
});

const ZONE = 'the name of a time zone such as Europe/Madrid';
export const timeZone: Parser<string | null> = parser(ZONE, (text) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new Mistake(`must be ${ZONE}.`);
  }
});

export const orderIds = parser<ReadonlySet<string>>('ids of orders, between blanks, commas or line ends', (text) => {
  const ids = text.split(/[\s,]+/).filter((id) => id !== '');
  for (const [index, id] of ids.entries())
    if (parseOrderId(id) === null) throw new Mistake(`entry ${index + 1} must be the id of an order.`);
  return new Set(ids);
});

/** `kid:base64key[,kid:base64key]`; 43 digits of base64 are 32 bytes. */
export function payloadKeys(development: boolean): Parser<{ id: string; key: Buffer }[]> {
  const parse = parser('id:key[,id:key], each key 32 bytes in base64; the first one encrypts', (text) => {
    const keys = text.split(',').map((entry, index) => {
      const [, id, key] = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/.exec(entry.trim()) ?? [];
      if (id === undefined || key === undefined) {
        throw new Mistake(
          `entry ${index + 1} must be an id (1 to 64 of A-Z a-z 0-9 _ -), a colon and 32 bytes in base64.`,
        );
      }
      const bytes = Buffer.from(key, 'base64');
      const weak = development ? null : weakness.payloadKey(bytes);
      if (weak !== null) throw new Mistake(`entry ${index + 1} ${weak}: ${ONLY_IN_DEVELOPMENT}.`);
      return { id, key: bytes };
    });
    const repeated = keys.findIndex(({ id }, index) => keys.findIndex((other) => other.id === id) < index);
    if (repeated !== -1) throw new Mistake(`entry ${repeated + 1} has the id of an earlier one.`);
    return keys;
  });
  return secret(parse);
}
