// The register of patches is the register: each is asked for, and none is asked for past it.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PATCHES } from '../../../src/contract/patches.ts';

const workflows = fileURLToPath(new URL('../../../src/workflows/', import.meta.url));
const sources = globSync('**/*.ts', { cwd: workflows }).map((path) => readFileSync(workflows + path, 'utf8'));

it('each patch of the register is asked for, by a day and a reason', () => {
  for (const [id, { since, what }] of Object.entries(PATCHES)) {
    assert.ok(
      sources.some((source) => source.includes(`patched('${id}'`)),
      id,
    );
    assert.ok(/^\d{4}-\d\d-\d\d$/.test(since) && what.endsWith('.'), id);
  }
});

it('no workflow asks the SDK itself', () => {
  for (const source of sources)
    assert.doesNotMatch(source, /\b(patched|deprecatePatch)\b[^}]*\} from '@temporalio\/workflow'/);
});
