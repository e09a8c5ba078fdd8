// Who may read payloads: people with tokens of a real issuer, and browsers that have logged in, against a real admin port.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { RequestHandler } from 'express';
import express from 'express';
import type { JWTPayload } from 'jose';
import { exportSPKI, SignJWT } from 'jose';
import type { Decoded } from '../../../src/admin/codec-routes.ts';
import { codecRoutes } from '../../../src/admin/codec-routes.ts';
import type { People } from '../../../src/admin/people.ts';
import { createPeople, personOf } from '../../../src/admin/people.ts';
import { beforeHead } from '../../../src/api/http/uploads.ts';
import type { LoginConfig } from '../../../src/config/model.ts';
import { PERSONAL_FIELDS } from '../../../src/order/personal.ts';
import { adminCallers, auditDecoded } from '../../../src/processes/admin.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { createPayloadCodec, createPeoplesCodec } from '../../../src/temporal/codec.ts';
import { openAdmin } from '../../support/admin.ts';
import { PERSON } from '../../support/canaries.ts';
import type { TestIssuer } from '../../support/issuer.ts';
import { AUDIENCE, CLIENT, newKey, OPERATOR, READER, startIssuer } from '../../support/issuer.ts';
import { orderRequest } from '../../support/orders.ts';
import { until } from '../../support/waits.ts';
import { freePort } from '../../../src/dev/ports.ts';

const UI = 'http://localhost:8233';
const KEY = { id: 'k1', key: randomBytes(32) };
const ID = 'order:merchant_1:seen';

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');

function login(issuer: string, browserUrl?: string): LoginConfig {
  return {
    issuer,
    audience: AUDIENCE,
    rolesClaim: 'roles',
    nameClaim: 'preferred_username',
    readerRole: 'orders-reader',
    operatorRole: 'orders-operator',
    scope: 'openid profile',
    browser: browserUrl === undefined ? null : { ...CLIENT, url: browserUrl },
  };
}

/** An admin port with the codec, and with a page. */
async function openPort(issuer: string, home?: string) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const people = createPeople(login(issuer, url), home);
  const decoded: Decoded[] = [];
  const routes = codecRoutes({
    codec: createPeoplesCodec([KEY]),
    origins: [UI],
    people,
    decoded: (what) => decoded.push(what),
  });
  const pages = express.Router().use('/desk', people.known);
  pages.get('/desk{/*rest}', (_req, res) => void res.json(personOf(res)));
  const admin = await openAdmin({
    port,
    callers: adminCallers({ adminHosts: [], codecOrigins: [UI] }, url),
    people,
    routes: express.Router().use(routes, pages),
  });
  return { url, decoded, [Symbol.asyncDispose]: () => admin.close() };
}

type Port = Awaited<ReturnType<typeof openPort>>;

async function payloadOf(value: unknown, workflowId = ID) {
  const plain = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
  const [sealed] = await createPayloadCodec([KEY]).encode([plain], {
    type: 'workflow',
    namespace: 'default',
    workflowId,
  });
  const metadata = Object.entries(sealed?.metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]);
  return { metadata: Object.fromEntries(metadata) as Record<string, string>, data: base64(sealed?.data ?? '') };
}

const INPUT = { request: orderRequest(PERSON), mobilePhone: PERSON.mobile_phone, price: 100 };

