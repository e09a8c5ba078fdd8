// Bodies: read as bytes under a limit, then as strict JSON. Whatever goes wrong is a problem of the caller's, never a crash.
import type { Request, Response } from 'express';
import express from 'express';
import { Problem } from './problem.ts';

const MAX_JSON_BYTES = 100 * 1024;

const readers = new Map<number, ReturnType<typeof express.raw>>();

/** The bytes of the body; none are an empty buffer. */
export async function readBytes(req: Request, res: Response, maxBytes: number): Promise<Buffer> {
  // Said before a byte is read: the parser below answers only when everything has arrived.
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const read = readers.get(maxBytes) ?? express.raw({ type: () => true, limit: maxBytes });
  readers.set(maxBytes, read);
  await new Promise<void>((resolve, reject) => {
    read(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(readProblem(error, maxBytes))));
  });
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}

/** The body as JSON; undefined where there is none. */
export async function readJson(req: Request, res: Response): Promise<unknown> {
  const bytes = await readBytes(req, res, MAX_JSON_BYTES);
  if (bytes.length === 0) return undefined;
  const { type, charset } = mediaType(req);
  if (type !== 'application/json' || !/^utf-?8$/.test(charset)) {
    throw new Problem('unsupported_media_type', 'The body must be `application/json` in UTF-8.');
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Problem('malformed_body', 'The body is not JSON in UTF-8.');
  }
}

export async function readRequiredJson(req: Request, res: Response): Promise<unknown> {
  const body = await readJson(req, res);
  if (body === undefined) throw new Problem('malformed_body', 'A JSON body is needed.');
  return body;
}

export function mediaType(req: Request): { type: string; charset: string } {
  const [type = '', ...parameters] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charsets = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/.exec(parameter)?.[1]);
  return { type: type.trim(), charset: charsets.find((charset) => charset !== undefined) ?? 'utf-8' };
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('body_too_large', `The body may have at most ${maxBytes} bytes.`);
}

/** The reader's errors by their status: 413 and 415 as they are, anything else (cut off, not what its headers say) is 400. */
function readProblem(error: unknown, maxBytes: number): Problem {
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (status === 413) return tooLarge(maxBytes);
  return status === 415
    ? new Problem('unsupported_media_type', 'The body has an encoding that is not supported.')
    : new Problem('malformed_body', 'The body did not arrive as its headers announce it.');
}
