// docs/simulator.md has the magic references as the simulator has them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MAGIC_REFERENCES } from '../../../src/simulator/magic-references.ts';

it('docs/simulator.md has every magic reference, with what happens and what is seen of it', () => {
  const page = readFileSync(fileURLToPath(new URL('../../../docs/simulator.md', import.meta.url)), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w-]+-)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, ...cells]) => cells);
  assert.deepEqual(
    rows,
    MAGIC_REFERENCES.map(({ begins, means, seen }) => [begins, means, seen]),
  );
});
