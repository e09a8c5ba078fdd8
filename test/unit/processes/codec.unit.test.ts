// `/codec/decode` and `/codec/encode` on a real admin port, called as the Temporal UI calls them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PayloadCodec } from '@temporalio/common';
import type { Admin, AdminOptions } from '../../../src/processes/admin.ts';
import { codecRoutes } from '../../../src/admin/codec-routes.ts';
import { createPeople } from '../../../src/admin/people.ts';
import { createPayloadCodec, createPeoplesCodec } from '../../../src/temporal/codec.ts';
import { openAdmin } from '../../support/admin.ts';
import { until } from '../../support/waits.ts';

const UI = 'http://localhost:8233';
const ELSEWHERE = 'https://elsewhere.example';
const KEY = { id: 'k1', key: randomBytes(32) };
const REMOVED = { id: 'k0', key: randomBytes(32) };

type JsonPayload = { metadata?: Record<string, string>; data?: string };

const base64 = (text: string) => Buffer.from(text).toString('base64');
const ID = 'order:merchant_1:here';
const NOW = Date.parse('2026-11-25T10:00:00Z');
const fromBase64 = (text = '') => Buffer.from(text, 'base64').toString();

function plain(text: string): JsonPayload {
  return { metadata: { encoding: base64('json/plain') }, data: base64(JSON.stringify(text)) };
}

/** With what it is bound to. */
function shown(text: string, bond = `workflow ${ID}`): JsonPayload {
  const { metadata, data } = plain(text);
  return { metadata: { ...metadata, 'bound-to': base64(bond) }, ...(data === undefined ? {} : { data }) };
}

async function encrypted(text: string, key = KEY): Promise<JsonPayload> {
  const { metadata = {}, data } = plain(text);
  const encoding = Buffer.from(metadata['encoding'] ?? '', 'base64');
  const [sealed] = await createPayloadCodec([key]).encode(
    [{ metadata: { encoding }, data: Buffer.from(data ?? '', 'base64') }],
    { type: 'workflow', namespace: 'default', workflowId: ID },
  );
  const entries = Object.entries(sealed?.metadata ?? {});
  return {
    metadata: Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
    data: Buffer.from(sealed?.data ?? []).toString('base64'),
  };
}

async function startCodec(
  codec: PayloadCodec | null,
  options: Partial<AdminOptions> = {},
): Promise<Admin & { url: string }> {
  const admin = await openAdmin({
    ...options,
    callers: { hosts: [], origins: [UI] },
    routes: codecRoutes({ codec, origins: [UI], people: createPeople(null), decoded: () => {} }),
  });
  return { ...admin, url: `${admin.url}/codec` };
}

