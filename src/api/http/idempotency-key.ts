// `Idempotency-Key`: a caller's name for a request, which is carried out once however often it comes (http-api.md, section 3). Only digests of it are
// kept. They are made with the hash of the API key, so they stay the same while payload keys are rotated, and nobody can guess what they are of.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { ApiKey } from '../../config/model.ts';
import type { IdempotencyKey } from '../../gateway/claim-key.ts';
import { unquoted } from './header-values.ts';
import { Problem } from './problem.ts';

const MOST_CHARACTERS = 255;
const VISIBLE = /^[\x21-\x7e]+$/;

/** The header, for the contract of every route that changes an order. */
export const IDEMPOTENCY_KEY = {
  'Idempotency-Key': z
    .string()
    .optional()
    .transform(readIdempotencyKey)
    .meta({
      pattern: String.raw`^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$`,
      maxLength: 2 + 2 * MOST_CHARACTERS,
      description:
        'A name for this request, 1 to 255 visible ASCII characters, plain or in quotes, kept for at least 24 hours. The same request with the same key is carried out once; another request with this key is refused.',
      examples: ['0b7c4c1e-6f0b-4d0e-9a53-3c1f4a1c2d11'],
    }),
} as const;

/** The key in the header; null: there is no header. Throws `malformed_header`. */
function readIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const key = unquoted(header);
  if (key.length <= MOST_CHARACTERS && VISIBLE.test(key)) return key;
  const rule = `1 to ${MOST_CHARACTERS} visible ASCII characters, plain or in quotes`;
  throw new Problem('malformed_header', `The header \`idempotency-key\` must be ${rule}.`);
}

export function keyId(apiKey: ApiKey, key: string): string {
  return digest(apiKey, 'key', key);
}

/** `request`: everything by which two requests are compared, after normalising. */
export function keyedRequest(apiKey: ApiKey, key: string, request: unknown): IdempotencyKey {
  return {
    id: keyId(apiKey, key),
    request: digest(apiKey, 'request', key, JSON.stringify(request, inOrder)),
    summary: `Idempotency key of ${apiKey.id}`,
  };
}

function digest({ sha256 }: ApiKey, ...parts: string[]): string {
  const text = JSON.stringify(['part-payment-orders idempotency', ...parts]);
  return createHmac('sha256', Buffer.from(sha256, 'hex')).update(text).digest('hex').slice(0, 32);
}

/** For `JSON.stringify`: the order of fields does not matter. */
function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
