// An error ends up in logs and in Temporal's history: it holds a status, a code or a word, never what was sent or received.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { Respond } from './provider.ts';
import { answer, head, startProvider } from './provider.ts';
import { OPTIONS, orderRequest, PASSWORD, sequraAt } from './support.ts';

const CANARY = 'canary-4c1d';
const ECHO = JSON.stringify({ id: CANARY, reference: CANARY, errors: [{ code: 'ok_code', title: CANARY }, CANARY] });

const FAILURES: [name: string, respond: Respond][] = [
  ['a refusal', (socket) => socket.write(answer(422, ECHO))],
  ['a 429', (socket) => socket.write(answer(429, ECHO, { 'retry-after': CANARY }))],
  ['a 500', (socket) => socket.write(answer(500, ECHO, { 'x-echo': CANARY }))],
  ['a redirect', (socket) => socket.write(answer(302, ECHO, { location: `https://${CANARY}.example` }))],
  ['another reference', (socket) => socket.write(answer(200, ECHO))],
  ['an unreadable body', (socket) => socket.write(answer(200, CANARY))],
  ['a cut body', (socket) => socket.end(head(200, { 'content-length': '500' }) + CANARY)],
  ['no HTTP at all', (socket) => socket.write(`${CANARY}\r\n\r\n`)],
  ['a broken chunk', (socket) => socket.write(`${head(200, { 'transfer-encoding': 'chunked' })}${CANARY}`)],
  ['a reset', (socket) => socket.resetAndDestroy()],
  ['a timeout', () => {}],
];

for (const [name, respond] of FAILURES) {
  test(`the error for ${name} gives nothing away`, async (t) => {
    const provider = await startProvider(t, respond);
    const request = orderRequest({ given_names: CANARY, nin: CANARY, mobile_phone: CANARY, operator_ref: CANARY });
    const creating = sequraAt(t, provider.baseUrl).createOrder(request, { ...OPTIONS, timeoutMs: 400 });
    const error: unknown = await creating.then(
      () => assert.fail('the fault did not happen'),
      (error: unknown) => error,
    );
    assert.ok(provider.received[0]?.body.includes(CANARY));
    assert.ok(error instanceof Error);
    assert.equal('cause' in error, false);
    const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error) + String(error.stack);
    const credentials = Buffer.from(`merchant_1:${PASSWORD}`).toString('base64');
    for (const secret of [CANARY, PASSWORD, credentials, provider.baseUrl]) assert.ok(!shown.includes(secret), shown);
  });
}

test('credentials in the base URL are not used, and do not show', async (t) => {
  const provider = await startProvider(t, (socket) => socket.write(answer(500, '')));
  const sequra = sequraAt(t, provider.baseUrl.replace('//', `//user:${CANARY}@`));
  await assert.rejects(sequra.cancelOrder('4567', OPTIONS), (error: unknown) => !inspect(error).includes(CANARY));
  const authorization = provider.received[0]?.headers.get('authorization') ?? '';
  assert.equal(Buffer.from(authorization.slice(6), 'base64').toString(), `merchant_1:${PASSWORD}`);
});
