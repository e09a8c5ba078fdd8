// Any other 4xx means that no order exists, whatever its body looks like (faults 9 and 10).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSequraClient } from '../../src/sequra/client.ts';
import { answer, head, startProvider } from './provider.ts';
import { cart, ERROR_BODIES, OPTIONS, orderRequest, refused, sequraAt } from './support.ts';

test('9 a password changed in mid-life: refused from then on', async (t) => {
  const passwords = new Map([['merchant_1', { username: 'merchant_1', password: 'old' }]]);
  let accepted = `Basic ${Buffer.from('merchant_1:old').toString('base64')}`;
  const provider = await startProvider(t, (socket, { headers }) =>
    socket.write(
      headers.get('authorization') === accepted ? answer(200, cart()) : answer(401, 'HTTP Basic: Access denied.'),
    ),
  );
  const sequra = createSequraClient({ baseUrl: provider.baseUrl, merchants: passwords });
  t.after(() => sequra.close());
  await sequra.createOrder(orderRequest(), OPTIONS);
  accepted = `Basic ${Buffer.from('merchant_1:new').toString('base64')}`;
  await assert.rejects(sequra.createOrder(orderRequest(), OPTIONS), refused(401));
  assert.equal(provider.received.length, 2);
});

for (const status of [400, 401, 403, 404, 409, 422, 451, 499]) {
  for (const { shape, body, codes } of ERROR_BODIES) {
    test(`${status < 404 ? 9 : 10} ${status} with a body of ${shape}: refused, and sent once`, async (t) => {
      const provider = await startProvider(t, (socket) => socket.write(answer(status, body)));
      const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
      await assert.rejects(creating, refused(status, ...codes));
      assert.equal(provider.received.length, 1);
    });
  }
}

for (const [name, errors, codes] of [
  [
    'text in place of a code',
    [{ code: 'El NIF de María no es válido' }, { code: '' }, { code: 7 }, { code: 'a\n' }],
    [],
  ],
  ['a code of 64 and one of 65', [{ code: 'x'.repeat(64) }, { code: 'y'.repeat(65) }], ['x'.repeat(64)]],
  ['codes among other things', ['text', null, { title: 'none' }, { code: 'a.b-C_1', title: 'x' }, [1]], ['a.b-C_1']],
  [
    '30 codes',
    Array.from({ length: 30 }, (_, i) => ({ code: `c${i}` })),
    Array.from({ length: 20 }, (_, i) => `c${i}`),
  ],
  ['an object in place of the list', { code: 'a' }, []],
] as const) {
  test(`10 422 with ${name}: only codes are kept`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.write(answer(422, JSON.stringify({ errors }))));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, refused(422, ...codes));
  });
}

for (const [name, bytes] of [
  ['cut', head(422, { 'content-length': '500' }) + ERROR_BODIES[0].body],
  ['of broken chunks', `${head(422, { 'transfer-encoding': 'chunked' })}zzz\r\n`],
  ['in another charset', head(422, { 'content-length': '2' }) + 'é'],
] as const) {
  test(`10 422 with a body ${name}: refused all the same`, async (t) => {
    const provider = await startProvider(t, (socket) => socket.end(bytes));
    await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), refused(422));
    assert.equal(provider.received.length, 1);
  });
}
