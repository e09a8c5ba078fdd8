// The OpenID provider (issuer) that knows the people: its discovery document and keys are fetched when they are needed, and kept for a while.
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { createRemoteJWKSet, customFetch, errors, jwtVerify } from 'jose';
import * as client from 'openid-client';
import type { LoginConfig } from '../config/model.ts';

/** It does not answer, or answers what cannot be used. */
export class IssuerAwayError extends Error {
  override readonly name = 'IssuerAwayError';
}

/** What a caller presented proves nothing. */
export class NotVouchedForError extends Error {
  override readonly name = 'NotVouchedForError';
}

export type Claims = JWTPayload;

/** What a login that has begun must come back with. */
type Begun = { state: string; nonce: string; verifier: string };

export type Issuer = {
  /** The claims of an access token. */
  verify: (token: string) => Promise<Claims>;
  /** `url`: where the browser is sent. */
  begin: () => Promise<Begun & { url: URL }>;
  /** The claims about whoever has come back to `url`. */
  finish: (url: URL, begun: Begun) => Promise<Claims>;
  /** Where the browser ends its session there; null where the issuer has no such page. */
  end: () => Promise<URL | null>;
};

/** Signatures that need the issuer's private key: with an algorithm of a shared secret, its public key would be the secret. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_TOLERANCE_SECONDS = 10;
const MOST_TOKEN_CHARACTERS = 8_192;

const CALL_TIMEOUT_MS = 3_000;
const MOST_ANSWER_BYTES = 512 * 1024;
/** How long an issuer that did not answer is not asked again; nor for its keys, by tokens of a key that nobody knows. */
const PAUSE_MS = 2_000;
const DISCOVERY_FRESH_MS = 3_600_000;
const KEYS_FRESH_MS = 600_000;

type Found = { config: client.Configuration; keys: JWTVerifyGetKey; until: number };

export function createIssuer(login: LoginConfig, clock: () => number = Date.now): Issuer {
  const { audience, browser } = login;
  const plainHttp = login.issuer.startsWith('http:');
  let found: Found | null = null;
  let failedAt = -Infinity;
  let looking: Promise<Found | null> | null = null;

  async function look(): Promise<Found> {
    const config = await client.discovery(
      new URL(login.issuer),
      browser?.clientId ?? audience,
      undefined,
      browser === null ? client.None() : secretAsWanted(browser.clientSecret),
      {
        [client.customFetch]: boundedFetch,
        timeout: CALL_TIMEOUT_MS / 1_000,
        execute: [client.enableNonRepudiationChecks, ...(plainHttp ? [client.allowInsecureRequests] : [])],
      },
    );
    const { jwks_uri: jwksUri = '' } = config.serverMetadata();
    const url = URL.canParse(jwksUri) ? new URL(jwksUri) : null;
    if (url === null || (url.protocol !== 'https:' && !plainHttp)) throw new IssuerAwayError('no keys');
    const keys = createRemoteJWKSet(url, {
      timeoutDuration: CALL_TIMEOUT_MS,
      cooldownDuration: PAUSE_MS,
      cacheMaxAge: KEYS_FRESH_MS,
      [customFetch]: pausing(boundedFetch, clock),
    });
    return { config, keys, until: clock() + DISCOVERY_FRESH_MS };
  }

  /** One that has become old serves until there is a new one. */
  async function current(): Promise<Found> {
    if (found !== null && clock() < found.until) return found;
    if (looking === null && clock() - failedAt >= PAUSE_MS) {
      looking = look()
        .catch((): null => {
          failedAt = clock();
          return null;
        })
        .finally(() => (looking = null));
    }
    found = (await looking) ?? found;
    if (found === null) throw new IssuerAwayError('cannot be discovered');
    return found;
  }

  async function verify(token: string): Promise<Claims> {
    if (token.length > MOST_TOKEN_CHARACTERS) throw new NotVouchedForError('too long');
    const { config, keys } = await current();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: config.serverMetadata().issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      throw isAway(error) ? new IssuerAwayError('its keys cannot be had') : new NotVouchedForError('refused');
    }
  }

  const redirectUri = () => `${browser?.url ?? ''}${CALLBACK_PATH}`;

  return {
    verify,

    async begin() {
      const { config } = await current();
      const begun = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri(),
        scope: login.scope,
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      });
      return { ...begun, url };
    },

    async finish(url, { state, nonce, verifier }) {
      const { config } = await current();
      try {
        const tokens = await client.authorizationCodeGrant(config, url, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims: Claims = { ...tokens.claims() };
        // Some issuers put roles into access tokens only.
        return claimAt(claims, login.rolesClaim) === undefined
          ? { ...(await verify(tokens.access_token)), ...claims }
          : claims;
      } catch (error) {
        if (isAway(error)) throw new IssuerAwayError('the code cannot be redeemed');
        throw new NotVouchedForError('refused');
      }
    },

    async end() {
      const { config } = await current();
      if (config.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(config);
    },
  };
}

export const CALLBACK_PATH = '/login/callback';

/** By its whole name, or as a path of names with dots between them. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[part]
        : undefined;
  }
  return value;
}

/** In the body where the issuer says that it takes that; otherwise as every issuer does. */
function secretAsWanted(secret: string): client.ClientAuth {
  const [inBody, asHeader] = [client.ClientSecretPost(secret), client.ClientSecretBasic(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported;
    return (methods?.includes('client_secret_post') === true ? inBody : asHeader)(server, ...rest);
  };
}

/** Our own errors stand below those of the libraries. */
function isAway(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if (cause instanceof IssuerAwayError || cause instanceof errors.JWKSTimeout) return true;
  }
  return false;
}

type Fetch = (url: string, options: { signal?: AbortSignal | null | undefined }) => Promise<Response>;

/** Answers that are too long, late, or of a broken server are none. */
const boundedFetch: Fetch = async (url, options) => {
  try {
    const timeout = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const answer = await fetch(url, { ...options, redirect: 'manual', signal });
    if (answer.status >= 500) throw new IssuerAwayError(`answered ${answer.status}`);
    const body = await bytesOf(answer);
    return new Response(body.length === 0 ? null : body, { status: answer.status, headers: answer.headers });
  } catch (error) {
    throw new IssuerAwayError('does not answer', { cause: error });
  }
};

async function bytesOf({ body }: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MOST_ANSWER_BYTES) throw new RangeError('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** After a failure, the same question waits. */
function pausing(ask: Fetch, clock: () => number): Fetch {
  let failedAt = -Infinity;
  return async (url, options) => {
    if (clock() - failedAt < PAUSE_MS) throw new IssuerAwayError('asked a moment ago');
    try {
      return await ask(url, options);
    } catch (error) {
      failedAt = clock();
      throw error;
    }
  };
}
