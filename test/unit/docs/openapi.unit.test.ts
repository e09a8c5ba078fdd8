// docs/reference/openapi.json is what the routes declare, breaks nobody, and has an example of everything.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { breaks } from '../../../scripts/breaks.ts';
import { FIELDS_PAGE } from '../../../scripts/fields-page.ts';
import { comparison, differences } from '../../../scripts/written-page.ts';
import { COMMITTED, COMMITTED_32, read, RELEASED, writtenNow } from '../../../scripts/openapi-file.ts';
import { ROUTES } from '../../../src/api/app.ts';
import { isDocumented, templateOf } from '../../../src/api/openapi/document.ts';
import { problemExample } from '../../../src/api/openapi/examples.ts';
import type { ProblemCode } from '../../../src/api/http/problem.ts';
import { PROBLEMS } from '../../../src/api/http/problem.ts';
import { problemOfCode } from '../../../src/api/schemas/problem.ts';

type Media = { schema: object; example?: unknown; examples?: Record<string, { value: unknown }> };
type Json = Record<string, unknown>;

const document = JSON.parse(writtenNow()) as Json & { paths: Record<string, Record<string, Json>> };

/** Every object of the document, with its pointer. */
function* objects(value: unknown, at = '#'): Generator<[at: string, value: Json]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Json];
  for (const [name, inner] of Object.entries(value))
    yield* objects(inner, `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}

describe('docs/reference/openapi.json', () => {
  for (const [version, path] of [
    ['3.1.1', COMMITTED],
    ['3.2.0', COMMITTED_32],
  ] as const) {
    it(`is as \`npm run openapi\` writes it, in OpenAPI ${version}`, () => {
      const committed = readFileSync(path, 'utf8').split('\n');
      const differing = writtenNow(version)
        .split('\n')
        .findIndex((line, at) => line !== committed[at]);
      assert.equal(differing, -1, `line ${differing + 1} differs: run \`npm run openapi\``);
    });
  }

  it('types the stream of events in OpenAPI 3.2', () => {
    const { paths } = JSON.parse(writtenNow('3.2.0')) as typeof document;
    const events = JSON.stringify(paths['/v1/orders/{id}/events']);
    assert.match(
      events,
      /"text\/event-stream":\{"itemSchema":\{.*"contentSchema":\{"\$ref":"#\/components\/schemas\/Order"\}/,
    );
  });

  it('is what the tables of fields are made of', async () => {
    assert.deepEqual(differences(await comparison(FIELDS_PAGE)), []);
  });

  it('breaks nothing of what was released', () => {
    assert.deepEqual(breaks(read(RELEASED), read(COMMITTED)), []);
  });

  it('has every route that answers with more than problems', () => {
    const written = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const ours = ROUTES.filter(isDocumented).map((route) => `${route.method} ${templateOf(route)}`);
    assert.deepEqual(new Set(written), new Set(ours));
    assert.ok(ours.length >= 8);
  });

  it('says of every answer, body, parameter and header what it is, with an example that is valid', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
    formats.default(ajv);
    ajv.addSchema(document, 'openapi');
    let examples = 0;
    for (const [at, { schema, example, examples: named }] of objects(document)) {
      if (schema === undefined || at.includes('/examples/') || at.includes('/example/')) continue;
      const validate = ajv.getSchema(`openapi${at}/schema`);
      assert.ok(validate, at);
      const given =
        named === undefined
          ? [example ?? (schema as Json)['examples']].flat()
          : Object.values((named as Media['examples']) ?? {}).map(({ value }) => value);
      assert.ok(given.length > 0 && !given.includes(undefined), `${at} has no example`);
      for (const one of given) assert.ok(validate(one), `${at}: ${ajv.errorsText(validate.errors)}`);
      examples += given.length;
    }
    assert.ok(examples > 80, String(examples));
  });
});

describe('an example', () => {
  for (const route of ROUTES.filter(isDocumented)) {
    it(`of each answer of ${route.name} is one`, () => {
      for (const { body, example } of Object.values(route.answers)) body?.parse(example);
    });
  }

  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    it(`of ${code} is one`, () => {
      problemOfCode(code).parse(JSON.parse(JSON.stringify(problemExample(code, 'placeOrder'))));
    });
  }
});