describe('the codec for the Temporal UI', () => {
  let codec: Awaited<ReturnType<typeof startCodec>>;
  before(async () => (codec = await startCodec(createPeoplesCodec([KEY], () => NOW))));
  after(() => codec.close());

  const send = (direction: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${codec.url}/${direction}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-namespace': 'default', origin: UI, ...headers },
      body,
    });

  async function convert(direction: string, payloads: JsonPayload[]): Promise<JsonPayload[]> {
    const answer = await send(direction, JSON.stringify({ payloads }));
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { payloads: JsonPayload[] }).payloads;
  }

  const preflight = (origin: string) =>
    fetch(`${codec.url}/decode`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,x-namespace',
      },
    });

  it('may be called from a page of an allowed origin', async () => {
    const { ok, headers } = await preflight(UI);
    assert.ok(ok);
    assert.equal(headers.get('access-control-allow-origin'), UI);
    assert.match(headers.get('access-control-allow-methods') ?? '', /\bPOST\b/);
    assert.match(headers.get('access-control-allow-headers') ?? '', /^content-type, *x-namespace$/i);
    assert.match(headers.get('vary') ?? '', /\borigin\b/i);
    const answer = await send('decode', '{"payloads":[]}');
    assert.equal(answer.headers.get('access-control-allow-origin'), UI);
  });

  it('may not be called from a page of another origin', async () => {
    for (const origin of [ELSEWHERE, 'null', `${UI}.elsewhere.example`, 'http://localhost:82330', codec.url]) {
      for (const answer of [await preflight(origin), await send('decode', '{"payloads":[]}', { origin })]) {
        assert.equal(answer.status, 403, origin);
        assert.equal(answer.headers.get('access-control-allow-origin'), null, origin);
      }
    }
  });

  it('makes an encrypted payload readable, and a typed one encrypted', async () => {
    assert.deepEqual(await convert('decode', [await encrypted('María')]), [shown('María')]);
    const [sealed] = await convert('encode', [plain('María')]);
    assert.equal(fromBase64(sealed?.metadata?.['encoding']), 'binary/encrypted');
    assert.deepEqual(await convert('decode', [sealed ?? {}]), [shown('María', `typed ${new Date(NOW).toISOString()}`)]);
  });

  it('takes a body without payloads, as the Temporal CLI sends it, for none', async () => {
    const answer = await send('decode', '{}');
    assert.deepEqual([answer.status, await answer.json()], [200, { payloads: [] }]);
  });

  it('leaves a payload that it cannot read as it is, and shows all others', async () => {
    const removed = await encrypted('hidden', REMOVED);
    const sealed = await encrypted('María');
    const cut = { ...sealed, data: base64('short') };
    const decoded = await convert('decode', [await encrypted('first'), removed, cut, plain('typed'), {}, sealed]);
    assert.deepEqual(decoded, [
      shown('first'),
      removed,
      cut,
      plain('typed'),
      { metadata: {}, data: '' },
      shown('María'),
    ]);
  });

  it('takes as many payloads as a long history has', async () => {
    const sealed = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => encrypted(`payload ${index}`.padEnd(500))),
    );
    assert.equal((await convert('decode', sealed)).length, 1_000);
  });

  for (const [what, body] of [
    ['no JSON', '{"payloads":['],
    ['nothing', ''],
    ['another shape', '{"payload":[]}'],
    ['a list', '[]'],
    ['payloads that are not in base64', '{"payloads":[{"data":"María"}]}'],
  ] as const) {
    it(`answers ${what} with a problem that repeats none of it`, async () => {
      for (const direction of ['decode', 'encode']) {
        const answer = await send(direction, body);
        assert.equal(answer.status, 400);
        assert.equal(answer.headers.get('content-type'), 'application/problem+json');
        const problem = await answer.text();
        assert.equal((JSON.parse(problem) as { code: string }).code, 'malformed_body');
        assert.doesNotMatch(problem, /María/);
      }
    });
  }

  it('answers a body that is too large with a problem', async () => {
    const answer = await send('decode', JSON.stringify({ payloads: [{ data: 'AAAA'.repeat(2_000_000) }] }));
    assert.equal(answer.status, 413);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(((await answer.json()) as { code: string }).code, 'body_too_large');
  });
});

