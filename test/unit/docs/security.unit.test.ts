// What the pages of docs/security/ claim is shown by tests that there are; of ASVS, each requirement once.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const VERDICTS = ['yes', 'in part', '**no**', 'does not apply'];

/** Cells of all tables of a page, but for their heads. */
function rowsOf(page: string): string[][] {
  return read(page)
    .split('\n')
    .filter((line) => /^\| (V\d|API\d)/.test(line))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\||\|$/g, '').trim()));
}

type Shown = { file: string; words: string[] };

function shownBy(cell: string): Shown[] {
  return [...cell.matchAll(/`(test\/[\w./-]+)`((?: “[^”]+”)*)/g)].map(([, file = '', words = '']) => ({
    file,
    words: [...words.matchAll(/“([^”]+)”/g)].map(([, text = '']) => text),
  }));
}

/** Names of tests as they are written, without what is put in when they run. */
const titlesOf = (file: string) =>
  [...read(file).matchAll(/\b(?:it|describe|step)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gsu)].map(
    ([, , title = '']) => title,
  );

for (const page of globSync('docs/security/*.md', { cwd: root })) {
  describe(page, () => {
    const rows = rowsOf(page);

    it('names tests that there are', () => {
      const named = rows.flatMap((cells) => shownBy(cells.at(-1) ?? ''));
      for (const { file, words } of named) {
        assert.ok(existsSync(join(root, file)), file);
        for (const text of words)
          assert.ok(
            titlesOf(file).some((title) => title.includes(text)),
            `${file}: ${text}`,
          );
      }
      assert.ok(named.length > 9);
    });

    it('shows what it says is met, and names its tests in no other form', () => {
      for (const cells of rows) {
        const [what = '', verdict = ''] = cells;
        const shown = shownBy(cells.at(-1) ?? '');
        if (what.startsWith('API') || verdict === 'yes') assert.ok(shown.length > 0, what);
        if (what.startsWith('V')) assert.ok(VERDICTS.includes(verdict), `${what}: ${verdict}`);
        const left = (cells.at(-1) ?? '').replaceAll(/`test\/[\w./-]+`(?: “[^”]+”)*/g, '');
        assert.match(left, /^[; ]*$/, what);
      }
    });
  });
}

it('nothing that runs evaluates text', () => {
  const evaluating = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
    /\beval\s*\(|\bFunction\s*\(|\bset(?:Timeout|Interval)\s*\(\s*['"`]|node:vm\b/.test(read(file)),
  );
  // The watchdog of an activation, and what the SDK looks up in a run: both are texts of its own.
  assert.deepEqual(evaluating, ['src/temporal/workflow-thread.ts']);
  assert.doesNotMatch(read('src/temporal/workflow-thread.ts'), /\b(?:Script|constructor)\((?!'[^']*'\))/);
});

it('each requirement of ASVS, levels 1 and 2, has one line', () => {
  const all = read('test/support/asvs.txt')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .flatMap((line) => {
      const [section, numbers = ''] = line.split(': ');
      return numbers.split(' ').map((number) => `V${section}.${number}`);
    });
  const told = rowsOf('docs/security/asvs.md').flatMap(([what = '']) => {
    const [from = '', to = from] = what.split(' to ');
    const [first, last] = [all.indexOf(from), all.indexOf(to)];
    assert.ok(first >= 0 && last >= first, what);
    return all.slice(first, last + 1);
  });
  assert.deepEqual(told, all);
});

it('each of the ten risks has one line', () => {
  const told = rowsOf('docs/security/api-top-10.md').map(([what = '']) => what.split(' ')[0]);
  assert.deepEqual(
    told,
    Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
  );
});
