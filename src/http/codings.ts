// Content codings that are understood, of answers and of requests alike (RFC 9110, section 8.4.1).
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

/** Throws where the bytes are not coded so, and an error with the code `ERR_BUFFER_TOO_LARGE` beyond the limit. */
type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;

export const CODINGS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  // Some servers leave out the zlib wrapper that the standard asks for.
  ['deflate', (bytes, options) => (((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync : inflateRawSync)(bytes, options)],
  ['br', brotliDecompressSync],
  ['zstd', zstdDecompressSync],
]);

export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
