// A port with forms takes them from its own pages only, and one without takes none.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import type { Admin } from '../../../src/processes/admin.ts';
import { openAdmin } from '../../support/admin.ts';

type Asked = { method?: string; headers?: Record<string, string> };

describe('a port whose pages have forms', () => {
  let admin: Admin & { url: string };
  let done = 0;
  before(async () => {
    const routes = express.Router();
    routes.all('/thing', (_req, res) => void res.json({ done: (done += 1) }));
    admin = await openAdmin({ routes, forms: true, callers: { hosts: ['desk.example'], origins: [], own: true } });
  });
  after(() => admin.close());

  /** Not by `fetch`, which may not send every header. */
  function ask({ method = 'POST', headers = {} }: Asked): Promise<number> {
    return new Promise((resolve, reject) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const options = { host: '127.0.0.1', port: admin.port, path: '/thing', method, headers: { ...type, ...headers } };
      const asked = request(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.on('error', reject).end(method === 'POST' ? 'a=b' : '');
    });
  }

  const own = () => ({ origin: admin.url });
  const ALLOWED: Record<string, () => Asked> = {
    'from a page of its own': () => ({ headers: own() }),
    'where the browser says that it is the same origin': () => ({
      headers: { ...own(), 'sec-fetch-site': 'same-origin' },
    }),
    'by a name of its own, over TLS': () => ({ headers: { host: 'desk.example', origin: 'https://desk.example' } }),
  };
  const REFUSED: Record<string, [status: number, () => Asked]> = {
    'from another page': [403, () => ({ headers: { origin: 'https://elsewhere.example' } })],
    'from a page that hides where it is': [403, () => ({ headers: { origin: 'null' } })],
    'from nowhere': [403, () => ({})],
    'from the same site, but another origin': [403, () => ({ headers: { ...own(), 'sec-fetch-site': 'same-site' } })],
    'from another site, whatever it calls itself': [
      403,
      () => ({ headers: { ...own(), 'sec-fetch-site': 'cross-site' } }),
    ],
    'by another name': [403, () => ({ headers: { host: 'elsewhere.example', origin: 'http://elsewhere.example' } })],
    'of another type': [415, () => ({ headers: { ...own(), 'content-type': 'text/plain' } })],
    'by a method that is no form’s': [403, () => ({ method: 'DELETE' })],
  };

  for (const [what, asked] of Object.entries(ALLOWED))
    it(`takes a form ${what}`, async () => assert.equal(await ask(asked()), 200));

  for (const [what, [status, asked]] of Object.entries(REFUSED))
    it(`takes none ${what}`, async () => {
      const before = done;
      assert.equal(await ask(asked()), status);
      assert.equal(done, before);
    });

  it('is read from anywhere', async () => assert.equal(await ask({ method: 'GET' }), 200));
});

describe('a port without pages', () => {
  it('takes no form, of its own page neither', async () => {
    const admin = await openAdmin({ callers: { hosts: [], origins: [], own: true } });
    const answer = await fetch(`${admin.url}/livez`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    assert.equal(answer.status, 415);
    await admin.close();
  });
});
