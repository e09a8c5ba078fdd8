// The contracts of all routes are whole: a document can be made of each.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { ROUTES } from '../../../src/api/app.ts';
import { problemsOf } from '../../../src/api/route-problems.ts';
import { ANSWER_HEADERS } from '../../../src/api/schemas/answers.ts';
import { problemOfCode } from '../../../src/api/schemas/problem.ts';

const RULES = { country: null, ninChecksum: 'off', clock: () => new Date() } as const;

it('each route has a name of its own', () => {
  assert.equal(new Set(ROUTES.map(({ name }) => name)).size, ROUTES.length);
});

describe('the contract', () => {
  for (const route of ROUTES) {
    const { params = {}, query, headers = {}, body } = route.request;

    it(`of ${route.name} names what its path does`, () => {
      const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      assert.deepEqual(Object.keys(params), named);
    });

    it(`of ${route.name} takes an idempotency key where it carries something out for a key`, () =>
      assert.equal('Idempotency-Key' in headers, route.method === 'post' && route.path.startsWith('/v1/')));

    it(`of ${route.name} can be put in JSON Schema`, () => {
      for (const part of [...Object.values(params), ...Object.values(headers), query, body?.schema(RULES)])
        if (part !== undefined) z.toJSONSchema(part, { io: 'input' });
      for (const answer of Object.values(route.answers)) if (answer.body !== undefined) z.toJSONSchema(answer.body);
      for (const [code, added] of problemsOf(route)) {
        z.toJSONSchema(problemOfCode(code));
        for (const name of Object.keys(added) as (keyof typeof added)[]) z.toJSONSchema(ANSWER_HEADERS[name]);
      }
    });
  }
});