describe('a codec beside which others are served', () => {
  let codec: Awaited<ReturnType<typeof startCodec>>;
  before(async () => (codec = await startCodec(createPeoplesCodec([KEY]))));
  after(() => codec.close());

  const decode = (body: string) =>
    fetch(`${codec.url}/decode`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

  it('lets them have their turn between payloads, however many it has', async (t) => {
    let [turns, seen] = [0, 0];
    const busy: PayloadCodec = {
      encode: async (payloads) => payloads,
      async decode(payloads) {
        if (seen === 0) turns = 0;
        seen += 1;
        for (const endsAt = performance.now() + 1; performance.now() < endsAt;);
        return payloads;
      },
    };
    const slow = await startCodec(busy);
    let counting = setImmediate(function count() {
      turns += 1;
      counting = setImmediate(count);
    });
    t.after(() => {
      clearImmediate(counting);
      return slow.close();
    });
    const answer = await fetch(`${slow.url}/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ payloads: Array.from({ length: 500 }, () => plain('María')) }),
    });
    await answer.text();
    const turnsMeanwhile = turns;
    assert.deepEqual([answer.status, seen], [200, 500]);
    assert.ok(turnsMeanwhile > 50, `${turnsMeanwhile} turns`);
  });

  for (const [what, body] of [
    ['payloads', `{"payloads":[${'{},'.repeat(1_200_000)}{}]}`],
    ['lists in lists', `{"payloads":[${'['.repeat(1_900_000)}${']'.repeat(1_900_000)}]}`],
    ['members', `{"payloads":[{"metadata":{${'"":"",'.repeat(600_000)}"":""}}]}`],
    ['small payloads', `{"payloads":[${'{},'.repeat(2_000)}{}]}`],
  ] as const) {
    it(`refuses too many ${what} before it makes anything of them`, async () => {
      const answer = await decode(body);
      const { code } = (await answer.json()) as { code: string };
      assert.deepEqual([answer.status, code], [413, 'body_too_large']);
    });
  }

  it('takes one payload as large as Temporal lets it be', async () => {
    const payload = await encrypted('x'.repeat(2_000_000));
    const answer = await decode(JSON.stringify({ payloads: [payload] }));
    const { payloads } = (await answer.json()) as { payloads: JsonPayload[] };
    assert.equal(fromBase64(payloads[0]?.data).length, 2_000_002);
  });

  it('gives all that a call asks for, however little it sends', async () => {
    const payload = await encrypted('x'.repeat(30_000));
    const answer = await decode(JSON.stringify({ payloads: Array<JsonPayload>(1_000).fill(payload) }));
    const { payloads } = (await answer.json()) as { payloads: JsonPayload[] };
    assert.deepEqual([answer.status, payloads.length, payloads.at(-1)?.data], [200, 1_000, payloads[0]?.data]);
  });

  const underWay = (bytes: number) => {
    const headers = { 'content-type': 'application/json', 'content-length': String(bytes) };
    const call = request(`${codec.url}/decode`, { method: 'POST', headers, agent: false }).on('error', () => {});
    call.flushHeaders();
    const answer = once(call, 'response').then(([response]) => response as IncomingMessage);
    answer.catch(() => {});
    return { call, answer };
  };

  it('takes small calls beside a large one', async () => {
    const large = underWay(4 * 1024 * 1024);
    const small = await Promise.all(Array.from({ length: 20 }, () => decode('{}')));
    assert.deepEqual([...new Set(small.map(({ status }) => status))], [200]);
    large.call.destroy();
  });

  it('refuses more bytes at a time than it has room for, and has room again', async () => {
    const body = Buffer.from('{"payloads":[]}'.padEnd(4 * 1024 * 1024));
    const open = Array.from({ length: 3 }, () => underWay(body.length));
    // Two are read for as long as it takes: one is answered before its body has come.
    await Promise.race(open.map(({ answer }) => answer));
    for (const { call } of open) call.end(body);
    const answers = await Promise.all(open.map(({ answer }) => answer));
    for (const answer of answers) answer.resume();
    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    assert.ok(refused.length >= 1);
    for (const answer of refused) assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [429, '1']);
    await until('room', async () => (await decode('{}')).ok);
  });
});

describe('answers of the codec that nobody reads', () => {
  /** A small call whose answer has 8 MiB. */
  const body = encrypted('x'.repeat(30_000)).then((payload) =>
    JSON.stringify({ payloads: Array<JsonPayload>(200).fill(payload) }),
  );

  /** Resolves when its answer has begun, of which no more is read. */
  async function ask(port: number): Promise<Socket> {
    const call = await body;
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    socket.write(
      `POST /codec/decode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${call.length}\r\n\r\n${call}`,
    );
    await once(socket, 'readable');
    assert.match(String(socket.read(12)), / 200$/);
    return socket;
  }

  it('are kept within bounds, and calls beside them are answered', async (t) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heldMb = () => (collect(), process.memoryUsage().arrayBuffers / 2 ** 20);
    const codec = await startCodec(createPeoplesCodec([KEY]));
    const open: Socket[] = [];
    t.after(async () => {
      open.forEach((socket) => socket.destroy());
      await codec.close();
    });
    const beforeMb = heldMb();
    while (open.length < 100) open.push(await ask(codec.port));
    const keptMb = heldMb() - beforeMb;
    assert.ok(keptMb < 128, `${keptMb} MiB are kept of 100 answers of 8 MiB`);
    const headers = { 'content-type': 'application/json' };
    const small = await fetch(`${codec.url}/decode`, { method: 'POST', headers, body: '{}' });
    assert.deepEqual([small.status, await small.json()], [200, { payloads: [] }]);
  });

  it('end with their connections after a while', async (t) => {
    const codec = await startCodec(createPeoplesCodec([KEY]), { stillMs: 300 });
    t.after(() => codec.close());
    const socket = await ask(codec.port);
    const ended = once(socket, 'close');
    await sleep(1_000);
    let readBytes = 0;
    socket.on('data', (bytes) => (readBytes += bytes.length));
    await ended;
    assert.ok(readBytes < 8 * 2 ** 20, `${readBytes} bytes`);
  });
});

describe('the codec without encryption', () => {
  it('passes payloads as they are', async () => {
    const codec = await startCodec(null);
    try {
      const payloads = [plain('María'), await encrypted('hidden')];
      for (const direction of ['decode', 'encode']) {
        const answer = await fetch(`${codec.url}/${direction}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ payloads }),
        });
        assert.deepEqual(await answer.json(), { payloads });
      }
    } finally {
      await codec.close();
    }
  });
});
