// What the HTTP server answers before, beside and instead of the app, over real sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { ApiMetrics } from '../../../../src/api/context.ts';
import { EXAMPLE_REQUEST } from '../../../../src/order/example.ts';
import type { Api } from '../../../support/api-fixtures.ts';
import { ORDER_PATH, withApi } from '../../../support/api-fixtures.ts';
import { API_KEY, WEBHOOK_TOKEN } from '../../../support/canaries.ts';
import { checkAnswer } from '../../../support/declared.ts';

const AUTHORIZATION = `Authorization: Bearer ${API_KEY}`;
const JSON_TYPE = 'Content-Type: application/json';
const HOOK_PATH = `/webhooks/sequra/${WEBHOOK_TOKEN}`;

type Answer = { status: number; headers: Map<string, string>; code: string | null; body: string };

/** What a server that closes the connection said on it. */
function read(text: string): Answer[] {
  const answers: Answer[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    const length = Number(headers.get('content-length') ?? 0);
    const body = Buffer.from(rest.slice(end + 4))
      .subarray(0, length)
      .toString();
    const isProblem = headers.get('content-type') === 'application/problem+json';
    answers.push({
      status: Number(first.split(' ')[1]),
      headers,
      code: isProblem ? (JSON.parse(body) as { code: string }).code : null,
      body,
    });
    rest = Buffer.from(rest.slice(end + 4))
      .subarray(length)
      .toString();
  }
  return answers;
}

function open({ port }: Api, text: string): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.write(text);
  const closed = new Promise<string>((resolve) =>
    socket.once('close', () => resolve(Buffer.concat(chunks).toString())),
  );
  return { socket, closed };
}

async function say(api: Api, text: string): Promise<Answer[]> {
  return read(await open(api, text).closed);
}

const request = (line: string, ...headers: string[]) => [line, ...headers, '', ''].join('\r\n');

function counting(): { refused: string[]; metrics: ApiMetrics } {
  const refused: string[] = [];
  return {
    refused,
    metrics: { requestRefused: (code) => refused.push(code), requestEnded() {}, keyUsed() {}, webhookEnded() {} },
  };
}

