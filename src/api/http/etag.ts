// The ETag of an order is its revision: one resource, one number that rises with every visible change.
import type { OrderView } from '../../order/view.ts';

export function etag({ revision }: OrderView): string {
  return `"${revision}"`;
}

/**
 * Whether `If-None-Match` names this order as it is: weak comparison (RFC 9110, section 13.1.2). A proxy that compresses answers adds the
 * coding to the tag, in its own style; the number in front is ours.
 */
export function matchesEtag(ifNoneMatch: string, { revision }: OrderView): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  // Split at quotes, odd pieces are quoted tags; a last piece without a closing quote is none.
  const pieces = ifNoneMatch.split('"');
  return pieces.some((tag, at) => at % 2 === 1 && at < pieces.length - 1 && revisionOf(tag) === String(revision));
}

const CODED =
  /^(\d{1,16})(?:[-;:+/_.]{1,2}(?:x-)?(?:gzip|gz|br|brotli|deflate|zstd|zstandard|compress|identity)){0,3}$/i;

function revisionOf(tag: string): string | null {
  return CODED.exec(tag.trim())?.[1] ?? null;
}
