// Query strings: each parameter at most once, none unknown.
import type { Request } from 'express';
import type { z } from 'zod';
import { fieldError, invalid, shortName, validated } from './validation.ts';

/** Far more than any route has. A query with more is refused unread. */
const MOST_PARAMETERS = 20;

/** The parameters as the schema reads them. Throws `invalid_query`. */
export function readQuery<S extends z.ZodType>(req: Pick<Request, 'originalUrl'>, schema: S) {
  const start = req.originalUrl.indexOf('?');
  const query = start === -1 ? '' : req.originalUrl.slice(start + 1);
  if (query.split('&', MOST_PARAMETERS + 1).length > MOST_PARAMETERS) {
    throw invalid('invalid_query', [fieldError([], { code: 'too_long', names: `${MOST_PARAMETERS} parameters` })]);
  }
  const seen = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (seen.has(name)) repeated.add(shortName(name));
    seen.set(name, value);
  }
  if (repeated.size > 0) {
    throw invalid(
      'invalid_query',
      [...repeated].map((name) => fieldError([name], { code: 'repeated' })),
    );
  }
  return validated(schema, Object.fromEntries(seen), 'invalid_query');
}
