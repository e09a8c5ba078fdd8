// Whether webhooks can come in, asked over real sockets: of our API, and of all that may answer in its place.
import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WayIn } from '../../../src/order/activity-results.ts';
import { watchWayIn } from '../../../src/activities/way-in.ts';
import { TemporalUnavailableError } from '../../../src/gateway/errors.ts';
import { problem, withApi } from '../../support/api-fixtures.ts';

const PROBE = '/webhooks/sequra/probe';

async function lookAt(url: string): Promise<{ wayIn: WayIn; outcome: string | undefined }> {
  const outcomes: string[] = [];
  const watch = watchWayIn({ url, looked: (outcome) => outcomes.push(outcome) });
  try {
    return { wayIn: await watch.look(), outcome: outcomes[0] };
  } finally {
    watch.stop();
  }
}

async function withServer(answer: RequestListener, check: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await check(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('the way in for webhooks', { concurrency: 4 }, () => {
  for (const path of [PROBE, '/webhooks/sequra/', '/webhooks/sequra/anything'])
    it(`is open where our API answers at ${path}`, () =>
      withApi({}, async ({ url }) => assert.deepEqual(await lookAt(url + path), { wayIn: 'open', outcome: 'open' })));

  it('is closed where the API does not reach Temporal', () =>
    withApi({ get: () => Promise.reject(new TemporalUnavailableError('away')) }, async ({ url, call }) => {
      assert.deepEqual(await lookAt(url + PROBE), { wayIn: 'closed', outcome: 'http_503' });
      await problem(await call('POST', PROBE, ''), 'temporal_unavailable');
    }));

  it('asks Temporal once a second, however often it is asked', async () => {
    let asked = 0;
    const get = () => Promise.resolve(((asked += 1), null));
    await withApi({ get }, async ({ call }) => {
      const startedMs = performance.now();
      await Promise.all(
        Array.from({ length: 50 }, async () => problem(await call('POST', PROBE, ''), 'route_not_found')),
      );
      const seconds = Math.ceil((performance.now() - startedMs) / 1_000);
      assert.ok(asked >= 1 && asked <= seconds, `${asked} times in ${seconds} s`);
    });
  });

  const STRANGERS: [what: string, answer: RequestListener, outcome: string][] = [
    ['a parked page', (_req, res) => res.end('<html>For sale</html>'), 'not_our_api'],
    ['a page that is not there', (_req, res) => res.writeHead(404).end('{"type":"about:blank"}'), 'not_our_api'],
    ['a proxy without an API behind it', (_req, res) => res.writeHead(502).end(), 'http_502'],
    ['a proxy that refuses a POST', (_req, res) => res.writeHead(405).end(), 'not_our_api'],
    ['a redirect that drops the form', (_req, res) => res.writeHead(301, { location: PROBE }).end(), 'redirect'],
    ['redirects without an end', (_req, res) => res.writeHead(307, { location: PROBE }).end(), 'redirect'],
    ['a connection that is cut', (req) => req.socket.destroy(), 'other'],
  ];
  for (const [what, answer, outcome] of STRANGERS)
    it(`is closed where ${what} answers`, () =>
      withServer(answer, async (url) => {
        const found = await lookAt(url + PROBE);
        assert.equal(found.wayIn, 'closed');
        if (outcome !== 'other') assert.equal(found.outcome, outcome);
      }));

  it('is open behind a redirect that keeps the form', () =>
    withApi({}, ({ url: api }) =>
      withServer(
        (_req, res) => res.writeHead(308, { location: api + PROBE }).end(),
        async (url) => assert.equal((await lookAt(url + PROBE)).wayIn, 'open'),
      ),
    ));

  it('is closed where nobody listens, or no name leads', async () => {
    let closed = '';
    await withServer(
      () => {},
      (url) => Promise.resolve(void (closed = url)),
    );
    assert.deepEqual(await lookAt(closed + PROBE), { wayIn: 'closed', outcome: 'unreachable' });
    assert.equal((await lookAt('http://nobody.invalid/webhooks/sequra/probe')).wayIn, 'closed');
  });

  it('remembers for how long it has been open again', () =>
    withApi({}, async ({ url: api }) => {
      let away = false;
      const answer: RequestListener = (_req, res) =>
        away ? res.writeHead(502).end() : res.writeHead(307, { location: api + PROBE }).end();
      await withServer(answer, async (url) => {
        const seen: string[] = [];
        const watch = watchWayIn({ url: url + PROBE, looked: (outcome) => seen.push(outcome), everyMs: 50 });
        const until = async (outcome: string) => {
          while (seen.at(-1) !== outcome) await sleep(10);
        };
        await until('open');
        assert.equal(await watch.look(), 'open');
        away = true;
        await until('http_502');
        assert.equal(await watch.look(), 'closed');
        away = false;
        await until('open');
        const wayIn = await watch.look();
        assert.ok(typeof wayIn === 'object' && wayIn.openForMs >= 0, JSON.stringify(wayIn));
        watch.stop();
      });
    }));
});
