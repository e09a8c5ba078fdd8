// API keys: who calls, what the key allows, and which merchants it sees.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { ApiKey, Scope } from '../../config/model.ts';
import { Problem } from './problem.ts';

/** The configured key that `Authorization` presents, if any; one that has expired is none. */
export function presentedKey(
  apiKeys: readonly ApiKey[],
  authorization: string | undefined,
  nowMs = Date.now(),
): ApiKey | null {
  const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) return null;
  const key = findBySecret(apiKeys, token, ({ sha256 }) => Buffer.from(sha256, 'hex'));
  return key !== null && isLive(key, nowMs) ? key : null;
}

export function isLive({ expiresAtMs = Infinity }: ApiKey, nowMs: number): boolean {
  return nowMs < expiresAtMs;
}

/** The entry with the SHA-256 of the secret. Compares every entry, so that the time taken tells nothing. */
export function findBySecret<T>(entries: readonly T[], secret: string, sha256Of: (entry: T) => Buffer): T | null {
  const presented = sha256(secret);
  let found: T | null = null;
  for (const entry of entries) {
    const expected = sha256Of(entry);
    if (expected.length === presented.length && timingSafeEqual(expected, presented)) found = entry;
  }
  return found;
}

export function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** 401 without a valid key. */
export const authenticated: RequestHandler = (_req, res, next) => {
  if (res.locals.apiKey === undefined) {
    res.locals.wrongSecret = true;
    throw new Problem('unauthenticated', 'Send `Authorization: Bearer <api key>`.', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
  next();
};

/** 403 without any of the scopes. */
export function scoped(...scopes: readonly Scope[]): RequestHandler {
  return (_req, res, next) => {
    if (!callerOf(res).scopes.some((scope) => scopes.includes(scope))) {
      const named = scopes.map((scope) => `\`${scope}\``).join(' or ');
      throw new Problem('forbidden', `The API key lacks the scope ${named}.`);
    }
    next();
  };
}

/** The key of a request that passed `authenticated`. */
export function callerOf(res: Response): ApiKey {
  const { apiKey } = res.locals;
  if (apiKey === undefined) throw new TypeError('the request was not authenticated');
  return apiKey;
}

export function sees({ merchants }: ApiKey, merchantId: string): boolean {
  return merchants === '*' || merchants.includes(merchantId);
}
