// How often a key may ask, on the API itself, and at any pace.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Request, Response } from 'express';
import { rateLimited } from '../../../../src/api/http/rate-limit.ts';
import { Problem } from '../../../../src/api/http/problem.ts';
import { ORDER_PATH, problem, withApi } from '../../../support/api-fixtures.ts';
import { WEBHOOK_TOKEN } from '../../../support/canaries.ts';
import { anApiKey, sha256 } from '../../../support/merchants.ts';

const PER_SECOND = 3;
const OTHER = anApiKey({ id: 'other', sha256: sha256('key-of-another') });

const fields = ({ headers }: globalThis.Response) => [headers.get('ratelimit'), headers.get('ratelimit-policy')];

/** What becomes of requests at these times, and the values of `RateLimit`. */
function asked(perSecond: number, requests: readonly { atMs: number; apiKey?: ReturnType<typeof anApiKey> }[]) {
  let nowMs = 0;
  const limit = rateLimited(perSecond, () => nowMs);
  return requests.map(({ atMs, apiKey }) => {
    nowMs = atMs;
    const headers: Record<string, string> = {};
    const res = { locals: { apiKey }, set: (name: string, value: string) => (headers[name] = value) };
    try {
      limit({} as Request, res as unknown as Response, () => {});
      return { isTaken: true, headers };
    } catch (error) {
      assert.ok(error instanceof Problem && error.code === 'rate_limited');
      return { isTaken: false, headers: { ...headers, ...error.extras.headers } };
    }
  });
}

describe('a key', () => {
  it('is told with every answer how many requests it has left, and is refused beyond them', async () =>
    withApi(
      {},
      async ({ call, url }) => {
        const answers = [
          await call('GET', ORDER_PATH),
          await call('GET', '/nowhere'),
          await call('POST', '/v1/orders', 'nonsense'),
        ];
        assert.deepEqual(
          answers.map(({ status }) => status),
          [200, 404, 400],
        );
        assert.deepEqual(
          answers.map(fields),
          [2, 1, 0].map((left) => [`"default";r=${left};t=1`, '"default";q=3;w=1']),
        );
        const refused = await call('POST', '/v1/orders', 'nonsense');
        assert.deepEqual(
          [...fields(refused), refused.headers.get('retry-after')],
          ['"default";r=0;t=1', '"default";q=3;w=1', '1'],
        );
        await problem(refused, 'rate_limited');

        const other = await call('GET', ORDER_PATH, undefined, { authorization: 'Bearer key-of-another' });
        assert.deepEqual([other.status, other.headers.get('ratelimit')], [200, '"default";r=2;t=1']);
        const nobody = await call('GET', ORDER_PATH, undefined, { authorization: 'Bearer none' });
        assert.deepEqual([nobody.status, ...fields(nobody)], [401, null, null]);
        const webhook = await fetch(`${url}/webhooks/sequra/${WEBHOOK_TOKEN}`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Bearer key-of-another' },
          body: 'event=order%2Fconfirmed&order_ref_1=pos_1234',
        });
        assert.deepEqual([webhook.status, ...fields(webhook)], [200, null, null]);
      },
      { rateLimit: rateLimited(PER_SECOND, () => 0), apiKeys: [anApiKey(), OTHER] },
    ));

  it('is not limited where the setting is 0', () => {
    for (const { isTaken, headers } of asked(
      0,
      Array.from({ length: 1_000 }, () => ({ atMs: 0, apiKey: OTHER })),
    ))
      assert.deepEqual([isTaken, headers], [true, {}]);
  });

  it('has its requests whatever others do, never more than two seconds’ in one, and what it is told is true', () => {
    const keys = [anApiKey(), OTHER];
    const request = fc.record({ gapMs: fc.integer({ min: 0, max: 700 }), key: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(request, { maxLength: 80 }), (perSecond, gaps) => {
        let atMs = 0;
        const requests = gaps.map(({ gapMs, key }) => ({ atMs: (atMs += gapMs), apiKey: keys[key] as typeof OTHER }));
        const answers = asked(perSecond, requests);
        for (const apiKey of keys) {
          const own = requests.flatMap((one, at) =>
            one.apiKey === apiKey ? [{ atMs: one.atMs, ...(answers[at] as (typeof answers)[number]) }] : [],
          );
          own.forEach((one, at) => {
            const taken = own.filter(
              (other) => other.isTaken && other.atMs > one.atMs - 1000 && other.atMs <= one.atMs,
            );
            assert.ok(taken.length < 2 * perSecond + 1);
            const left = Number(/r=(\d+);t=1$/.exec(one.headers['RateLimit'] ?? '')?.[1]);
            const next = own[at + 1];
            if (next !== undefined && next.atMs === one.atMs) assert.equal(next.isTaken, left > 0);
            if (!one.isTaken) assert.equal(taken.length >= perSecond, true);
          });
        }
      }),
    );
  });
});
