// Checks the headers of a request, whatever its route.
import type { Request, RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** Headers that hold one value (RFC 9110, and our own). Of two, Node would silently keep one, or join them. */
const SINGLE: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'from',
  'host',
  'idempotency-key',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'range',
  'referer',
  'request-id',
  'user-agent',
]);

/** In JSON Schema: no header is longer than all of them may be (server.ts). */
export const HEADER_VALUE = { maxLength: 16 * 1024, pattern: String.raw`^[^\r\n]*$` };

/** Throws `malformed_header` and `expectation_failed`. */
export const checkHeaders: RequestHandler = (req, _res, next) => {
  const repeated = repeatedHeader(req);
  if (repeated !== null) throw new Problem('malformed_header', `The header \`${repeated}\` may be given only once.`);
  if (req.httpVersion !== '1.0') {
    if (req.headers.host === undefined) throw new Problem('malformed_header', 'The header `host` is missing.');
    const expected = req.headers.expect?.trim().toLowerCase() ?? '100-continue';
    if (expected !== '100-continue') {
      throw new Problem('expectation_failed', 'The one expectation that can be met is `100-continue`.');
    }
  }
  next();
};

/** The first single-valued header that is sent twice. */
function repeatedHeader({ rawHeaders }: Request): string | null {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}
