// Waiting answers: a wait ends early when the caller goes away, when others are queued behind it, or when the process drains.
import type { Response } from 'express';
import { CROWDED, FOLLOWED, isCrowded, isFollowed } from './pipelining.ts';

/** `endless`: it makes way for the first request that is queued behind it, which would never be answered. */
export function waitSignal(res: Response, draining: AbortSignal | undefined, endless: boolean): AbortSignal {
  const waiting = new AbortController();
  // Not by the option `signal`: Node keeps only the newest of the listeners that would remove others from one target, the others go with the garbage.
  const end = () => {
    draining?.removeEventListener('abort', end);
    waiting.abort();
  };
  draining?.addEventListener('abort', end);
  res.once('close', end);
  res.once(CROWDED, end);
  if (endless) res.once(FOLLOWED, end);
  if (res.destroyed || isCrowded(res) || draining?.aborted || (endless && isFollowed(res))) end();
  return waiting.signal;
}
