// The dev server has the settings of the server in production.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { AS_IN_PRODUCTION, dynamicConfigOf } from '../../../src/dev/temporal.ts';

const FILE = fileURLToPath(new URL('../../../deploy/temporal/dynamicconfig.yaml', import.meta.url));

it('the dev server and the one of the compose file have the same settings', () => {
  const shipped = parse(readFileSync(FILE, 'utf8')) as Record<string, { value: unknown }[]>;
  assert.deepEqual(
    Object.fromEntries(Object.entries(shipped).map(([name, values]) => [name, values.map(({ value }) => value)])),
    Object.fromEntries(Object.entries(AS_IN_PRODUCTION).map(([name, value]) => [name, [value]])),
  );
});

it('the dev server keeps its search attributes in memory only where no others are added later', () => {
  const setting = 'system.forceSearchAttributesCacheRefreshOnRead';
  assert.equal(dynamicConfigOf({ searchAttributes: { OrderStatus: 'KEYWORD' } })[setting], false);
  assert.equal(setting in dynamicConfigOf({ searchAttributes: {} }), false);
});
