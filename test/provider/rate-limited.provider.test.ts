// 429 is the one answer that means: not executed, come again (fault 8).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, startProvider } from './provider.ts';
import { OPTIONS, orderRequest, rateLimited, RETRY_WOULD_SHOW_MS, sequraAt, sleep } from './support.ts';

for (const [header, retryAfterMs] of [
  ['0', 1000],
  ['7', 7000],
  ['31536000000', 31_536_000_000_000],
  ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 1000],
  ['', null],
  ['soon', null],
  ['-5', null],
  ['1.5', null],
  ['7 seconds', null],
  ['0x10', null],
  ['1e3', null],
  ['2030-01-01', null],
  ['Sun, 06 Nov 1994 99:49:37 GMT', null],
  [null, null],
] as const) {
  test(`8 429 with Retry-After ${header === null ? 'missing' : `"${header.slice(0, 40)}"`}: not sent`, async (t) => {
    const headers = header === null ? {} : { 'retry-after': header };
    const provider = await startProvider(t, (socket) => socket.write(answer(429, 'slow down', headers)));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, rateLimited(retryAfterMs));
    if (header === '0') await sleep(RETRY_WOULD_SHOW_MS);
    assert.equal(provider.received.length, 1);
  });
}

test('8 429 with Retry-After twice: not sent, and nobody guesses which one counts', async (t) => {
  const bytes = 'HTTP/1.1 429 Slow\r\nretry-after: 5\r\nretry-after: 50\r\ncontent-length: 0\r\n\r\n';
  const provider = await startProvider(t, (socket) => socket.write(bytes));
  await assert.rejects(sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS), rateLimited(null));
});

for (const [spelling, dateText] of [
  ['IMF-fixdate', (date: Date) => date.toUTCString()],
  ['asctime', (date: Date) => date.toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4')],
  [
    'RFC 850',
    (date: Date) => date.toUTCString().replace(/^\w+, (\d+) (\w+) \d\d(\d+) (\S+) GMT$/, 'Someday, $1-$2-$3 $4 GMT'),
  ],
] as const) {
  test(`8 429 with Retry-After as a date, ${spelling}: not sent, counted from now`, async (t) => {
    const at = new Date(Date.now() + 3_600_000);
    const headers = { 'retry-after': dateText(at) };
    const provider = await startProvider(t, (socket) => socket.write(answer(429, '', headers)));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, ({ code, retryAfterMs }: { code: string; retryAfterMs: number }) => {
      assert.equal(code, 'rate_limited');
      return retryAfterMs > 3_590_000 && retryAfterMs <= 3_600_000;
    });
    assert.equal(provider.received.length, 1);
  });
}

test('8, 40 429 with Retry-After as a date, from a clock an hour off ours: counted from the answer’s own date', async (t) => {
  for (const offMs of [-3_600_000, 3_600_000]) {
    const theirs = (ms: number) => new Date(Date.now() + offMs + ms).toUTCString();
    const headers = { date: theirs(0), 'retry-after': theirs(60_000) };
    const provider = await startProvider(t, (socket) => socket.write(answer(429, '', headers)));
    const creating = sequraAt(t, provider.baseUrl).createOrder(orderRequest(), OPTIONS);
    await assert.rejects(creating, ({ retryAfterMs }: { retryAfterMs: number }) => {
      return retryAfterMs >= 59_000 && retryAfterMs <= 61_000;
    });
  }
});
