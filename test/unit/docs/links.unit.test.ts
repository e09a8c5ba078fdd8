// Documents and comments point only to what a clone has.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root });
const read = (file: string) => readFileSync(join(root, file), 'utf8');

it('links between pages lead to a file, and to a heading of it', () => {
  const links = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].map(([, target = '']) => ({ page, target })),
  );
  const leads = ({ page, target }: { page: string; target: string }) => {
    const [path = '', heading] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    return isThere(file) && (heading === undefined || headings(read(file)).has(heading));
  };
  assert.deepEqual(
    links.filter((link) => !leads(link)),
    [],
  );
  assert.ok(links.length > 50, String(links.length));
});

it('paths that pages name are there', () => {
  const paths = pages.flatMap((page) =>
    [...read(page).matchAll(/`((?:src|test|scripts|docs)\/[\w./-]+)`/g)].map(([, path = '']) => ({ page, path })),
  );
  assert.deepEqual(
    paths.filter(({ path }) => !isThere(path)),
    [],
  );
  assert.ok(paths.length > 30, String(paths.length));
});

it('pages and decisions that the code names are there, and each decision has a number of its own', () => {
  const names = new Set(pages.map((page) => page.split('/').at(-1)));
  const numbers = pages.flatMap((page) => /docs\/decisions\/(\d{4})-/.exec(page)?.[1] ?? []);
  assert.deepEqual(
    numbers.filter((number, at) => numbers.indexOf(number) !== at),
    [],
  );
  const missing = globSync('{src,test,scripts}/**/*.{ts,mjs}', { cwd: root }).flatMap((file) => [
    ...[...read(file).matchAll(/\b([a-z]+(?:-[a-z]+)*\.md)\b/g)]
      .filter(([, page]) => !names.has(page))
      .map(([page]) => `${file}: ${page}`),
    ...[...read(file).matchAll(/docs\/decisions\/(\d{4})/g)]
      .filter(([, number = '']) => !numbers.includes(number))
      .map(([decision]) => `${file}: ${decision}`),
  ]);
  assert.deepEqual(missing, []);
});

it('the file to begin with in each room of src says what the map in the README says', () => {
  const rooms = [...read('README.md').matchAll(/^ {2}(\w+)\/ +([\w-]+\.ts) +(.+)$/gm)].map(([, ...row]) => row);
  assert.deepEqual(new Set(rooms.map(([room]) => room)), new Set(globSync('*', { cwd: join(root, 'src') })));
  for (const [room, file, words] of rooms)
    assert.equal(read(`src/${room}/${file}`).split('\n')[0], `// src/${room}: ${words}.`);
});

const isThere = (path: string) => existsSync(join(root, path));

/** As GitHub makes them. */
function headings(page: string): Set<string> {
  const texts = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text.toLowerCase());
  return new Set(texts.map((text) => text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')));
}

it('each runbook is on their first page, and says how one knows that it is over', () => {
  const runbooks = globSync('docs/runbooks/*.md', { cwd: root }).filter((page) => !page.endsWith('README.md'));
  const first = read('docs/runbooks/README.md');
  assert.ok(runbooks.length >= 17, String(runbooks.length));
  assert.deepEqual(
    runbooks.filter((page) => !first.includes(`](${page.split('/').at(-1)})`)),
    [],
  );
  assert.deepEqual(
    runbooks.filter((page) => !/^\*\*Over\*\* when /m.test(read(page))),
    [],
  );
});
