// What a browser keeps for us between two requests: encrypted cookies that only this service can read or make.
import { hkdfSync } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import { EncryptJWT, jwtDecrypt } from 'jose';

/** `session`: who has logged in. `login`: what a login that has begun must come back with. */
type Kind = 'session' | 'login';

const LIFE_SECONDS = { session: 3_600, login: 600 } as const satisfies Record<Kind, number>;

export type Cookies = {
  /** What `write` kept; null where there is none that is ours and young enough. */
  read: (req: Request, kind: Kind) => Promise<Record<string, unknown> | null>;
  write: (res: Response, kind: Kind, content: Record<string, string>) => Promise<void>;
  clear: (res: Response, kind: Kind) => void;
};

/** The key is made of `secret`, which every process of the service has. */
export function createCookies(secret: string, isSecure: boolean): Cookies {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'part-payment-orders cookies', 32));
  // With this beginning of the name, browsers take the cookie from this very host only, over TLS.
  const nameOf = (kind: Kind) => `${isSecure ? '__Host-' : ''}orders-${kind}`;
  // Lax: the issuer sends browsers back here, and a stricter cookie would stay behind.
  const options = { httpOnly: true, sameSite: 'lax', secure: isSecure, path: '/' } as const;
  return {
    async read(req, kind) {
      const cookie = parseCookie(req.headers.cookie ?? '')[nameOf(kind)];
      if (cookie === undefined) return null;
      try {
        const { payload } = await jwtDecrypt(cookie, key, {
          audience: kind,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['exp'],
        });
        return payload;
      } catch {
        return null;
      }
    },

    async write(res, kind, content) {
      const text = await new EncryptJWT(content)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(kind)
        .setExpirationTime(`${LIFE_SECONDS[kind]}s`)
        .encrypt(key);
      res.cookie(nameOf(kind), text, { ...options, maxAge: LIFE_SECONDS[kind] * 1_000 });
    },

    clear: (res, kind) => void res.clearCookie(nameOf(kind), options),
  };
}
