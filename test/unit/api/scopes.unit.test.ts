// docs/security.md says of every route which scopes open it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { ROUTES } from '../../../src/api/app.ts';

const page = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');

describe('the routes that a key opens', () => {
  it('are those of docs/security.md', () => {
    const [, section = ''] = page.split('### What a key may do\n');
    const listed = [...(section.split('###')[0] ?? '').matchAll(/^\| `(\w+ \S+)` +\| (.*?) +\|$/gm)].map(
      ([, route, scopes]) => [route, scopes?.replaceAll('`', '').split(' or ')],
    );
    assert.deepEqual(
      listed,
      ROUTES.filter(({ scopes }) => scopes.length > 0).map(({ method, path, scopes }) => [
        `${method.toUpperCase()} ${path}`,
        [...scopes],
      ]),
    );
  });
});
