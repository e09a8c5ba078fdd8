// What holds for every route of the public port and every path of an admin port, so that a new one is tested by itself: whose orders a key reaches,
// what a scope opens, what a body may set, how much a caller may take, what each answer says and does not say.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { Registry } from '@prometheus-io/client';
import { z } from 'zod';
import { createAdminApp } from '../../../src/admin/app.ts';
import { codecRoutes } from '../../../src/admin/codec-routes.ts';
import { createPeople } from '../../../src/admin/people.ts';
import { ROUTES } from '../../../src/api/app.ts';
import { rateLimited } from '../../../src/api/http/rate-limit.ts';
import type { Route } from '../../../src/api/route.ts';
import type { ApiKey } from '../../../src/config/model.ts';
import type { Orders } from '../../../src/gateway/orders.ts';
import { EXAMPLE_REQUEST } from '../../../src/order/example.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { CONFIRMATION, FORM, ORDER, ordersOf, problem, withApi } from '../../support/api-fixtures.ts';
import { API_KEY, WEBHOOK_TOKEN } from '../../support/canaries.ts';
import { aMerchant, anApiKey } from '../../support/merchants.ts';
import { resolution } from '../../support/orders.ts';
import { until } from '../../support/waits.ts';

const SCOPES = ['orders:read', 'orders:write', 'ops'] as const;
const KEYED = ROUTES.filter(({ scopes }) => scopes.length > 0);
const RULES = { country: null, ninChecksum: 'off', clock: () => new Date() } as const;
const NOTIFY = { url: 'https://shop.example/hooks', secret: 'whsec_AAAA' };
const MERCHANTS = new Map(
  ['merchant_1', 'merchant_2'].map((id) => {
    const webhookTokens = [id === 'merchant_1' ? WEBHOOK_TOKEN : 'x'.repeat(43)];
    return [id, aMerchant({ id, notify: NOTIFY, webhookTokens })];
  }),
);
/** Of the same secret as the till's, and of another merchant. */
const STRANGER = anApiKey({ merchants: ['merchant_2'] });

type Json = Record<string, unknown>;
type Sent = { path: string; body?: unknown; headers?: Record<string, string> };

/** Of bodies whose schema has none. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  placeOrder: EXAMPLE_REQUEST,
  resolveOrder: resolution('dismiss'),
};

const titleOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`;

function schemaOf({ request: { body } }: Route): Json | null {
  return body === undefined ? null : z.toJSONSchema(body.schema(RULES), { io: 'input' });
}

/** A right request about the order of merchant_1, by the example of its contract. */
function requestOf(route: Route): Sent {
  const path = route.path.replace(':id', encodeURIComponent(ORDER.id)).replace(':token', WEBHOOK_TOKEN);
  if (route.path.includes(':token')) return { path, body: CONFIRMATION, headers: FORM };
  if (route.request.body === undefined) return { path };
  const [example = EXAMPLES[route.name] ?? {}] = (schemaOf(route)?.['examples'] ?? []) as unknown[];
  return { path, body: example };
}

const wrongBody = ({ method }: Route) => (method === 'get' ? undefined : '{');

/** Orders that remember what was asked. */
function watchedOrders(orders: Partial<Orders> = {}) {
  const asked: string[] = [];
  const given: unknown[] = [];
  const all = Object.entries({ ...ordersOf(ORDER), ...orders }).map(([verb, answer]) => [
    verb,
    (...args: never[]) => {
      asked.push(verb);
      given.push(args);
      return (answer as (...args: never[]) => unknown)(...args);
    },
  ]);
  return { orders: Object.fromEntries(all) as Partial<Orders>, asked, given };
}

it('each route has an example of what it takes, and answers it', async () => {
  for (const route of ROUTES) {
    await withApi(
      {},
      async ({ call }) => {
        const { path, body, headers } = requestOf(route);
        const answer = await call(route.method, path, body, headers);
        const said = answer.status < 300 ? '' : await answer.text();
        if (answer.status < 300) await answer.body?.cancel();
        assert.ok(
          answer.status < 300 || Object.keys(route.answers).length === 0,
          `${titleOf(route)}: ${answer.status} ${said}`,
        );
      },
      { merchants: MERCHANTS },
    );
  }
});