async function decode(port: Port, token: string | null, values: unknown[] = [INPUT], direction = 'decode') {
  const payloads = await Promise.all(values.map((value) => payloadOf(value)));
  const res = await fetch(`${port.url}/codec/${direction}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: UI,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ payloads }),
  });
  const body = await res.text();
  const code = res.status === 200 ? null : (JSON.parse(body) as { code: string }).code;
  const shown =
    res.status === 200
      ? (JSON.parse(body) as { payloads: { data: string }[] }).payloads.map(({ data }) =>
          Buffer.from(data, 'base64').toString(),
        )
      : [];
  return { status: res.status, code, shown, headers: res.headers };
}

const CANARIES = Object.values(PERSON);
const found = (text: string) => CANARIES.filter((canary) => text.includes(canary));

describe('people with a token', () => {
  it('see all as operators, and no personal data as readers; each call is heard of', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const all = await decode(port, await issuer.token(OPERATOR));
    assert.deepEqual(found(all.shown.join()), CANARIES);
    assert.equal(all.headers.get('access-control-allow-origin'), UI);

    const less = await decode(port, await issuer.token(READER), [INPUT, 'a summary', [{ nin: PERSON.nin }]]);
    assert.deepEqual(found(less.shown.join()), []);
    const { request, price } = JSON.parse(less.shown[0] ?? '') as typeof INPUT;
    assert.equal(price, 100);
    for (const field of ['reference', 'merchant', 'cart_items'] as const)
      assert.deepEqual(request[field], INPUT.request[field]);
    const others = Object.keys(request).filter((field) => !['reference', 'merchant', 'cart_items'].includes(field));
    assert.deepEqual(others.toSorted(), [...PERSONAL_FIELDS].filter((name) => name !== 'mobilePhone').toSorted());
    assert.equal(less.shown[1], '"a summary"');

    assert.deepEqual(port.decoded, [
      { person: { name: 'olga', sub: 'o1', role: 'operator' }, payloads: 1, ids: [ID] },
      { person: { name: 'rita', sub: 'r1', role: 'reader' }, payloads: 3, ids: [ID] },
    ]);
  });

  it('are heard of with every order that they had decoded, and with none that they only name', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const ids = Array.from({ length: 45 }, (_, nth) => `order:merchant_1:${nth}`);
    const named = { encoding: base64('json/plain'), 'bound-to': base64('workflow order:merchant_1:forged') };
    const foreign = await createPayloadCodec([{ id: 'k2', key: randomBytes(32) }]).encode([{ data: Buffer.from('1') }]);
    const payloads = [
      { metadata: named, data: base64('1') },
      {
        metadata: {
          encoding: base64('binary/encrypted'),
          'encryption-key-id': base64('k2'),
          'bound-to': named['bound-to'],
        },
        data: base64(foreign[0]?.data ?? ''),
      },
      ...(await Promise.all(ids.map((id) => payloadOf(INPUT, id)))),
    ];
    const res = await fetch(`${port.url}/codec/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await issuer.token(OPERATOR)}` },
      body: JSON.stringify({ payloads }),
    });
    await res.text();
    await until('it is heard of', () => port.decoded.length === 1);
    assert.deepEqual(port.decoded[0]?.ids, ids);

    const lines: string[] = [];
    const log = createLogger('error', 'api', { write: (line) => void lines.push(line) });
    for (const what of port.decoded) auditDecoded(log)(what);
    const written = lines.map((line) => JSON.parse(line) as { ids: string[]; person: string; sub: string });
    assert.deepEqual(
      written.flatMap((line) => line.ids),
      ids,
    );
    assert.deepEqual(
      written.map((line) => [line.person, line.sub, line.ids.length]),
      [
        ['olga', 'o1', 20],
        ['olga', 'o1', 20],
        ['olga', 'o1', 5],
      ],
    );
  });

  it('type for orders as operators only', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    assert.equal((await decode(port, await issuer.token(OPERATOR), ['x'], 'encode')).status, 200);
    const refused = await decode(port, await issuer.token(READER), ['x'], 'encode');
    assert.deepEqual([refused.status, refused.code], [403, 'forbidden']);
  });

  it('may be asked for by the pages of the Temporal UI', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const res = await fetch(`${port.url}/codec/decode`, {
      method: 'OPTIONS',
      headers: {
        origin: UI,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-namespace',
      },
    });
    assert.equal(res.status, 204);
    assert.match(res.headers.get('access-control-allow-headers') ?? '', /Authorization/);
  });

  const now = () => Math.floor(Date.now() / 1_000);
  const without = (name: keyof JWTPayload) =>
    Object.fromEntries(Object.entries(OPERATOR).filter(([key]) => key !== name));
  const unsigned = (issuer: TestIssuer, header: object) =>
    `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(
      JSON.stringify({ ...OPERATOR, iss: issuer.url, aud: AUDIENCE, exp: now() + 60 }),
    ).toString('base64url')}`;

  const REFUSED: Record<string, (issuer: TestIssuer) => Promise<string> | string> = {
    'no token at all': () => 'nonsense',
    'an expired one': (issuer) => issuer.token({ ...OPERATOR, exp: now() - 60 }),
    'one that is not valid yet': (issuer) => issuer.token({ ...OPERATOR, nbf: now() + 600 }),
    'one of another key': async (issuer) => issuer.token(OPERATOR, await newKey()),
    'one of another key under the same id': async (issuer) =>
      issuer.token(OPERATOR, { ...(await newKey()), kid: issuer.key().kid }),
    'one for another audience': (issuer) =>
      new SignJWT(OPERATOR)
        .setProtectedHeader({ alg: 'ES256', kid: issuer.key().kid })
        .setIssuer(issuer.url)
        .setAudience('something-else')
        .setExpirationTime('5m')
        .sign(issuer.key().privateKey),
    'one of another issuer': (issuer) =>
      new SignJWT(OPERATOR)
        .setProtectedHeader({ alg: 'ES256', kid: issuer.key().kid })
        .setIssuer('https://elsewhere.example')
        .setAudience(AUDIENCE)
        .setExpirationTime('5m')
        .sign(issuer.key().privateKey),
    'one that never ends': (issuer) =>
      new SignJWT(OPERATOR)
        .setProtectedHeader({ alg: 'ES256', kid: issuer.key().kid })
        .setIssuer(issuer.url)
        .setAudience(AUDIENCE)
        .sign(issuer.key().privateKey),
    'one of nobody': (issuer) => issuer.token(without('sub')),
    'one without a signature': (issuer) => `${unsigned(issuer, { alg: 'none' })}.`,
    'one whose secret is the public key': async (issuer) => {
      const text = unsigned(issuer, { alg: 'HS256', kid: issuer.key().kid });
      return `${text}.${createHmac('sha256', await exportSPKI(issuer.key().publicKey))
        .update(text)
        .digest('base64url')}`;
    },
    'one of 20,000 characters': async (issuer) => issuer.token({ ...OPERATOR, more: 'x'.repeat(10_000) }),
  };

  for (const [what, forge] of Object.entries(REFUSED)) {
    it(`are refused with ${what}`, async () => {
      await using issuer = await startIssuer();
      await using port = await openPort(issuer.url);
      const res = await decode(port, await forge(issuer));
      assert.deepEqual([res.status, res.code, res.shown], [401, 'login_needed', []]);
      assert.equal(res.headers.get('www-authenticate'), 'Bearer');
      assert.deepEqual(port.decoded, []);
    });
  }

  it('are refused without one, and without a role', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    assert.equal((await decode(port, null)).status, 401);
    for (const roles of [undefined, [], ['orders-readers'], { 'orders-operator': true }, 'orders-operator-not'])
      assert.equal((await decode(port, await issuer.token({ ...OPERATOR, roles }))).status, 403);
    assert.equal((await decode(port, await issuer.token({ ...OPERATOR, roles: 'a orders-reader b' }))).status, 200);
  });

  it('are known again soon after the issuer has changed its key, and no more by the old one', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const old = await issuer.token();
    assert.equal((await decode(port, old)).status, 200);
    await issuer.roll();
    const token = await issuer.token();
    while ((await decode(port, token)).status !== 200);
    assert.equal((await decode(port, old)).status, 401);
    assert.equal(issuer.asked.filter((path) => path === '/keys').length, 2, 'asked with pauses');
  });

  it('wait for an issuer that is away, which is not asked by each of them, and are known when it is there', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const token = await issuer.token();
    await issuer.goOffline();
    for (let tries = 0; tries < 5; tries += 1) {
      const res = await decode(port, token);
      assert.deepEqual([res.status, res.code, res.headers.get('retry-after')], [503, 'login_unavailable', '5']);
    }
    await issuer.goOnline();
    while ((await decode(port, token)).status !== 200);
    assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/keys']);
    await issuer.goOffline();
    assert.equal((await decode(port, token)).status, 200);
  });
});

/** A browser: keeps cookies, and follows what it is sent to where a test says so. */
function browser() {
  const jar = new Map<string, string>();
  return {
    jar,
    async go(
      url: string,
      { headers = {}, ...init }: { method?: string; headers?: Record<string, string> } = {},
    ): Promise<Response> {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const res = await fetch(url, {
        redirect: 'manual',
        ...init,
        headers: { accept: 'text/html,*/*;q=0.8', ...(cookie !== '' && { cookie }), ...headers },
      });
      for (const set of res.headers.getSetCookie()) {
        assert.match(set, /HttpOnly/);
        assert.match(set, /SameSite=Lax/);
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      return res;
    },
    /** Through the issuer and back. */
    async follow(url: string): Promise<Response> {
      let res = await this.go(url);
      for (let hops = 0; hops < 6 && res.status >= 300 && res.status < 400; hops += 1)
        res = await this.go(res.headers.get('location') ?? '');
      return res;
    },
  };
}

describe('people with a browser', () => {
  it('log in on the way to a page, come back to it, and log out', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const tab = browser();
    const sent = await tab.go(`${port.url}/desk/orders?status=failed`);
    assert.equal(sent.status, 303);
    const asked = new URL(sent.headers.get('location') ?? '');
    assert.equal(asked.origin, issuer.url);
    assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');

    issuer.claims = READER;
    const page = await tab.follow(`${port.url}/desk/orders?status=failed`);
    assert.equal(page.status, 200);
    assert.deepEqual(await page.json(), { name: 'rita', sub: 'r1', role: 'reader' });
    assert.deepEqual([...tab.jar.keys()], ['orders-session']);
    assert.ok(![...tab.jar.values()].join().includes('rita'), 'nobody else reads the cookie');
    assert.equal((await tab.go(`${port.url}/desk`)).status, 200);

    const out = await tab.go(`${port.url}/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: port.url },
    });
    assert.equal(out.status, 200, 'no redirect: of a form, browsers would not follow it to another host');
    assert.ok((await out.text()).includes(`href="${issuer.url}/end?`));
    assert.deepEqual([...tab.jar.keys()], []);
    assert.equal((await tab.go(`${port.url}/desk`)).status, 303);
  });

  it('that have logged in on the way to no page land on one that is there, and may log out', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const tab = browser();
    const page = await tab.follow(`${port.url}/login`);
    assert.deepEqual([page.status, new URL(page.url).pathname], [200, '/login/done']);
    const text = await page.text();
    assert.match(text, /You are logged in here as olga/);
    assert.match(text, /<form method="post" action="\/logout">/);
    tab.jar.clear();
    assert.equal((await tab.go(`${port.url}/login/done`)).status, 303, 'nobody is told so who is not');

    await using desk = await openPort(issuer.url, '/desk');
    const atHome = await tab.follow(`${desk.url}/login`);
    assert.deepEqual([atHome.status, new URL(atHome.url).pathname], [200, '/desk']);
  });

  it('whose session has ended are told that nothing was done, and where to log in', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const form = { 'content-type': 'application/json', origin: port.url };
    const page = await browser().go(`${port.url}/desk/changes`, { method: 'POST', headers: form });
    const text = await page.text();
    assert.deepEqual([page.status, page.headers.get('www-authenticate')], [401, 'Bearer']);
    assert.match(text, /nothing was done/);
    assert.match(text, /<a href="\/login">/);
    const machine = await fetch(`${port.url}/desk/changes`, { method: 'POST', headers: form });
    assert.match(machine.headers.get('content-type') ?? '', /^application\/problem\+json/);
  });

  it('come back to no other host than this one', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    for (const path of ['//elsewhere.example/desk', '/desk/\\elsewhere.example', '/desk//elsewhere.example']) {
      const tab = browser();
      let res = await tab.go(`${port.url}${path}`);
      const places: string[] = [];
      for (let hops = 0; hops < 6 && res.status === 303; hops += 1) {
        places.push(res.headers.get('location') ?? '');
        res = await tab.go(
          places.at(-1)?.startsWith(issuer.url) ? await afterIssuer(places.at(-1) ?? '') : (places.at(-1) ?? ''),
        );
      }
      for (const place of places) assert.ok(place.startsWith(issuer.url) || place.startsWith(`${port.url}/`), place);
    }
  });

  const afterIssuer = async (url: string) => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';

  it('are not logged in by the login of somebody else, one that was refused, a forged answer or one without a role', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const victim = browser();
    const attacker = browser();
    const start = async (tab: ReturnType<typeof browser>) =>
      afterIssuer((await tab.go(`${port.url}/desk`)).headers.get('location') ?? '');
    const ofAttacker = await start(attacker);
    assert.equal((await victim.go(ofAttacker)).status, 400, 'it began nowhere');
    await start(victim);
    assert.equal((await victim.go(ofAttacker)).status, 400, 'another one began');
    assert.deepEqual([...victim.jar.keys()], []);

    issuer.idClaims = { nonce: 'another' };
    assert.equal((await victim.go(await start(victim))).status, 400);
    issuer.idClaims = {};
    const good = await start(victim);
    issuer.claims = null;
    assert.equal((await victim.go(good)).status, 400, 'the code is worth nothing');
    assert.equal((await victim.go(await start(victim))).status, 400, 'refused by the issuer');
    issuer.claims = { ...OPERATOR, roles: ['clerk'] };
    assert.equal((await victim.go(await start(victim))).status, 403);
    assert.deepEqual([...victim.jar.keys()], []);
  });

  it('use the session on pages of this port only, and a changed one is none', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const tab = browser();
    assert.equal((await tab.follow(`${port.url}/desk`)).status, 200);
    const machine = { accept: 'application/json' };
    assert.equal((await tab.go(`${port.url}/desk`, { headers: machine })).status, 200);
    assert.equal((await tab.go(`${port.url}/desk`, { headers: { ...machine, origin: port.url } })).status, 200);
    assert.equal((await tab.go(`${port.url}/desk`, { headers: { ...machine, origin: UI } })).status, 401);
    const session = tab.jar.get('orders-session') ?? '';
    const changed = `${session.slice(0, -4)}${session.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    for (const [name, value] of [
      ['orders-session', changed],
      ['orders-login', session],
    ] as const) {
      tab.jar.clear();
      tab.jar.set(name, value);
      assert.equal((await tab.go(`${port.url}/desk`, { headers: machine })).status, 401, name);
    }
  });

  it('are told to wait while the issuer is away', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    await issuer.goOffline();
    assert.equal((await browser().go(`${port.url}/desk`)).status, 503);
  });
});

/** Whether a call is answered with nothing waited for since its last step began: what is done until then counts for its lane. */
async function answersInStep({
  people = createPeople(null),
  fresh = () => Promise.resolve(),
  path = '/page',
  ...init
}: RequestInit & { people?: People; fresh?: () => Promise<void>; path?: string }): Promise<boolean> {
  let isLater = false;
  const seen: boolean[] = [];
  function begins(): void {
    isLater = false;
    // Runs after all promises that follow from each other.
    process.nextTick(() => (isLater = true));
  }
  const told: RequestHandler = (_req, res, next) => {
    const { turn } = res.locals;
    if (turn !== undefined) res.locals.turn = { ...turn, step: () => turn.step().then(begins) };
    beforeHead(res, () => seen.push(!isLater));
    next();
  };
  await using admin = await openAdmin({
    callers: {
      // Asked as soon as the first step has begun.
      get hosts() {
        begins();
        return [];
      },
      origins: [],
    },
    people: {
      ...people,
      addRoutes(app) {
        app.use(told);
        people.addRoutes(app);
      },
    },
    orderMetrics: { contentType: 'text/plain', fresh, text: () => Promise.resolve('') },
    routes: express.Router().get('/page', people.known, (_req, res) => void res.end()),
  });
  await (await fetch(admin.url + path, { redirect: 'manual', ...init })).text();
  assert.equal(seen.length, 1);
  return seen[0] === true;
}

describe('calls are answered in a step of their lane', () => {
  it('where nobody logs in', async () => {
    assert.ok(await answersInStep({}));
    assert.ok(await answersInStep({ path: '/nowhere' }));
  });

  it('after those who wait for the same count of orders', async () => {
    const fresh = () => new Promise<void>((resolve) => setTimeout(resolve));
    assert.ok(await answersInStep({ path: '/metrics/orders', fresh }));
  });

  /** As ours are, but for the key. */
  const FORGED = `${Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')}..${'A'.repeat(16)}.AAAA.${'A'.repeat(22)}`;
  const WITH_LOGIN: Record<string, (issuer: TestIssuer) => Promise<Parameters<typeof answersInStep>[0]>> = {
    'a good token': async (issuer) => ({ headers: { authorization: `Bearer ${await issuer.token()}` } }),
    'a token of another key': async (issuer) => ({
      headers: {
        authorization: `Bearer ${await issuer.token(OPERATOR, { ...(await newKey()), kid: issuer.key().kid })}`,
      },
    }),
    'no token': () => Promise.resolve({ headers: { authorization: 'Bearer nonsense' } }),
    'a session that is none': () => Promise.resolve({ headers: { cookie: `orders-session=${FORGED}` } }),
    'a login that begins': () => Promise.resolve({ path: '/login' }),
    'a login that began nowhere': () =>
      Promise.resolve({ path: '/login/callback', headers: { cookie: `orders-login=${FORGED}` } }),
    'a login that is over': () =>
      Promise.resolve({ path: '/login/done', headers: { cookie: `orders-session=${FORGED}` } }),
    'a log-out': () => Promise.resolve({ path: '/logout', method: 'POST' }),
  };
  for (const [what, call] of Object.entries(WITH_LOGIN)) {
    it(`with ${what}`, async () => {
      await using issuer = await startIssuer();
      const people = createPeople(login(issuer.url, 'http://127.0.0.1'));
      const known = await call(issuer);
      // The second call finds the issuer known.
      assert.deepEqual(
        [await answersInStep({ people, ...known }), await answersInStep({ people, ...known })],
        [true, true],
      );
    });
  }

  it('with a session', async () => {
    await using issuer = await startIssuer();
    await using port = await openPort(issuer.url);
    const tab = browser();
    await tab.follow(`${port.url}/desk`);
    const cookie = [...tab.jar].map(([name, value]) => `${name}=${value}`).join();
    assert.ok(await answersInStep({ people: createPeople(login(issuer.url, port.url)), headers: { cookie } }));
  });
});
