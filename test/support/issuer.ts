// An OpenID provider on loopback: discovery, keys, login without a password, and tokens, good and bad.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CryptoKey, JWTPayload } from 'jose';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const AUDIENCE = 'part-payment-orders';
export const CLIENT = { clientId: 'desk', clientSecret: 'a-client-secret-of-tests' };

type Code = { nonce: string; challenge: string; redirectUri: string };
type SigningKey = { kid: string; privateKey: CryptoKey; publicKey: CryptoKey };

export type TestIssuer = {
  url: string;
  /** Whoever logs in next; null: the login is refused. */
  claims: JWTPayload | null;
  /** Also given to whoever logs in. */
  idClaims: JWTPayload;
  /** Paths that were asked for. */
  asked: string[];
  key: () => SigningKey;
  token: (claims?: JWTPayload, key?: SigningKey) => Promise<string>;
  /** From now on with another key; the old one is not published any more. */
  roll: () => Promise<void>;
  goOffline: () => Promise<void>;
  goOnline: () => Promise<void>;
};

export const READER = { sub: 'r1', preferred_username: 'rita', roles: ['orders-reader'] };
export const OPERATOR = { sub: 'o1', preferred_username: 'olga', roles: ['something', 'orders-operator'] };

export async function newKey(): Promise<SigningKey> {
  return { kid: randomBytes(6).toString('hex'), ...(await generateKeyPair('ES256', { extractable: true })) };
}

export async function startIssuer(): Promise<TestIssuer & AsyncDisposable> {
  let key = await newKey();
  let server: Server | null = null;
  let port = 0;
  const codes = new Map<string, Code>();
  const sign = (claims: JWTPayload, audience: string, with_: SigningKey) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: with_.kid })
      .setIssuer(issuer.url)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? '5m')
      .sign(with_.privateKey);

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '', issuer.url);
    issuer.asked.push(url.pathname);
    const json = (status: number, body: unknown) =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return void json(200, {
          issuer: issuer.url,
          authorization_endpoint: `${issuer.url}/authorize`,
          token_endpoint: `${issuer.url}/token`,
          jwks_uri: `${issuer.url}/keys`,
          end_session_endpoint: `${issuer.url}/end`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['ES256'],
          code_challenge_methods_supported: ['S256'],
        });
      case '/keys':
        return void json(200, {
          keys: [{ ...(await exportJWK(key.publicKey)), kid: key.kid, alg: 'ES256', use: 'sig' }],
        });
      case '/authorize': {
        const { searchParams: query } = url;
        const back = new URL(query.get('redirect_uri') ?? '');
        back.searchParams.set('state', query.get('state') ?? '');
        if (issuer.claims === null) back.searchParams.set('error', 'access_denied');
        else {
          const code = randomBytes(9).toString('base64url');
          codes.set(code, {
            nonce: query.get('nonce') ?? '',
            challenge: query.get('code_challenge') ?? '',
            redirectUri: query.get('redirect_uri') ?? '',
          });
          back.searchParams.set('code', code);
        }
        return void res.writeHead(302, { location: back.href }).end();
      }
      case '/token': {
        const body = new URLSearchParams(Buffer.concat(await req.toArray()).toString());
        const given = body.get('code') ?? '';
        const code = codes.get(given);
        codes.delete(given);
        const [, basic = ''] = /^Basic (.*)$/.exec(req.headers.authorization ?? '') ?? [];
        const client = Buffer.from(basic, 'base64').toString().split(':').map(decodeURIComponent).join(':');
        const challenge = createHash('sha256')
          .update(body.get('code_verifier') ?? '')
          .digest('base64url');
        const isGood =
          code?.challenge === challenge &&
          code.redirectUri === body.get('redirect_uri') &&
          client === `${CLIENT.clientId}:${CLIENT.clientSecret}`;
        if (!isGood || issuer.claims === null) return void json(400, { error: 'invalid_grant' });
        return void json(200, {
          access_token: await sign(issuer.claims, AUDIENCE, key),
          token_type: 'bearer',
          expires_in: 300,
          id_token: await sign({ ...issuer.claims, nonce: code.nonce, ...issuer.idClaims }, CLIENT.clientId, key),
        });
      }
      default:
        return void res.writeHead(404).end();
    }
  }

  const issuer: TestIssuer & AsyncDisposable = {
    url: '',
    claims: OPERATOR,
    idClaims: {},
    asked: [],
    key: () => key,
    token: (claims = OPERATOR, with_ = key) => sign(claims, AUDIENCE, with_),
    async roll() {
      key = await newKey();
    },
    async goOffline() {
      const closing = server;
      server = null;
      if (closing === null) return;
      const closed = once(closing, 'close');
      closing.close();
      closing.closeAllConnections();
      await closed;
    },
    async goOnline() {
      server = createServer((req, res) => void answer(req, res)).listen(port, '127.0.0.1');
      await once(server, 'listening');
      ({ port } = server.address() as AddressInfo);
      issuer.url = `http://127.0.0.1:${port}`;
    },
    [Symbol.asyncDispose]: () => issuer.goOffline(),
  };
  await issuer.goOnline();
  return issuer;
}
