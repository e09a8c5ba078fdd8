// Who may call an admin port: http-api.md, section 2. Raw requests, since an HTTP client writes a `Host` of its own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { Router } from 'express';
import fc from 'fast-check';
import type { Admin } from '../../../src/processes/admin.ts';
import { openAdmin } from '../../support/admin.ts';

const UI = 'https://ui.example';
const PATHS = ['/livez', '/readyz', '/metrics', '/codec/decode', '/nothing'];

describe('an admin port', () => {
  let admin: Admin;
  before(async () => {
    admin = await openAdmin({
      host: '::',
      callers: { hosts: ['admin.internal', '10.9.8.7', '2001:db8::1'], origins: [UI] },
      routes: Router().post('/codec/decode', (_req, res) => void res.json({ payloads: [] })),
    });
  });
  after(() => admin.close());

  /** Over IPv4, whose address the socket of a port on `::` writes as one of IPv6. */
  async function statusOf(lines: readonly string[], to = '127.0.0.1', body = ''): Promise<number> {
    const socket = connect(admin.port, to);
    await once(socket, 'connect');
    // Left open: a caller who closes his half at once is answered nothing that takes a turn of the event loop.
    socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
    const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(await text(socket)) ?? [];
    return Number(status);
  }
  const ofHost = (host: string, path = '/livez') => statusOf([`GET ${path} HTTP/1.1`, `Host: ${host}`]);

  it('answers to the names of loopback, to its own, and to the address that was called, with any port', async () => {
    for (const name of [
      'localhost',
      'LocalHost',
      '127.0.0.1',
      '127.3.2.1',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      'admin.internal',
      'Admin.Internal',
      '10.9.8.7',
      '[2001:DB8:0::1]',
    ]) {
      for (const port of ['', ':3001', ':65535']) assert.equal(await ofHost(name + port), 200, name + port);
    }
  });

  it('answers to no other name, on no path', async () => {
    for (const name of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example.localhost',
      'localhost@evil.example',
      'evil.example:80@localhost',
      'localhost:80:80',
      'localhost:port',
      'localhost/',
      '127.0.0.256',
      '127.1',
      '0x7f.0.0.1',
      '10.9.8.8',
      '0.0.0.0',
      '[::2]',
      '[::1',
      '::1',
      'admin.internal.evil.example',
      'xadmin.internal',
      '',
    ]) {
      for (const path of PATHS) assert.equal(await ofHost(name, path), 403, `${name} ${path}`);
    }
  });

  it('answers to no name that is made up', async () => {
    const label = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
    const names = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    const known = /^(localhost|admin\.internal|10\.9\.8\.7|127\.\d+\.\d+\.\d+)$/;
    await fc.assert(
      fc.asyncProperty(names, fc.constantFrom(...PATHS), async (name, path) => {
        fc.pre(!known.test(name));
        assert.equal(await ofHost(name, path), 403);
      }),
      { numRuns: 60 },
    );
  });

  it('takes a target with a name in it by that name, and two names for none', async () => {
    assert.equal(await statusOf(['GET http://evil.example/livez HTTP/1.1', 'Host: localhost']), 403);
    assert.equal(await statusOf(['GET http://localhost:1/livez HTTP/1.1', 'Host: localhost']), 200);
    assert.equal(await statusOf(['GET /livez HTTP/1.1', 'Host: localhost', 'Host: evil.example']), 403);
    assert.equal(await statusOf(['GET /livez HTTP/1.0']), 403);
  });

  it('answers pages of the origins that it is told, and no other page, on every path', async () => {
    const status = (path: string, ...origins: string[]) =>
      statusOf([`GET ${path} HTTP/1.1`, 'Host: localhost', ...origins.map((origin) => `Origin: ${origin}`)]);
    assert.equal(await status('/livez', UI), 200);
    for (const origin of ['null', 'https://evil.example', `${UI}.evil.example`, `${UI}:1`, 'http://localhost', '']) {
      for (const path of PATHS) assert.equal(await status(path, origin), 403, `${origin} ${path}`);
    }
    assert.equal(await status('/livez', UI, 'https://evil.example'), 403);
  });

  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    '',
    null,
  ]) {
    it(`takes no body of type ${type}`, async () => {
      const head = ['POST /codec/decode HTTP/1.1', 'Host: localhost', 'Content-Length: 2'];
      const typed = type === null ? [] : [`Content-Type: ${type}`];
      assert.equal(await statusOf([...head, ...typed], '127.0.0.1', '{}'), 415);
    });
  }

  it('takes JSON', async () => {
    const head = ['POST /codec/decode HTTP/1.1', 'Host: localhost', 'Content-Length: 2'];
    assert.equal(await statusOf([...head, 'Content-Type: Application/JSON;charset=utf-8'], '127.0.0.1', '{}'), 200);
  });

  it('refuses with a problem', async () => {
    const answer = await fetch(`http://127.0.0.1:${admin.port}/codec/decode`, { method: 'POST', body: 'text' });
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(((await answer.json()) as { code: string }).code, 'unsupported_media_type');
  });
});
