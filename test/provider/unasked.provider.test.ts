// What RFC 9110 and 9112 allow a server to send although nobody asked for it (fault 47): the final answer counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { answer, head, startProvider } from './provider.ts';
import { cart, OPTIONS, orderRequest, refused, sequraAt, unknown } from './support.ts';

const CREATED = { sequraOrderId: '4567', orderUuid: null };
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const OK = answer(200, cart(), JSON_TYPE);

const interim = (status: number) => `HTTP/1.1 ${status} Interim\r\nx-note: early\r\n\r\n`;
const chunked = (body: string, ...trailers: string[]) =>
  head(200, { ...JSON_TYPE, 'transfer-encoding': 'chunked', trailer: 'x-sum' }) +
  `5;note="a, b"\r\n${body.slice(0, 5)}\r\n${(Buffer.byteLength(body) - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\n` +
  `${trailers.map((line) => `${line}\r\n`).join('')}\r\n`;

const LEGAL: [string, string][] = [
  ['100 Continue', interim(100) + OK],
  ['100 Continue twice', interim(100) + interim(100) + OK],
  ['102 Processing and 103 Early Hints', interim(102) + interim(103) + OK],
  ['an interim status that nobody knows', interim(199) + OK],
  ['chunks with extensions, and trailers', chunked(cart(), 'x-sum: 1', 'x-other: 2')],
  ['HTTP/1.0, the end of the body told by the end of the connection', `HTTP/1.0 200 OK\r\n\r\n${cart()}`],
  ['no reason phrase', OK.replace('200 Status', '200 ')],
  ['a status that only its class explains', OK.replace('200 Status', '299 Odd')],
  ['an advertised upgrade', OK.replace('\r\n\r\n', '\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n')],
  ['the same header many times', OK.replace('\r\n\r\n', `${'\r\nset-cookie: a=b'.repeat(300)}\r\n\r\n`)],
  ['20 kB of headers', OK.replace('\r\n\r\n', `\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`)],
  ['a byte order mark', answer(200, `\uFEFF${cart()}`, JSON_TYPE)],
];

for (const [name, bytes] of LEGAL) {
  test(`47 ${name}: the order is created`, async (t) => {
    const provider = await startProvider(t, (socket) => {
      socket.write(bytes);
      if (bytes.startsWith('HTTP/1.0')) socket.end();
    });
    assert.deepEqual(await sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), CREATED);
    assert.equal(provider.received.length, 1);
  });
}

test('47 interim answers, however many and however they are cut up, change no final answer', async (t) => {
  let bytes = '';
  let cuts: number[] = [];
  const provider = await startProvider(t, (socket) => {
    socket.setNoDelay(true);
    void (async () => {
      const ends = [...cuts.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b), bytes.length];
      for (let index = 0; index < ends.length; index += 1) {
        socket.write(bytes.slice(ends[index - 1] ?? 0, ends[index]));
        await new Promise(setImmediate);
      }
    })();
  });
  const sequra = sequraAt(t, provider.baseUrl);
  const status = fc.integer({ min: 100, max: 199 }).filter((code) => code !== 101);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(fc.array(status, { maxLength: 8 }), fc.array(share, { maxLength: 4 }), async (codes, shares) => {
      cuts = shares;
      bytes = codes.map(interim).join('') + OK;
      assert.deepEqual(await sequra.createOrder(orderRequest(), OPTIONS), CREATED);
      bytes = codes.map(interim).join('') + answer(422, '{"errors":[{"code":"no"}]}', JSON_TYPE);
      await assert.rejects(sequra.cancelOrder('4567', OPTIONS), refused(422, 'no'));
    }),
    { numRuns: 60 },
  );
});

const CODINGS: [string, (body: string) => Buffer][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['identity', (body) => Buffer.from(body)],
  ['deflate, gzip', (body) => gzipSync(deflateSync(body))],
];

for (const [coding, encode] of CODINGS) {
  test(`47 a body in ${coding} (${encode.name || 'both'}) is read`, async (t) => {
    const body = encode(cart());
    const provider = await startProvider(t, (socket) => {
      socket.write(head(200, { ...JSON_TYPE, 'content-encoding': coding, 'content-length': String(body.length) }));
      socket.write(body);
    });
    assert.deepEqual(await sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), CREATED);
    assert.equal(provider.received[0]?.headers.get('accept-encoding'), 'identity');
  });
}

test('47 a charset that the answer names is believed', async (t) => {
  const body = Buffer.from(cart({ reference: 'ñandú' }), 'latin1');
  const provider = await startProvider(t, (socket) => {
    socket.write(
      head(200, { 'content-type': 'application/json;charset="ISO-8859-1"', 'content-length': String(body.length) }),
    );
    socket.write(body);
  });
  const request = { ...orderRequest(), reference: 'ñandú' };
  assert.deepEqual(await sequraAt(t, provider.baseUrl).createOrder(request, OPTIONS), CREATED);
});

for (const [name, coding, body, reason] of [
  ['a coding that nobody knows', 'exotic', Buffer.from(cart()), 'unreadable_answer'],
  ['a coding that it is not in', 'gzip', Buffer.from(cart()), 'unreadable_answer'],
  ['a coding that is cut', 'gzip', gzipSync(cart()).subarray(0, -20), 'unreadable_answer'],
  ['2 MB in 2 kB', 'gzip', gzipSync(cart({ padding: ' '.repeat(2_000_000) })), 'answer_too_large'],
  ['more codings than anybody uses', 'gzip,'.repeat(5), gzipSync(cart()), 'unreadable_answer'],
] as const) {
  test(`47 ${name}: outcome unknown`, async (t) => {
    const provider = await startProvider(t, (socket) => {
      socket.write(head(200, { 'content-encoding': coding, 'content-length': String(body.length) }));
      socket.write(body);
    });
    await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), unknown(reason, 200));
  });
}

test('47 a folded header, which no server may send: outcome unknown', async (t) => {
  const folded = OK.replace('\r\n\r\n', '\r\nx-folded: one\r\n two\r\n\r\n');
  const provider = await startProvider(t, (socket) => socket.write(folded));
  await assert.rejects(
    sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS),
    unknown('unreadable_answer'),
  );
});

test('47 interim answers alone are no answer', async (t) => {
  const provider = await startProvider(t, (socket) => socket.end(interim(100) + interim(102)));
  await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), unknown('reset'));
});

test('47 a change of protocol that nobody asked for: outcome unknown', async (t) => {
  const provider = await startProvider(t, (socket) => socket.end(interim(101) + OK));
  await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), {
    name: 'OutcomeUnknownError',
  });
});

test('47 interim answers without end take no longer than the call may', async (t) => {
  const provider = await startProvider(t, (socket) => {
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(interim(102))), 10);
  });
  const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), { ...OPTIONS, timeoutMs: 400 });
  await assert.rejects(creating, unknown('timeout'));
});