describe('what the parser refuses', () => {
  const REFUSED: [what: string, text: string, status: number, code: string][] = [
    ['no HTTP', 'hello\r\n\r\n', 400, 'malformed_request'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000', 400, 'malformed_request'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'malformed_request'],
    ['a method that nobody knows', request('FETCH / HTTP/1.1', 'Host: x'), 400, 'malformed_request'],
    ['a header without a colon', request('GET / HTTP/1.1', 'Host x'), 400, 'malformed_request'],
    ['a control character', request('GET / HTTP/1.1', 'Host: x', 'A: \u0000'), 400, 'malformed_request'],
    [
      'two lengths',
      request('POST / HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Content-Length: 2'),
      400,
      'malformed_request',
    ],
    [
      'a length and chunks',
      request('POST / HTTP/1.1', 'Host: x', 'Content-Length: 1', 'Transfer-Encoding: chunked'),
      400,
      'malformed_request',
    ],
    ['a tunnel', request('CONNECT seQura:443 HTTP/1.1', 'Host: x'), 400, 'malformed_request'],
    ['large headers', request('GET / HTTP/1.1', 'Host: x', `A: ${'x'.repeat(17_000)}`), 431, 'headers_too_large'],
    ['a large address', request(`GET /${'x'.repeat(17_000)} HTTP/1.1`, 'Host: x'), 431, 'headers_too_large'],
    [
      'a chunk that is none',
      `${request('POST /v1/orders HTTP/1.1', 'Host: x', AUTHORIZATION, JSON_TYPE, 'Transfer-Encoding: chunked')}zz\r\n`,
      400,
      'malformed_request',
    ],
  ];
  for (const [what, text, status, code] of REFUSED) {
    it(`is a problem with an id, a line and a count: ${what}`, async () => {
      const { refused, metrics } = counting();
      await withApi(
        {},
        async (api) => {
          const [answer, ...more] = await say(api, text);
          assert.deepEqual([answer?.status, answer?.code, more], [status, code, []]);
          const header = (name: string) => answer?.headers.get(name.toLowerCase()) ?? null;
          checkAnswer({ method: '', path: null, status, header, body: answer?.body ?? null });
          assert.equal(answer?.headers.get('connection'), 'close');
          const line = JSON.stringify(api.logged);
          assert.ok(line.includes(answer?.headers.get('request-id') ?? 'none'), line);
          assert.deepEqual(refused, [code]);
        },
        { metrics },
      );
    });
  }

  it('is answered after what was asked before it', async () =>
    withApi({ get: () => sleep(50).then(() => null) }, async (api) => {
      const good = request(`GET ${ORDER_PATH} HTTP/1.1`, 'Host: x', AUTHORIZATION);
      const answers = await say(api, `${good}${good}nonsense\r\n\r\n`);
      assert.deepEqual(
        answers.map(({ code }) => code),
        ['order_not_found', 'order_not_found', 'malformed_request'],
      );
    }));

  it('says where it came from', async () =>
    withApi({}, async (api) => {
      await say(api, 'nonsense\r\n\r\n');
      assert.match(JSON.stringify(api.logged), /"from":"(::ffff:)?127\.0\.0\.1"/);
    }));

  it('ends no process where its sender has gone', async () =>
    withApi({}, async (api) => {
      for (let times = 0; times < 50; times += 1) {
        const { socket } = open(api, request('CONNECT seQura:443 HTTP/1.1', 'Host: x'));
        await once(socket, 'connect');
        setImmediate(() => socket.resetAndDestroy());
      }
      await sleep(100);
      const [answer] = await say(api, request('CONNECT seQura:443 HTTP/1.1', 'Host: x'));
      assert.equal(answer?.status, 400);
    }));

  it('is nothing where a connection was opened and closed', async () =>
    withApi({}, async (api) => {
      const { socket, closed } = open(api, '');
      socket.end();
      assert.equal(await closed, '');
      assert.deepEqual(api.logged, []);
    }));
});

describe('Expect', () => {
  const post = (...more: string[]) =>
    request('POST /v1/orders HTTP/1.1', 'Host: x', JSON_TYPE, 'Content-Length: 2', 'Connection: close', ...more);

  it('is met only for a body that is wanted', async () =>
    withApi({}, async (api) => {
      const { socket, closed } = open(api, post('Expect: 100-continue', AUTHORIZATION));
      const [first] = (await once(socket, 'data')) as [Buffer];
      assert.match(first.toString(), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
      socket.write('{}');
      assert.deepEqual(
        read(await closed).map(({ status }) => status),
        [100, 422],
      );
      const [answer, ...more] = await say(
        api,
        request('POST /v1/orders HTTP/1.1', 'Host: x', 'Content-Length: 2', 'Expect: 100-continue'),
      );
      assert.deepEqual([answer?.status, answer?.headers.get('connection'), more], [401, 'close', []]);
    }));

  it('of anything else is 417', async () =>
    withApi({}, async (api) => {
      const [answer] = await say(api, post('Expect: a-miracle', AUTHORIZATION) + '{}');
      assert.deepEqual([answer?.status, answer?.code], [417, 'expectation_failed']);
    }));

  it('loses no webhook', async () =>
    withApi({}, async (api) => {
      const body = 'event=confirmed&order_ref_1=a';
      const type = 'Content-Type: application/x-www-form-urlencoded';
      const head = request(
        `POST ${HOOK_PATH} HTTP/1.1`,
        type,
        type,
        'Expect: x',
        `Content-Length: ${body.length}`,
        'Connection: close',
      );
      assert.deepEqual(
        (await say(api, head + body)).map(({ status }) => status),
        [200],
      );
    }));
});

describe('a header that holds one value', () => {
  const NAMES = [
    'Authorization',
    'Content-Type',
    'Host',
    'Last-Event-ID',
    'Idempotency-Key',
    'User-Agent',
    'If-Modified-Since',
  ];
  for (const name of NAMES) {
    it(`may be given once: ${name}`, async () =>
      withApi({}, async (api) => {
        const given = {
          Authorization: AUTHORIZATION,
          Host: 'Host: x',
          'Content-Type': JSON_TYPE,
          [name]: `${name}: Bearer ${API_KEY}`,
        };
        const head = request(
          `GET ${ORDER_PATH} HTTP/1.1`,
          ...Object.values(given),
          `${name.toLowerCase()}: other`,
          'Connection: close',
        );
        assert.deepEqual(
          (await say(api, head)).map(({ code }) => code),
          ['malformed_header'],
        );
      }));
  }

  it('is seen behind thousands of others', async () =>
    withApi({}, async (api) => {
      const many = Array.from({ length: 3_000 }, () => 'a:');
      const head = request(
        `GET ${ORDER_PATH} HTTP/1.1`,
        'Host: x',
        AUTHORIZATION,
        ...many,
        'Authorization: x',
        'Connection: close',
      );
      assert.deepEqual(
        (await say(api, head)).map(({ code }) => code),
        ['malformed_header'],
      );
    }));

  it('a list may be given in several', async () =>
    withApi({}, async (api) => {
      const head = request(
        `GET ${ORDER_PATH} HTTP/1.1`,
        'Host: x',
        AUTHORIZATION,
        'Accept: text/html',
        'Accept: application/json',
        'Connection: close',
      );
      assert.deepEqual(
        (await say(api, head)).map(({ status }) => status),
        [200],
      );
    }));

  it('Host may not be missing, but in HTTP/1.0', async () =>
    withApi({}, async (api) => {
      const [answer] = await say(api, request('GET / HTTP/1.1', 'Connection: close'));
      assert.equal(answer?.code, 'malformed_header');
      const [old] = await say(api, request(`GET ${ORDER_PATH} HTTP/1.0`, AUTHORIZATION));
      assert.equal(old?.status, 200);
    }));
});

describe('Request-Id', () => {
  it('is in every answer and its line; one of the caller’s where it can be nothing but an id', async () =>
    withApi({}, async (api) => {
      const own = fc.oneof(
        fc.uuid(),
        fc.uuid().map((id) => id.replaceAll('-', '').toUpperCase()),
      );
      await fc.assert(
        fc.asyncProperty(own, fc.constantFrom('request-id', 'x-request-id'), async (id, name) => {
          const { headers } = await api.call('GET', ORDER_PATH, undefined, { [name]: id });
          assert.equal(headers.get('request-id'), id);
        }),
        { numRuns: 20 },
      );
      for (const id of ['666123456', 'maria@shop.example', '', 'a'.repeat(5_000), `${'a'.repeat(32)}b`]) {
        const { headers } = await api.call('GET', '/nowhere', undefined, { 'request-id': id });
        const made = headers.get('request-id') ?? '';
        assert.match(made, /^[0-9a-f-]{36}$/);
        while (!JSON.stringify(api.logged).includes(made)) await new Promise((resolve) => setImmediate(resolve));
        if (id !== '') assert.ok(!JSON.stringify(api.logged).includes(id));
      }
    }));

  it('stands beside where a wrong secret came from', async () =>
    withApi({}, async (api) => {
      await api.call('GET', ORDER_PATH, undefined, { authorization: 'Bearer wrong' });
      await api.call('POST', '/webhooks/sequra/wrong');
      await api.call('GET', ORDER_PATH);
      while (api.logged.length < 3) await new Promise((resolve) => setImmediate(resolve));
      const from = api.logged.map((line) => (line as [{ from?: string }])[0].from);
      assert.deepEqual(from, ['127.0.0.1', '127.0.0.1', undefined]);
    }));
});

describe('a connection', () => {
  it('is kept for longer than proxies keep theirs, and says so', async () =>
    withApi({}, async (api) => {
      const { socket } = open(api, request(`GET ${ORDER_PATH} HTTP/1.1`, 'Host: x', AUTHORIZATION));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      const seconds = Number(/^Keep-Alive: timeout=(\d+)\r$/im.exec(answer.toString())?.[1]);
      assert.ok(seconds > 900);
      socket.destroy();
    }));

  it('ends with its next answer when the process ends', async () => {
    const ending = new AbortController();
    await withApi(
      {},
      async (api) => {
        ending.abort();
        const [answer] = await say(api, request(`GET ${ORDER_PATH} HTTP/1.1`, 'Host: x', AUTHORIZATION));
        assert.equal(answer?.headers.get('connection'), 'close');
      },
      { draining: ending.signal },
    );
  });
});

describe('a request that never ends', () => {
  const head = request('POST /v1/orders HTTP/1.1', 'Host: x', AUTHORIZATION, JSON_TYPE, 'Content-Length: 1000');
  const NEVER: [what: string, text: string][] = [
    ['in its head', 'POST /v1/orders HTTP/1.1\r\nA: b'],
    ['in its body', head],
    ['in its body, behind another', request(`GET ${ORDER_PATH} HTTP/1.1`, 'Host: x', AUTHORIZATION) + head],
  ];
  for (const [what, text] of NEVER) {
    it(`is ended, however it drips: ${what}`, async () => {
      const { refused, metrics } = counting();
      await withApi(
        {},
        async (api) => {
          const { socket, closed } = open(api, text);
          const drip = setInterval(() => socket.write(' '), 50);
          const answers = read(await closed);
          clearInterval(drip);
          assert.deepEqual([answers.at(-1)?.status, answers.at(-1)?.code], [408, 'request_timeout']);
          assert.equal(answers.length, what.includes('another') ? 2 : 1);
          assert.deepEqual(refused, ['request_timeout']);
        },
        { metrics, requestTimeoutMs: 300 },
      );
    });
  }

  it('is ended without a second answer where it was answered', async () =>
    withApi(
      {},
      async (api) => {
        const answers = await say(api, request('POST /v1/orders HTTP/1.1', 'Host: x', 'Content-Length: 1000'));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [401],
        );
      },
      { requestTimeoutMs: 300 },
    ));

  it('that was never begun is closed in silence', async () =>
    withApi(
      {},
      async (api) => {
        assert.equal(await open(api, '').closed, '');
        assert.deepEqual(api.logged, []);
      },
      { requestTimeoutMs: 300 },
    ));
});

describe('a body without end', () => {
  const chunked = (line: string, ...headers: string[]) =>
    request(line, 'Host: x', ...headers, 'Transfer-Encoding: chunked');
  const BODIES: [what: string, head: string, status: number][] = [
    ['too large', chunked('POST /v1/orders HTTP/1.1', AUTHORIZATION, JSON_TYPE), 413],
    ['too large for a webhook', chunked(`POST ${HOOK_PATH} HTTP/1.1`, 'Content-Type: application/json'), 413],
    ['without a key', chunked('POST /v1/orders HTTP/1.1', JSON_TYPE), 401],
    ['at no address', chunked('POST /nowhere HTTP/1.1'), 404],
    ['for no order', chunked(`POST ${ORDER_PATH}1/cancel HTTP/1.1`, AUTHORIZATION), 404],
    ['of no webhook', chunked('POST /webhooks/sequra/wrong HTTP/1.1'), 404],
    ['of another type', chunked(`POST ${HOOK_PATH} HTTP/1.1`, 'Content-Type: text/plain'), 415],
    ['of another coding', chunked('POST /v1/orders HTTP/1.1', AUTHORIZATION, JSON_TYPE, 'Content-Encoding: x'), 415],
    ['that nobody needs', chunked(`GET ${ORDER_PATH} HTTP/1.1`, AUTHORIZATION), 200],
    ['announced', request('POST /v1/orders HTTP/1.1', 'Host: x', 'Content-Length: 99999999999'), 401],
  ];
  // Above what the buffers of both sides hold, far below what is read in a second.
  const MOST_TAKEN_BYTES = 24 * 1024 * 1024;

  for (const [what, head, status] of BODIES) {
    it(`is answered ${status}, not read, and its connection closed: ${what}`, async () =>
      withApi({}, async (api) => {
        const { socket, closed } = open(api, head);
        const data = Buffer.alloc(64 * 1024, ' ');
        const chunk = Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
        while (socket.writable) {
          if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
        }
        const [answer, ...more] = read(await closed);
        assert.deepEqual([answer?.status, answer?.headers.get('connection'), more], [status, 'close', []]);
        assert.ok(socket.bytesWritten < MOST_TAKEN_BYTES, `${socket.bytesWritten} bytes were taken`);
      }));
  }

  it('that has an end costs no connection', async () =>
    withApi({}, async (api) => {
      const body = JSON.stringify(EXAMPLE_REQUEST);
      const good = `${chunked('POST /v1/orders HTTP/1.1', AUTHORIZATION, JSON_TYPE)}${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      const last = request(`GET ${ORDER_PATH} HTTP/1.1`, 'Host: x', AUTHORIZATION, 'Connection: close');
      assert.deepEqual(
        (await say(api, good + good + last)).map(({ status }) => status),
        [202, 202, 200],
      );
      const wrong = `${request('POST /v1/orders HTTP/1.1', 'Host: x', `Content-Length: ${Buffer.byteLength(body)}`)}${body}`;
      assert.deepEqual(
        (await say(api, wrong + last)).map(({ status }) => status),
        [401, 200],
      );
    }));
});
