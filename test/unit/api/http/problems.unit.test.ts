// docs/problems.md lists exactly the problems and the field errors that the code knows.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROUTES } from '../../../../src/api/app.ts';
import { problemOf } from '../../../../src/api/http/error-handler.ts';
import { PROBLEMS } from '../../../../src/api/http/problem.ts';
import { FIELD_ERRORS } from '../../../../src/api/http/validation.ts';
import { problemsOf } from '../../../../src/api/route-problems.ts';
import { REFUSALS } from '../../../../src/order/refusal.ts';

const page = readFileSync(new URL('../../../../docs/problems.md', import.meta.url), 'utf8');

/** Cells of the table under a heading. */
function rows(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll(/^`|`$/g, '')),
    );
}

describe('docs/problems.md', () => {
  it('lists every problem with its status and title', () => {
    const listed = rows('Codes').map(([code, status, title]) => [code, status, title]);
    assert.deepEqual(
      listed,
      Object.entries(PROBLEMS).map(([code, { status, title }]) => [code, String(status), title]),
    );
  });

  it('lists every field error with its message', () => {
    assert.deepEqual(rows('Mistakes of a field'), Object.entries(FIELD_ERRORS));
  });
});

/** Whether some code answers with it: everything but the tables and declarations. */
function isEmitted(code: string): boolean {
  return new RegExp(`['"]${code}['"]`).test(EMITTING);
}

const src = new URL('../../../../src/', import.meta.url);
const EMITTING = globSync(['{api,admin,gateway,workflows}/**/*.ts', 'order/refusal.ts'], { cwd: fileURLToPath(src) })
  .filter((path) => path !== 'api/http/problem.ts' && path !== 'api/route-problems.ts')
  .map((path) => readFileSync(new URL(path, src), 'utf8').replace(/const FIELD_ERRORS = \{.*?\n\}/su, ''))
  .join('\n');

describe('a documented code', () => {
  for (const [heading, column] of [
    ['Codes', 3],
    ['Mistakes of a field', 1],
  ] as const) {
    it(`is one that something answers with, or is marked as not in use yet: ${heading}`, () => {
      for (const cells of rows(heading)) {
        const [code = ''] = cells;
        assert.equal(isEmitted(code), !/not in use yet/i.test(cells[column] ?? ''), code);
      }
    });
  }
});

it('every problem in use is declared by a route, and no other', () => {
  const declared = [...ROUTES, undefined].flatMap((route) => [...problemsOf(route).keys()]);
  const inUse = rows('Codes').filter(([, , , todo = '']) => !/not in use yet/i.test(todo));
  assert.deepEqual([...new Set(declared)].toSorted(), inUse.map(([code = '']) => code).toSorted());
});

describe('a thrown error', () => {
  it('has a problem for every refusal of an order', () => {
    for (const code of REFUSALS) assert.ok(code in PROBLEMS, code);
  });

  it('of a kind that nobody expects says nothing of itself', () => {
    for (const error of [new Error('canary'), 'canary', null, { message: 'canary' }]) {
      const problem = problemOf(error);
      assert.equal(problem.code, 'internal_error');
      assert.ok(!problem.message.includes('canary'));
    }
  });
});
