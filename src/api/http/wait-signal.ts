// Waiting answers: a wait ends early when the caller goes away, when others are queued behind it, or when the process drains.
import type { Response } from 'express';
import { CROWDED, isCrowded } from './pipelining.ts';

export function waitSignal(res: Response, draining: AbortSignal | undefined): AbortSignal {
  const waiting = new AbortController();
  const end = () => waiting.abort();
  res.once('close', end);
  res.once(CROWDED, end);
  if (res.destroyed || isCrowded(res) || draining?.aborted) end();
  draining?.addEventListener('abort', end, { signal: waiting.signal });
  return waiting.signal;
}
