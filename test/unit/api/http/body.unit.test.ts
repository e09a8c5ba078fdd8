// Bodies that cannot be read, over a real socket: each is the caller's problem, and nobody else's.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { EXAMPLE_REQUEST } from '../../../../src/order/example.ts';
import type { Api } from '../../../support/api-fixtures.ts';
import { ORDER_PATH, problem, withApi } from '../../../support/api-fixtures.ts';
import { API_KEY } from '../../../support/canaries.ts';

function post(api: Api, body: unknown, type: string): Promise<Response> {
  return api.call('POST', '/v1/orders', body, { 'content-type': type });
}

describe('a body', () => {
  it('must be application/json in UTF-8', async () =>
    withApi({}, async (api) => {
      for (const type of [
        'text/plain',
        'application/json; charset=latin1',
        'application/merge-patch+json',
        'json',
        '',
      ]) {
        await problem(await post(api, EXAMPLE_REQUEST, type), 'unsupported_media_type');
      }
      for (const type of [
        'application/json',
        'APPLICATION/JSON; charset="UTF-8"',
        'application/json;charset=utf8',
        'application/json; charset="us-ascii"',
      ]) {
        assert.equal((await post(api, EXAMPLE_REQUEST, type)).status, 202);
      }
    }));

  it('must be readable', async () =>
    withApi({}, async ({ call, url }) => {
      for (const body of ['{', '', '{"a":1}x', "{'a':1}", 'undefined']) {
        await problem(await call('POST', '/v1/orders', body), 'malformed_body');
      }
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` };
      const body = Buffer.from('{"a":"\u00FF"}', 'latin1');
      await problem(await fetch(`${url}/v1/orders`, { method: 'POST', headers, body }), 'malformed_body');
      await problem(await fetch(`${url}/v1/orders`, { method: 'POST', headers }), 'malformed_body');
      const deep = '['.repeat(50_000);
      await problem(await call('POST', '/v1/orders', deep), 'malformed_body');
      const notGzip = { ...headers, 'content-encoding': 'gzip' };
      await problem(await fetch(`${url}/v1/orders`, { method: 'POST', headers: notGzip, body }), 'malformed_body');
    }));

  it('must be an object', async () =>
    withApi({}, async ({ call }) => {
      for (const body of ['[]', 'null', '1', '"x"']) {
        const { errors } = await problem(await call('POST', '/v1/orders', body), 'invalid_body');
        assert.deepEqual(
          errors?.map(({ pointer, code }) => [pointer, code]),
          [['', 'invalid_type']],
        );
      }
    }));

  it('is refused over its limit, said in advance or not', async () =>
    withApi({}, async ({ call, url }) => {
      await problem(await call('POST', '/v1/orders', ' '.repeat(102_401)), 'body_too_large');
      const chunks = new ReadableStream({
        start(controller) {
          for (let sent = 0; sent < 300; sent++) controller.enqueue(new Uint8Array(1024));
          controller.close();
        },
      });
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` };
      const request: RequestInit = { method: 'POST', headers, body: chunks, duplex: 'half' };
      await problem(await fetch(`${url}/v1/orders`, request), 'body_too_large');
    }));

  it('that announces more than its limit is refused before it comes', async () =>
    withApi({}, async ({ port }) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n{',
      );
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
      socket.destroy();
    }));

  it('that is cut off harms nobody else', async () =>
    withApi({}, async ({ call, port, logged }) => {
      const socket = connect(port, '127.0.0.1');
      const head = `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${API_KEY}\r\n`;
      socket.write(`${head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"merchant":`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      await once(socket, 'close');
      assert.equal((await call('GET', ORDER_PATH)).status, 200);
      assert.ok(!JSON.stringify(logged).includes('internal'));
    }));
});
