// A page of which commands write parts: each writes its own, and leaves all else as it is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { QUERIES_PAGE } from '../../../scripts/queries-page.ts';
import { comparison, differences } from '../../../scripts/written-page.ts';

const PATH = 'performance.md';
const page = readFileSync(new URL(`../../../docs/${PATH}`, import.meta.url), 'utf8');
const parts = [...page.matchAll(/^<!-- written by `npm run (.+)` -->$/gm)].map(([, command = '']) => command);

it('a page has several written parts', () => assert.ok(parts.length >= 3));

for (const command of parts)
  it(`what \`npm run ${command}\` writes leaves the other parts of the page`, async () => {
    const { present, next } = await comparison({ path: PATH, command, written: () => 'anew' });
    const begin = `<!-- written by \`npm run ${command}\` -->`;
    const [before = '', rest = ''] = present.split(begin);
    const after = rest.slice(rest.indexOf('<!-- end -->'));
    assert.equal(next, `${before}${begin}\n\nanew\n\n${after}`);
  });

it('docs/operations.md has the saved queries as they are', async () =>
  assert.deepEqual(differences(await comparison(QUERIES_PAGE)), []));