describe('a key of another merchant (OWASP API1)', () => {
  for (const route of KEYED) {
    it(`reaches nothing by ${titleOf(route)}`, async () => {
      const lists: (readonly string[])[] = [];
      const { orders, asked } = watchedOrders({
        list: async ({ merchantIds }) => {
          lists.push(merchantIds);
          return { data: [], unreadable: [], nextCursor: null };
        },
      });
      await withApi(
        orders,
        async ({ call }) => {
          const { path, body } = requestOf(route);
          const answer = await call(route.method, path, body);
          if (route.request.params?.['id'] !== undefined) {
            await problem(answer, 'order_not_found');
          } else if (route.request.body?.merchantId !== undefined) {
            await problem(answer, 'forbidden');
          } else {
            // What is neither about one order nor about one merchant is a list of those that the key sees.
            assert.deepEqual(lists, [['merchant_2']], 'the route does not say whose orders it is about');
            asked.pop();
            const named = await call(route.method, `${path}?merchant_id=merchant_1`);
            assert.deepEqual(await named.json(), { data: [], next_cursor: null });
          }
          assert.deepEqual(asked, [], 'nothing of another merchant is looked at');
        },
        { merchants: MERCHANTS, apiKeys: [STRANGER] },
      );
    });
  }
});

describe('a caller without a right (OWASP API2, API5)', () => {
  for (const route of KEYED) {
    it(`is refused ${titleOf(route)} before anything is looked at`, async () => {
      const { orders, asked } = watchedOrders();
      const wrong = SCOPES.filter((scope) => !route.scopes.includes(scope));
      const apiKeys: ApiKey[] = [anApiKey({ scopes: wrong })];
      await withApi(
        orders,
        async ({ call }) => {
          const { path } = requestOf(route);
          await problem(await call(route.method, path, wrongBody(route)), 'forbidden');
          for (const authorization of [
            '',
            'Bearer',
            `Bearer ${API_KEY}x`,
            `Basic ${btoa(API_KEY)}`,
            `Bearer ${'a'.repeat(9_000)}`,
          ])
            await problem(await call(route.method, path, wrongBody(route), { authorization }), 'unauthenticated');
          // A key has its place in one header, where nothing keeps it.
          await problem(
            await call(route.method, `${path}?api_key=${API_KEY}`, undefined, { authorization: '' }),
            'unauthenticated',
          );
        },
        { merchants: MERCHANTS, apiKeys },
      );
      assert.deepEqual(asked, []);
    });
  }

  it('is refused a method that a route does not have, however it is asked for', async () => {
    const { orders, asked } = watchedOrders();
    await withApi(orders, async ({ call }) => {
      for (const path of new Set(ROUTES.map((route) => requestOf(route).path))) {
        for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
          await problem(await call(method, path), 'method_not_allowed');
      }
      const overridden = { 'x-http-method-override': 'POST', 'x-method-override': 'POST', 'x-http-method': 'POST' };
      const answer = await call('GET', `${requestOf(ROUTES[0] as Route).path}?_method=POST`, undefined, overridden);
      await answer.body?.cancel();
      assert.ok(!asked.includes('place'));
    });
  });
});

/** An admin port with all that an API's has. */
function adminApp() {
  return createAdminApp({
    callers: { hosts: [], origins: [] },
    ready: () => ({ ready: true, reasons: [] }),
    metrics: new Registry(),
    orderMetrics: { contentType: 'text/plain', fresh: async () => {}, text: async () => '' },
    routes: codecRoutes({ codec: null, origins: [], people: createPeople(null), decoded: () => {} }),
  });
}

