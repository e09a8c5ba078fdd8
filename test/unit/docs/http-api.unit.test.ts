// docs/reference/http-api.md says what the code does, where a table of it can be compared.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ROUTES } from '../../../src/api/app.ts';
import type { Route } from '../../../src/api/route.ts';
import { PROBLEMS } from '../../../src/api/http/problem.ts';
import { ATTENTIONS, RESOLVE_ACTIONS, STATUSES } from '../../../src/order/status.ts';
import { DEFAULT_EVENT_NAMES } from '../../../src/order/webhook.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/reference/http-api.md`, 'utf8');

const code = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** The rows of the table whose head begins so. */
function table(head: string): string[][] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\| ${head} +\\|`).test(line));
  assert.ok(start > 0, head);
  const rest = lines.slice(start + 2);
  const rows = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) => row.split(' | ').map((cell) => cell.replaceAll(/^\||\|$/g, '').trim()));
}

describe('docs/reference/http-api.md', () => {
  const rows = new Map(table('route').map(([route = '', ...cells]) => [code(route)[0], cells]));
  const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path.replace(/:(\w+)/, '{$1}')}`;

  it('has every route with its scopes', () => {
    const written = [...rows].map(([route, [scopes = '']]) => [route, code(scopes)]);
    assert.deepEqual(
      Object.fromEntries(written),
      Object.fromEntries(ROUTES.map((route) => [nameOf(route), [...route.scopes]])),
    );
  });

  for (const route of ROUTES) {
    it(`says with which statuses ${nameOf(route)} answers`, () => {
      const [, success = ''] = rows.get(nameOf(route)) ?? [];
      const section = /section (\d+)/.exec(success)?.[1];
      const text =
        success + (section === undefined ? '' : (page.split(`\n## ${section}.`)[1]?.split('\n## ')[0] ?? ''));
      assert.deepEqual([...new Set(text.match(/\b[23]\d\d\b/g))].toSorted(), Object.keys(route.answers));
    });
  }

  it('has every status, and which are final', () => {
    const written = table('status').map(([status = '', , final = '']) => [code(status)[0], final === 'yes']);
    const ours = Object.entries(STATUSES).map(([status, { final }]) => [status, final]);
    assert.deepEqual(Object.fromEntries(written), Object.fromEntries(ours));
  });

  it('has every attention, and which action answers it', () => {
    assert.deepEqual(
      new Set(table('attention').map(([reason = '']) => code(reason)[0])),
      new Set(Object.keys(ATTENTIONS)),
    );
    const written = table('action').flatMap(([actions = '', at = '']) =>
      code(actions).map((action) => [action, code(at).toSorted()] as const),
    );
    const ours = RESOLVE_ACTIONS.map((action) => [
      action,
      Object.entries(ATTENTIONS)
        .filter(([, { actions }]) => (actions as readonly string[]).includes(action))
        .map(([reason]) => reason)
        .toSorted(),
    ]);
    assert.deepEqual(Object.fromEntries(written), Object.fromEntries(ours));
  });

  it('names no problem that there is not', () => {
    const named = [...page.matchAll(/\b[45]\d\d `(\w+)`/g)].map(([, name = '']) => name);
    assert.ok(named.length > 8);
    for (const name of named) assert.ok(Object.hasOwn(PROBLEMS, name), name);
  });

  it('has the event names as they are by default', () => {
    for (const name of Object.values<readonly string[]>(DEFAULT_EVENT_NAMES).flat())
      assert.ok(page.includes(`\`${name}\``), name);
  });
});

it('the code cites sections that the pages have', () => {
  const sections = new Set([...page.matchAll(/^## (\d+)\./gm)].map(([, number]) => number));
  let cited = 0;
  for (const file of globSync('{src,test,scripts}/**/*.ts', { cwd: root })) {
    for (const [, numbers = ''] of readFileSync(root + file, 'utf8').matchAll(/http-api\.md, sections? ([\d and]+)/g)) {
      for (const number of numbers.match(/\d+/g) ?? []) {
        cited += 1;
        assert.ok(sections.has(number), `${file} cites section ${number}`);
      }
    }
  }
  assert.ok(cited > 10);
});
