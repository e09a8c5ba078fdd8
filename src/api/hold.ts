// Held answers: a wait ends early when the caller goes away or the process drains.
import type { Response } from 'express';

export function holdSignal(res: Response, draining: AbortSignal | undefined): AbortSignal {
  const hold = new AbortController();
  const end = () => hold.abort();
  res.once('close', end);
  if (draining?.aborted) end();
  draining?.addEventListener('abort', end, { signal: hold.signal });
  return hold.signal;
}