async function openAdminApp() {
  const server = createServer(adminApp()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

/** Every path of an Express app, its nested routers too. */
function pathsOf(router: { stack?: { route?: { path: string }; handle: unknown }[] }): string[] {
  return (router.stack ?? []).flatMap(({ route, handle }) => [
    ...(route === undefined ? [] : [route.path]),
    ...pathsOf(handle as { stack?: [] }),
  ]);
}

describe('the admin port and the public one (OWASP API5, API9)', () => {
  const adminPaths = pathsOf(adminApp().router);

  it('have no address in common: the public port knows none of an operator’s', async () => {
    for (const path of ['/livez', '/metrics', '/codec/decode']) assert.ok(adminPaths.includes(path), path);
    await withApi({}, async ({ call }) => {
      for (const path of adminPaths)
        for (const method of ['GET', 'POST']) await problem(await call(method, path), 'route_not_found');
    });
  });

  it('have no address in common: the admin port knows none of the public ones', async () => {
    await using admin = await openAdminApp();
    for (const route of ROUTES) {
      const headers = { authorization: `Bearer ${API_KEY}` };
      const answer = await fetch(admin.url + requestOf(route).path, { method: route.method, headers });
      await problem(answer, 'route_not_found');
    }
  });
});

const SET = 'canary-that-was-set';

/** The body with one more member in each of its objects in turn. */
function* withExtra(json: unknown, name: string): Generator {
  if (typeof json !== 'object' || json === null) return;
  if (Array.isArray(json)) {
    for (const [at, item] of json.entries()) for (const more of withExtra(item, name)) yield json.with(at, more);
    return;
  }
  // Not `{ ...json, [name]: … }`, for which `__proto__` is no name.
  if (!Object.hasOwn(json, name)) yield Object.defineProperty({ ...json }, name, { value: SET, enumerable: true });
  for (const [key, value] of Object.entries(json))
    for (const more of withExtra(value, name)) yield { ...json, [key]: more };
}

/** What an order has and a caller may not set, and what only attackers send. */
const SET_BY_US = [
  ...Object.keys(ORDER),
  'policy',
  'scopes',
  'role',
  'admin',
  '__proto__',
  'constructor',
  'prototype',
  '$ne',
];

describe('a body (OWASP API3: mass assignment)', () => {
  for (const route of KEYED.filter((each) => each.request.body !== undefined)) {
    it(`of ${titleOf(route)} sets no member that its contract does not name, in any of its objects`, async () => {
      const { path, body } = requestOf(route);
      const { properties = {}, additionalProperties } = schemaOf(route) ?? {};
      const { orders, asked, given } = watchedOrders();
      await withApi(
        orders,
        async ({ call }) => {
          for (const name of SET_BY_US.filter((each) => !Object.hasOwn(properties as Json, each))) {
            for (const more of withExtra(body, name)) {
              const answer = await call(route.method, path, more);
              if (additionalProperties !== false) {
                await answer.body?.cancel();
              } else {
                const { errors = [] } = await problem(answer, 'invalid_body');
                const found = errors.some(
                  ({ pointer, code }) => pointer.endsWith(`/${name}`) && code === 'unknown_field',
                );
                assert.ok(found, `${name}: ${JSON.stringify(errors)}`);
              }
            }
          }
        },
        { merchants: MERCHANTS },
      );
      // A body that is not looked at reaches nobody either.
      assert.ok(!JSON.stringify(given).includes(SET));
      const done = asked.filter((verb) => !['get', 'latest', 'isKnown'].includes(verb));
      assert.equal(done.length > 0, additionalProperties !== false);
    });
  }
});

it('no request names an address that the service would call (OWASP API7)', () => {
  const named: string[] = [];
  const look = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'format' && ['uri', 'url', 'uri-reference', 'hostname', 'ipv4', 'ipv6'].includes(String(value)))
        named.push(path);
      if (/ur[il]|host|callback|endpoint|redirect|webhook/i.test(key)) named.push(`${path}/${key}`);
      look(value, `${path}/${key}`);
    }
  };
  for (const route of ROUTES) {
    const { params = {}, query, headers = {} } = route.request;
    look(schemaOf(route)?.['properties'], titleOf(route));
    for (const [name, part] of Object.entries({ ...params, ...headers, query }))
      if (part !== undefined) look({ [name]: z.toJSONSchema(part, { io: 'input' }) }, titleOf(route));
  }
  assert.deepEqual(named, []);
});

