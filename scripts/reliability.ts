// `npm run reliability [-- --check]`: writes the table of faults and invariants in docs/reliability.md from what the last `npm test -- faults`
// has judged; with `--check` it fails where the page says something else.
import { faultTable, IN_WORDS } from '../test/faults/table.ts';
import { writeOrCheck } from './written-page.ts';

const invariants = Object.entries(IN_WORDS).toSorted(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)));

await writeOrCheck({
  path: 'reliability.md',
  command: 'reliability',
  written: () => [...invariants.map(([name, words]) => `- **${name}** ${words}`), '', faultTable()].join('\n'),
});
