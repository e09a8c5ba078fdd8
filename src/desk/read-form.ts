// The fields of a form.
import type { Request, Response } from 'express';
import { readBytes } from '../api/http/body.ts';

/** 500 orders with the longest ids, and what they ask. */
const MOST_BYTES = 512 * 1024;

export async function readForm(req: Request, res: Response): Promise<URLSearchParams> {
  const body = await readBytes(req, res, { maxBytes: MOST_BYTES });
  res.locals.turn?.bodyRead();
  return new URLSearchParams(body.toString('utf8'));
}
