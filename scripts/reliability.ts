// `npm run reliability [-- --check]`: writes the table of faults and invariants in docs/reliability.md from what the last `npm test -- faults`
// has judged; with `--check` it fails where the page says something else.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { faultTable, IN_WORDS } from '../test/faults/table.ts';

const PAGE = fileURLToPath(new URL('../docs/reliability.md', import.meta.url));
const BEGIN = '<!-- written by `npm run reliability` -->';
const END = '<!-- end -->';

const invariants = Object.entries(IN_WORDS).toSorted(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)));
const written = [...invariants.map(([name, words]) => `- **${name}** ${words}`), '', faultTable()].join('\n');
const page = readFileSync(PAGE, 'utf8');
const [before = '', rest = ''] = page.split(BEGIN);
const after = rest.split(END)[1];
if (after === undefined) throw new Error(`docs/reliability.md has no place for the table: ${BEGIN} … ${END}`);
const next = await format(`${before}${BEGIN}\n\n${written}\n\n${END}${after}`, { parser: 'markdown' });

if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, next);
} else if (next !== page) {
  const lines = (text: string) => text.split('\n');
  const only = (sign: string, these: string, those: string) =>
    lines(these)
      .filter((line) => !lines(those).includes(line))
      .map((line) => `${sign} ${line}`);
  console.error('docs/reliability.md does not say what the tests have judged: `npm run reliability` writes it.');
  console.error([...only('-', page, next), ...only('+', next, page)].join('\n'));
  process.exitCode = 1;
}
