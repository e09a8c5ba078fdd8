// The calls on an order that exists: any 2xx status settles them, and the same faults mean the same (faults 14 to 18).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallOptions, Sequra } from '../../src/sequra/sequra.ts';
import { answer, head, startProvider } from './provider.ts';
import {
  elapsedMs,
  ERROR_BODIES,
  OPTIONS,
  rateLimited,
  refused,
  RETRY_WOULD_SHOW_MS,
  sequraAt,
  sleep,
  unknown,
  unreachable,
} from './support.ts';

const SENT = '{"message":"SMS sent successfully"}';

test('an SMS to another number carries it', async (t) => {
  const provider = await startProvider(t, (socket) => socket.write(answer(200, SENT)));
  assert.equal(await sequraAt(t, provider.baseUrl).sendSms('4567', '+34600000001', OPTIONS), undefined);
  const { method, path, headers, body } = provider.received[0] ?? assert.fail();
  assert.equal(`${method} ${path}`, 'POST /api/public/v1/orders/4567/send_sms');
  assert.equal(body, '{"mobile_phone":"+34600000001"}');
  assert.equal(headers.get('content-type'), 'application/json');
});

for (const [name, call] of [
  ['send_sms', (sequra: Sequra, id: string) => sequra.sendSms(id, null, OPTIONS)],
  ['cancel', (sequra: Sequra, id: string) => sequra.cancelOrder(id, OPTIONS)],
] as const) {
  test(`${name} without a body`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(200, '{"success":true}')));
    assert.equal(await call(sequraAt(t, provider.baseUrl), '4567'), undefined);
    const { method, path, headers, body } = provider.received[0] ?? assert.fail();
    assert.equal(`${method} ${path}`, `POST /api/public/v1/orders/4567/${name}`);
    assert.equal(body, '');
    assert.equal(headers.get('content-length'), '0');
    assert.equal(headers.get('content-type'), undefined);
    assert.match(headers.get('authorization') ?? '', /^Basic /);
  });

  test(`${name} for an id that is not plain: one segment of the path`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(200, '{}')));
    const sequra = sequraAt(t, provider.baseUrl);
    for (const id of ['a/b?c#d e', '%2e', 'ñ😀', '\r\nx: y', '\uD800']) await call(sequra, id);
    const segments = ['a%2Fb%3Fc%23d%20e', '%252e', '%C3%B1%F0%9F%98%80', '%0D%0Ax%3A%20y', '%EF%BF%BD'];
    assert.deepEqual(
      provider.received.map(({ path }) => path),
      segments.map((segment) => `/api/public/v1/orders/${segment}/${name}`),
    );
  });
}

const CALLS: [name: string, call: (sequra: Sequra, options: CallOptions) => Promise<void>][] = [
  ['14 sendSms', (sequra, options) => sequra.sendSms('4567', '+34600000001', options)],
  ['16 cancelOrder', (sequra, options) => sequra.cancelOrder('4567', options)],
];

