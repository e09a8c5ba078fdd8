// What the document says of the API as a whole.
import type { Contract } from '../route.ts';

export const INFO = {
  title: 'Part-payment orders',
  version: '1.0.0',
  summary: 'Place a part-payment order at seQura, and be told what becomes of it',
  description: `A till or a web shop places an order; the customer gets an SMS with a link, and signs, or does not. This service carries the order through, whatever fails on the way, until it ends right or asks a human.

Place the order with \`POST /v1/orders\`, then wait with \`GET /v1/orders/{id}\` until \`closed_at\` is set and \`attention\` is null. **Hand over goods only where \`status\` is \`confirmed\` and \`attention\` is null.**

- Every request under \`/v1\` carries \`Authorization: Bearer <api key>\`. An order of a merchant that is not the key's is answered as one that does not exist.
- Names are snake_case, money is in whole cents, times are RFC 3339 in UTC.
- Errors are \`application/problem+json\` (RFC 9457): decide by \`code\`. Where no answer comes, or a 5xx or 429, repeat the very same request after \`Retry-After\` seconds.
- An address without a route is answered 404 \`route_not_found\`, a method that an address does not take 405 \`method_not_allowed\` with \`Allow\`. Each \`GET\` can be asked with \`HEAD\`.
- Answers may get new fields, and lists of words new words: ignore fields that you do not know, and take a word that you do not know for one that asks a human.`,
  contact: { name: 'The operators of this service' },
};

export const SERVERS = [
  { url: '/', description: 'Where this document comes from: local, staging or production', 'x-internal': false },
];

export const TAGS = [
  { name: 'orders', description: 'What a till or a web shop does with orders.' },
  { name: 'notifications', description: 'What is asked for about a merchant’s endpoint.' },
  // Not the tag of a path as well: openapi-generator writes a file for each tag, and those of paths and of webhooks over one another.
  { name: 'webhooks', description: 'What a merchant’s endpoint is told of orders.' },
  { name: 'seQura', description: 'What seQura calls.' },
  { name: 'reference', description: 'This document.' },
];

/** By where a route is; null for what nobody calls by the document. */
const TAG_OF: readonly [path: RegExp, tag: string | null][] = [
  [/^\/v1\/orders\b/, 'orders'],
  [/^\/v1\/notifications\b/, 'notifications'],
  [/^\/webhooks\/sequra\/probe$/, null],
  [/^\/webhooks\b/, 'seQura'],
  [/^\/docs\b/, null],
  [/^/, 'reference'],
];

export function tagOf({ path }: Pick<Contract, 'path'>): string | null {
  return TAG_OF.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