describe('a caller who asks for much (OWASP API4)', () => {
  for (const route of KEYED) {
    it(`is refused ${titleOf(route)} beyond its requests a second, and told when to come back`, async () => {
      const { orders, asked } = watchedOrders();
      await withApi(
        orders,
        async ({ call }) => {
          const { path, body } = requestOf(route);
          const answers = await Promise.all(Array.from({ length: 8 }, () => call(route.method, path, body)));
          const refused = answers.filter(({ status }) => status === 429);
          assert.ok(refused.length >= 5, answers.map(({ status }) => status).join());
          for (const answer of refused) assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
          for (const answer of answers) await answer.body?.cancel();
        },
        { merchants: MERCHANTS, rateLimit: rateLimited(1) },
      );
      assert.ok(asked.length < 3 * 8);
    });
  }

  for (const route of ROUTES.filter(({ request }) => request.body !== undefined)) {
    it(`is refused a body of 200 KiB by ${titleOf(route)}`, async () => {
      const { path, headers } = requestOf(route);
      const body = headers === undefined ? `{"a":"${'a'.repeat(200 * 1024)}"}` : `a=${'a'.repeat(200 * 1024)}`;
      await withApi(
        {},
        async ({ call }) => void (await problem(await call(route.method, path, body, headers), 'body_too_large')),
        { merchants: MERCHANTS },
      );
    });
  }
});

