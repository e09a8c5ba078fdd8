// docs/reference/settings.md says of every setting what the code does with it.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { askedBy } from '../../../scripts/asked.ts';
import { SETTINGS_PAGE } from '../../../scripts/settings-page.ts';
import { comparison, differences } from '../../../scripts/written-page.ts';
import { READ_BY } from '../../../src/config/load.ts';
import { merchantsFile as fileSchema } from '../../../src/config/merchants-schema.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const source = (pattern: string, except: RegExp) =>
  globSync(pattern, { cwd: root })
    .filter((path) => !except.test(path))
    .map((path) => readFileSync(root + path, 'utf8'))
    .join('\n');

/** Stands for the value of a setting. */
class ValueOf {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Where each value that is read stands in a configuration. */
function paths(value: unknown, trail: string[] = []): { name: string; trail: string[] }[] {
  if (value instanceof ValueOf) return [{ name: value.name, trail }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, [...trail, key]));
}

describe('docs/reference/settings.md', () => {
  it('is as `npm run settings` writes it', async () => {
    assert.deepEqual(differences(await comparison(SETTINGS_PAGE)), []);
  });

  it('holds every variable that any program here reads', async () => {
    const { present } = await comparison(SETTINGS_PAGE);
    const read = [...source('src/**/*.ts', /^$/).matchAll(/\benv\['(\w+)'\]/g)].map(([, name = '']) => name);
    // Of the system, and the way to it.
    const ofTheSystem = ['HOME', 'PATH', 'XDG_CONFIG_HOME'];
    for (const name of new Set(read))
      assert.ok(ofTheSystem.includes(name) || present.includes(`\`${name}\``), `${name} is not on the page`);
  });
});

describe('a setting', () => {
  it('is acted on', () => {
    const code = source('src/**/*.ts', /^src\/config\//);
    const found = Object.values(READ_BY).flatMap((read) => {
      const config: unknown[] = [];
      askedBy(
        (reader, env) => config.push(read(reader, env)),
        (name) => new ValueOf(name),
      );
      return paths(config[0]);
    });
    assert.ok(found.length > 20);
    for (const { name, trail } of found) assert.match(code, new RegExp(`\\b${trail.at(-1)}\\b`), name);
  });

  it('of a merchant is acted on', () => {
    const code = source('src/config/*.ts', /merchants-schema|load/);
    const { merchants, api_keys } = fileSchema.shape;
    const fields = [...Object.keys(merchants.element.shape), ...Object.keys(api_keys.unwrap().element.shape)];
    assert.ok(fields.length > 15);
    for (const field of fields) assert.match(code, new RegExp(`\\b${field}\\b`), field);
  });
});