for (const [name, call] of CALLS) {
  for (const [what, bytes] of [
    ['200 with an unreadable body', answer(200, '<html>')],
    ['200 with a cut body', head(200, { 'content-length': '500' }) + SENT.slice(0, 9)],
    ['200 with {"success":false}', answer(200, '{"success":false}')],
    ['204', head(204, {})],
    ['202 without a body', answer(202, '')],
  ] as const) {
    test(`${name}: ${what} is done`, async (t) => {
      const provider = await startProvider(t, (socket) => socket.end(bytes));
      await call(sequraAt(t, provider.baseUrl), OPTIONS);
      assert.equal(provider.received.length, 1);
      assert.equal(provider.connections.length, 1);
    });
  }

  test(`${name}: 200 with a body that never comes is done, long before the total timeout`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(head(200, { 'content-length': '500' })));
    const calling = call(sequraAt(t, provider.baseUrl), { ...OPTIONS, timeoutMs: 20_000 });
    assert.ok((await elapsedMs(calling)) < 2500);
    await calling;
    assert.equal(provider.received.length, 1);
  });

  test(`${name}: 200 with a body that never comes is done, also at a total timeout below a second`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(head(200, { 'content-length': '500' })));
    const calling = call(sequraAt(t, provider.baseUrl), { ...OPTIONS, timeoutMs: 300 });
    assert.ok((await elapsedMs(calling)) < 800);
    await calling;
    assert.equal(provider.received.length, 1);
  });

  test(`${name}: effect, but no answer: outcome unknown`, async (t) => {
    let effects = 0;
    const provider = await startProvider(t, () => void effects++);
    const calling = call(sequraAt(t, provider.baseUrl), { ...OPTIONS, timeoutMs: 300 });
    await assert.rejects(calling, unknown('timeout'));
    assert.equal(effects, 1);
  });

  test(`${name}: effect, then a reset: outcome unknown, and sent once`, async (t) => {
    let effects = 0;
    const provider = await startProvider(t, (socket) => {
      effects++;
      socket.resetAndDestroy();
    });
    await assert.rejects(call(sequraAt(t, provider.baseUrl), OPTIONS), unknown('reset'));
    await sleep(RETRY_WOULD_SHOW_MS);
    assert.equal(effects, 1);
    assert.equal(provider.connections.length, 1);
  });

  for (const status of [500, 503]) {
    test(`${name}: ${status}: outcome unknown`, async (t) => {
      const provider = await startProvider(t, (socket) => socket.write(answer(status, '')));
      await assert.rejects(call(sequraAt(t, provider.baseUrl), OPTIONS), unknown(`http_${status}`, status));
      assert.equal(provider.received.length, 1);
    });
  }

  test(`${name}: connection refused: not sent`, async (t) => {
    await assert.rejects(call(sequraAt(t, 'http://127.0.0.1:1'), OPTIONS), unreachable);
  });

  test(`${name}: a redirect: outcome unknown, and nothing travels there`, async (t) => {
    const target = await startProvider(t, (socket) => socket.write(answer(200, SENT)));
    const location = `http://127.0.0.1:${target.port}/`;
    const provider = await startProvider(t, (socket) => socket.write(answer(307, '', { location })));
    await assert.rejects(call(sequraAt(t, provider.baseUrl), OPTIONS), unknown('redirect', 307));
    assert.equal(provider.received.length, 1);
    assert.equal(target.connections.length, 0);
  });
}

for (const [name, call] of [
  ['15', CALLS[0]?.[1] ?? assert.fail()],
  ['16', CALLS[1]?.[1] ?? assert.fail()],
] as const) {
  for (const status of [401, 404, 422]) {
    for (const { shape, body, codes } of ERROR_BODIES) {
      test(`${name} ${status} with a body of ${shape}: refused`, async (t) => {
        const provider = await startProvider(t, (socket) => socket.write(answer(status, body)));
        await assert.rejects(call(sequraAt(t, provider.baseUrl), OPTIONS), refused(status, ...codes));
        assert.equal(provider.received.length, 1);
      });
    }
  }

  test(`${name} 429: not sent, and Retry-After is handed on`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(429, '', { 'retry-after': '9' })));
    await assert.rejects(call(sequraAt(t, provider.baseUrl), OPTIONS), rateLimited(9000));
    assert.equal(provider.received.length, 1);
  });
}

test('16 a cancel whose answer was lost, then 422: unknown first, then refused', async (t) => {
  let cancelled = false;
  const provider = await startProvider(t, (socket) => {
    if (cancelled) socket.write(answer(422, '{"errors":["not cancellable"]}'));
    else socket.resetAndDestroy();
    cancelled = true;
  });
  const sequra = sequraAt(t, provider.baseUrl);
  await assert.rejects(sequra.cancelOrder('4567', OPTIONS), unknown('reset'));
  assert.ok(cancelled);
  await assert.rejects(sequra.cancelOrder('4567', OPTIONS), refused(422));
  assert.equal(provider.received.length, 2);
});

test('18 401 for one order only: refused there, done for the next', async (t) => {
  const provider = await startProvider(t, (socket, { path }) =>
    socket.write(path.includes('/4567/') ? answer(401, 'HTTP Basic: Access denied.') : answer(200, '{"success":true}')),
  );
  const sequra = sequraAt(t, provider.baseUrl);
  await assert.rejects(sequra.cancelOrder('4567', OPTIONS), refused(401));
  await sequra.cancelOrder('4568', OPTIONS);
  assert.equal(provider.received.length, 2);
});
