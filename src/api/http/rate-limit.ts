// How often one key may ask this process, told in every answer to it (draft-ietf-httpapi-ratelimit-headers-10).
import type { RequestHandler } from 'express';
import type { ApiKey } from '../../config/model.ts';
import { Problem } from './problem.ts';

const WINDOW_SECONDS = 1;

type Window = { endsAtMs: number; used: number };

/** Counts the requests of known keys; throws `rate_limited`. It never waits, so a lane is charged for all that follows. `perSecond` 0: no limit. */
export function rateLimited(perSecond: number, nowMs = () => performance.now()): RequestHandler {
  const quota = perSecond * WINDOW_SECONDS;
  const windows = new WeakMap<ApiKey, Window>();

  function windowOf(apiKey: ApiKey, atMs: number): Window {
    const present = windows.get(apiKey);
    if (present !== undefined && atMs < present.endsAtMs) return present;
    const next = { endsAtMs: atMs + WINDOW_SECONDS * 1000, used: 0 };
    windows.set(apiKey, next);
    return next;
  }

  return (_req, res, next) => {
    const { apiKey } = res.locals;
    if (apiKey === undefined || quota === 0) return next();
    const atMs = nowMs();
    const window = windowOf(apiKey, atMs);
    const isOver = window.used >= quota;
    if (!isOver) window.used += 1;
    const seconds = Math.ceil((window.endsAtMs - atMs) / 1000);
    res.set('RateLimit-Policy', `"default";q=${quota};w=${WINDOW_SECONDS}`);
    res.set('RateLimit', `"default";r=${quota - window.used};t=${seconds}`);
    if (isOver) {
      throw new Problem('rate_limited', `This key may ask ${quota} times in ${WINDOW_SECONDS} s; nothing was done.`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
    next();
  };
}