describe('an answer (OWASP API8)', () => {
  const SAFE: Readonly<Record<string, RegExp>> = {
    'x-content-type-options': /^nosniff$/,
    'content-security-policy':
      /(?=.*default-src 'none')(?=.*base-uri 'none')(?=.*form-action 'none')(?=.*frame-ancestors 'none')/,
    'referrer-policy': /^no-referrer$/,
    'strict-transport-security': /^max-age=\d{8}/,
    'cross-origin-resource-policy': /^same-origin$/,
    'cache-control': /^no-store$|^private, no-cache$|^public, max-age=3600$/,
  };
  const TELLING = ['x-powered-by', 'server', 'via', 'access-control-allow-origin', 'set-cookie'];

  function check(answer: Pick<Response, 'headers' | 'status'>, what: string): void {
    for (const [name, value] of Object.entries(SAFE))
      assert.match(answer.headers.get(name) ?? '', value, `${what} ${answer.status}: ${name}`);
    for (const name of TELLING) assert.equal(answer.headers.get(name), null, `${what} ${answer.status}: ${name}`);
  }

  for (const route of ROUTES) {
    it(`of ${titleOf(route)} has its headers, whatever it is`, async () => {
      const { path, body, headers } = requestOf(route);
      const failing = Object.fromEntries(
        Object.keys(ordersOf(ORDER)).map((verb) => [verb, () => Promise.reject(new Error('canary'))]),
      ) as Partial<Orders>;
      failing.latest = () => null;
      const origin = { origin: 'https://elsewhere.example' };
      for (const orders of [{}, failing]) {
        await withApi(
          orders,
          async ({ call, logged }) => {
            const tries = [
              await call(route.method, path, body, { ...headers, ...origin }),
              await call(route.method, path, body, { ...headers, authorization: 'Bearer wrong' }),
              await call(route.method, path, wrongBody(route), headers ?? {}),
              await call('DELETE', path),
              await call(route.method, `${path}/nowhere`, body, headers),
              await call(route.method, `${path}%E0%A4%A`, body, headers),
            ];
            for (const answer of tries) {
              check(answer, titleOf(route));
              const said = answer.status < 300 ? '' : await answer.text();
              if (answer.status < 300) await answer.body?.cancel();
              if (answer.status < 300) await answer.body?.cancel();
              // Nothing of what it is built with, where it runs, or what went wrong inside.
              assert.doesNotMatch(
                said,
                /canary|\bat .+:\d+:\d+|node_modules|\/src\/|\/dist\/|express|temporal\.io|Error:/i,
              );
            }
            assert.ok(!JSON.stringify(logged).includes('canary'));
          },
          { merchants: MERCHANTS },
        );
      }
    });
  }

  it('to what is no HTTP has them as well', async () =>
    withApi({}, async ({ port }) => {
      for (const request of [
        'GET / HTTP/9.9\r\n\r\n',
        'NONSENSE\r\n\r\n',
        `GET / HTTP/1.1\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      ]) {
        const socket = connect(port, '127.0.0.1');
        socket.write(request);
        const [head = ''] = (await text(socket)).split('\r\n\r\n');
        const headers = new Headers(
          head
            .split('\r\n')
            .slice(1)
            .map((line) => line.split(': ', 2) as [string, string]),
        );
        check({ headers, status: Number(head.split(' ')[1]) }, request.slice(0, 20));
      }
    }));

  it('of an admin port has them', async () => {
    await using admin = await openAdminApp();
    for (const path of ['/livez', '/readyz', '/metrics', '/nowhere', '/codec/decode'])
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await fetch(admin.url + path, { method });
        await answer.body?.cancel();
        check(answer, `${method} ${path}`);
      }
  });
});

describe('a message with two ends (ASVS V4.2)', () => {
  const CHUNKED = 'Transfer-Encoding: chunked';
  const AMBIGUOUS: Readonly<Record<string, string>> = {
    'a length and chunks': `Content-Length: 4\r\n${CHUNKED}`,
    'chunks and a length': `${CHUNKED}\r\nContent-Length: 4`,
    'two lengths': 'Content-Length: 4\r\nContent-Length: 5',
    'a list of lengths': 'Content-Length: 4, 5',
    'a length with a sign': 'Content-Length: +4',
    'chunks that are not the last coding': 'Transfer-Encoding: chunked, identity',
    'chunks, said twice': `${CHUNKED}\r\nTransfer-Encoding: identity`,
    'a blank before the colon': 'Transfer-Encoding : chunked',
    'a header in two lines': 'Transfer-Encoding:\r\n chunked\r\nContent-Length: 4',
    'a bare line feed': 'Content-Length: 4\nTransfer-Encoding: chunked',
  };
  for (const [what, headers] of Object.entries(AMBIGUOUS)) {
    it(`is refused with its connection: ${what}`, async () => {
      const { orders, asked } = watchedOrders();
      await withApi(orders, async ({ port }) => {
        const socket = connect(port, '127.0.0.1');
        const smuggled = `GET ${requestOf(KEYED[2] as Route).path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n\r\n`;
        socket.write(
          `POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n0\r\n\r\n${smuggled}`,
        );
        const said = await text(socket);
        assert.match(said, /^HTTP\/1\.1 400 /);
        assert.equal(said.match(/^HTTP\/1\.1 /gm)?.length, 1);
      });
      assert.deepEqual(asked, []);
    });
  }
});

describe('a log (ASVS V16)', () => {
  const FORGED = '\r\n{"level":"fatal","forged":true}\r\n';

  for (const route of ROUTES) {
    it(`has one line of JSON for each request to ${titleOf(route)}, whatever is in it`, async () => {
      const chunks: string[] = [];
      const log = createLogger('trace', 'api', { write: (chunk: string) => void chunks.push(chunk) });
      const { path, headers } = requestOf(route);
      const forged = encodeURIComponent(FORGED);
      let sent = 0;
      await withApi(
        {},
        async ({ call }) => {
          const tries: [path: string, body: unknown, headers: Record<string, string>][] = [
            [`${path}?${forged}`, undefined, {}],
            [`${path}${forged}`, undefined, {}],
            [path.replace(/pos_1234$/, `pos_1234${forged}`), undefined, {}],
            [
              path,
              headers === undefined ? { [FORGED]: FORGED } : `event=${forged}&order_ref_1=${forged}`,
              headers ?? {},
            ],
            [
              path,
              undefined,
              { 'request-id': forged, 'user-agent': forged, 'idempotency-key': forged, prefer: forged },
            ],
          ];
          for (const [to, body, more] of tries) {
            const answer = await call(route.method, to, route.method === 'get' ? undefined : body, more);
            await answer.body?.cancel();
            sent += 1;
          }
        },
        { log, merchants: MERCHANTS },
      );
      const lines = () =>
        chunks
          .join('')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Json);
      const requests = () => lines().filter(({ msg }) => msg === 'request');
      await until('a line of each', () => requests().length === sent);
      for (const { id: _ofOrder, ...line } of lines()) assert.doesNotMatch(JSON.stringify(line), /forged/);
    });
  }
});
