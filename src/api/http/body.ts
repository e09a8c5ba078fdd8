// Bodies: read as bytes under a limit, then as strict JSON. Whatever goes wrong is a problem of the caller's, never a crash.
import type { Request, Response } from 'express';
import { CODINGS, isTooLarge } from '../../http/codings.ts';
import type { Parametrised } from './header-values.ts';
import { parametrised } from './header-values.ts';
import { exceeds, repeatsName } from './json.ts';
import { Problem } from './problem.ts';
import { askForBody } from './uploads.ts';

/** The type of every body but a webhook's. */
export const JSON_TYPES = ['application/json'] as const;
const MAX_JSON_BYTES = 100 * 1024;
/** An order has four levels, and some 500 values. */
const MOST = { depth: 32, values: 2_000 };

/** Codings that change nothing. Some clients send a charset here. */
const NO_CODING: ReadonlySet<string> = new Set(['', 'identity', 'none', 'utf-8', 'utf8', 'us-ascii', 'ascii']);
const MOST_CODINGS = 2;

type ReadOptions = {
  maxBytes: number;
  /** Ignores a coding that we do not know, or that the body turns out not to have: its fields may be readable all the same. */
  lenient?: boolean;
};

/** The decoded bytes of the body; an empty buffer where there is no body. */
export async function readBytes(
  req: Request,
  res: Response,
  { maxBytes, lenient = false }: ReadOptions,
): Promise<Buffer> {
  const coded = (req.headers['content-encoding'] ?? '')
    .split(',', MOST_CODINGS * 10)
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => !NO_CODING.has(coding) && (CODINGS.has(coding) || !lenient));
  if (coded.length > MOST_CODINGS || !coded.every((coding) => CODINGS.has(coding))) {
    throw new Problem('unsupported_media_type', `The body may be coded as: ${[...CODINGS.keys()].join(', ')}.`);
  }
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  askForBody(req, res);
  let bytes = await collect(req, maxBytes);
  await res.locals.turn?.step();
  for (const coding of coded.toReversed()) {
    try {
      bytes = CODINGS.get(coding)?.(bytes, { maxOutputLength: maxBytes }) ?? bytes;
    } catch (error) {
      if (isTooLarge(error)) throw tooLarge(maxBytes);
      if (!lenient) throw new Problem('malformed_body', 'The body is not coded as `Content-Encoding` says.');
    }
  }
  return bytes;
}

/** Stops reading at the limit. */
async function collect(req: Request, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('malformed_body', 'The body did not arrive as its headers announce it.');
  }
  return Buffer.concat(chunks);
}

const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** The body as JSON; undefined where there is none. */
export async function readJson(req: Request, res: Response): Promise<unknown> {
  const bytes = await readBytes(req, res, { maxBytes: MAX_JSON_BYTES });
  if (bytes.length === 0) return undefined;
  const { value, parameters } = mediaType(req);
  if (value !== 'application/json' || !UTF8.has((parameters.get('charset') ?? 'utf-8').toLowerCase())) {
    throw new Problem('unsupported_media_type', 'The body must be `application/json` in UTF-8.');
  }
  const text = jsonText(bytes);
  const exceeded = exceeds(text, MOST);
  if (exceeded === 'depth') throw new Problem('malformed_body', `The body may nest at most ${MOST.depth} levels deep.`);
  if (exceeded === 'values') throw new Problem('malformed_body', `The body may hold at most ${MOST.values} values.`);
  const json = parsed(text);
  res.locals.turn?.bodyRead();
  if (repeatsName(text)) throw new Problem('malformed_body', 'An object in the body has two fields of the same name.');
  return json;
}

function jsonText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed_body', 'The body is not JSON in UTF-8.');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Problem('malformed_body', 'The body is not JSON in UTF-8.');
  }
}

export async function readRequiredJson(req: Request, res: Response): Promise<unknown> {
  const body = await readJson(req, res);
  if (body === undefined) throw new Problem('malformed_body', 'A JSON body is needed.');
  return body;
}

function mediaType({ headers }: Pick<Request, 'headers'>): Parametrised {
  return parametrised(headers['content-type'] ?? '');
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('body_too_large', `The body may have at most ${maxBytes} bytes.`);
}
