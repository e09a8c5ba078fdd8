// The secrets of the merchants file: each a string, or the name of a variable or file that holds it.
import type { Path, Place } from './merchants-checks.ts';
import { isRecord, listIn, places } from './merchants-checks.ts';
import type { Secret } from './merchants-schema.ts';
import { isSecret } from './merchants-schema.ts';
import { Mistake } from './mistake.ts';
import { matching, plainText, strong } from './parsers.ts';
import type { Env, Parser } from './variables.ts';
import { fileText, tidyValue, variable } from './variables.ts';
import { weakness } from './weak.ts';

/** A process has the secrets that it needs, and never looks for the others: the API takes webhooks, the worker makes calls. */
export type SecretKind = 'password' | 'webhook_token' | 'notify_secret';

const webhookToken = matching(/^[A-Za-z0-9_.~-]{43,256}$/, '43 to 256 characters of A-Z a-z 0-9 - _ . ~');

/** Standard Webhooks' form of a secret. */
const notifySecret = matching(
  /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/,
  'whsec_ and base64',
);

type FoundSecret = Place<Secret> & { kind: SecretKind; parse: Parser<string> };

/** Finds every secret of well-formed shape, and what it must look like. */
export function secretsOf(document: unknown, development: boolean): FoundSecret[] {
  const parsers: Record<SecretKind, Parser<string>> = {
    password: plainText,
    webhook_token: strong(webhookToken, development, weakness.webhookToken),
    notify_secret: strong(notifySecret, development, weakness.notifySecret),
  };
  const tokens = listIn(document, 'merchants').flatMap((merchant, index) =>
    listIn(merchant, 'webhook_tokens').map((value, nth) => ({
      path: ['merchants', index, 'webhook_tokens', nth],
      value,
      kind: 'webhook_token' as const,
    })),
  );
  const notify = places(document, 'merchants', 'notify').map(({ path, value }) => ({
    path: [...path, 'secret'],
    value: isRecord(value) ? value['secret'] : undefined,
    kind: 'notify_secret' as const,
  }));
  const passwords = places(document, 'merchants', 'password').map((place) => ({ ...place, kind: 'password' as const }));
  return [...passwords, ...tokens, ...notify].flatMap(({ value, ...rest }) =>
    isSecret(value) ? [{ ...rest, value, parse: parsers[rest.kind] }] : [],
  );
}

export function secretText(secret: Secret, env: Env): string {
  if (typeof secret === 'string') return tidyValue(secret);
  if ('file' in secret) return fileText(secret.file);
  const text = variable(env, secret.env).text();
  if (text === null) throw new Mistake('names a variable that is not set.');
  return text;
}

export function isTokenPath(path: Path): boolean {
  return path.includes('webhook_tokens');
}
