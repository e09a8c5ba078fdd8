// Imports in `src` go one way; and the check that says so can fail.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cycles, importsOf, violations } from '../../support/import-rules.ts';

const src = fileURLToPath(new URL('../../../src/', import.meta.url));
const sources = new Map(globSync('**/*.ts', { cwd: src }).map((path) => [path, readFileSync(`${src}${path}`, 'utf8')]));

describe('the sources', () => {
  it('are found, with their imports', () => {
    assert.ok(sources.has('config/load.ts') && sources.has('order/order.ts'));
    const count = [...sources.values()].flatMap(importsOf).length;
    const lines = [...sources.values()].join('\n').match(/^(import\b.*|\} )from '.*$|^import '.*$/gm)?.length ?? 0;
    assert.ok(count >= lines && lines > 100, `${count} imports in ${lines} lines`);
  });

  it('import only what their folder may', () => assert.deepEqual(violations(sources), []));

  it('have no folders and no files that need each other', () => assert.deepEqual(cycles(sources), []));
});

describe('an import', () => {
  for (const [source, specifier, isType] of [
    ["import './a.ts';", './a.ts', false],
    ["import a from './a.ts';", './a.ts', false],
    ["import * as a from './a.ts';", './a.ts', false],
    ["import {\n  a,\n  b as c,\n} from './a.ts';", './a.ts', false],
    ["import { type A } from './a.ts';", './a.ts', false],
    ["import type { A } from './a.ts';", './a.ts', true],
    ["import type {\n  A,\n} from './a.ts';", './a.ts', true],
    ["export { a } from './a.ts';", './a.ts', false],
    ["export * from './a.ts';", './a.ts', false],
    ["export * as a from './a.ts';", './a.ts', false],
    ["export type { A } from './a.ts';", './a.ts', true],
    ["const a = await import('./a.ts');", './a.ts', false],
    ["const a = require('./a.ts');", './a.ts', false],
    ['const a = await import(name);', 'what is known only when it runs', false],
  ] as const) {
    it(`is seen in ${JSON.stringify(source)}`, () => assert.deepEqual(importsOf(source), [{ specifier, isType }]));
  }

  it('is not seen in comments and texts', () => {
    const source =
      "// import './a.ts'\n/* import('./a.ts') */\nexport const text = 'import';\nexport type A = 'a' | 'b';\n";
    assert.deepEqual(importsOf(source), []);
  });
});

describe('the check', () => {
  for (const [path, source, wrong] of [
    ['order/a.ts', "import { x } from '../sequra/x.ts';", 'order may not import ../sequra/x.ts'],
    ['order/a.ts', "import type { X } from '../config/load.ts';", 'order may not import types from ../config/load.ts'],
    ['order/a.ts', "import { z } from 'zod';", 'order may not import zod'],
    ['workflows/a.ts', "import { z } from 'zod';", 'workflows may not import zod'],
    ['workflows/a.ts', "import { readFileSync } from 'node:fs';", 'workflows may not import node:fs'],
    ['workflows/a.ts', "import { a } from '../activities/a.ts';", 'workflows may not import ../activities/a.ts'],
    ['workflows/a.ts', 'await import(name);', 'workflows may not import what is known only when it runs'],
    ['activities/a.ts', "import { a } from '../api/a.ts';", 'activities may not import ../api/a.ts'],
    [
      'activities/a.ts',
      "import { a } from '../workflows/steps.ts';",
      'activities may not import ../workflows/steps.ts',
    ],
    ['sequra/a.ts', "export * from '../temporal/a.ts';", 'sequra may not import ../temporal/a.ts'],
    ['api/a.ts', "import { loadConfig } from '../config/load.ts';", 'api may not import ../config/load.ts'],
    ['api/routes/a.ts', "import { a } from '../../workflows/a.ts';", 'api may not import ../../workflows/a.ts'],
    ['simulator/a.ts', "import { a } from '../sequra/a.ts';", 'simulator may not import ../sequra/a.ts'],
    ['processes/a.ts', "import { a } from '../dev/a.ts';", 'processes may not import ../dev/a.ts'],
    ['ops/a.ts', "const a = await import('../dev/a.ts');", 'ops may not import ../dev/a.ts'],
    ['api/a.ts', "import { a } from '../../scripts/a.ts';", 'api may not import ../../scripts/a.ts'],
    ['utils/a.ts', '', 'no rule says what utils may import'],
    ['api/a.ts', 'const port = process.env.PORT;', 'only config/load.ts reads process.env'],
    ['api/a.ts', "const { PORT } = process['env'];", 'only config/load.ts reads process.env'],
    ['api/a.ts', "import { env } from 'node:process';", 'only config/load.ts reads process.env'],
  ] as const) {
    it(`refuses in ${path}: ${source}`, () => {
      assert.deepEqual(violations(new Map([[path, source]])), [`${path}: ${wrong}`]);
    });
  }

  for (const [path, source] of [
    ['workflows/a.ts', "import type { A } from '../contract/a.ts';\nimport type { Z } from 'zod';"],
    ['activities/a.ts', "import { a } from '../contract/messages.ts';"],
    [
      'api/routes/a.ts',
      "import { Problem } from '../problem.ts';\nimport type { Config } from '../../config/load.ts';",
    ],
    ['config/load.ts', "import { a } from './a.ts';\nexport const env = process.env;"],
    ['dev/a.ts', "import { a } from '../ops/a.ts';\nconst cli = process.env.TEMPORAL_CLI;"],
  ] as const) {
    it(`accepts in ${path}: ${source}`, () => assert.deepEqual(violations(new Map([[path, source]])), []));
  }

  it('finds circles of values, not of types', () => {
    const circle = new Map([
      ['sequra/a.ts', "import { a } from '../temporal/a.ts';"],
      ['temporal/a.ts', "import { a } from '../activities/a.ts';\nimport type { X } from '../api/a.ts';"],
      ['activities/a.ts', "import { a } from '../sequra/a.ts';"],
      ['api/a.ts', "import { a } from '../temporal/a.ts';"],
    ]);
    assert.deepEqual(cycles(circle), [
      'activities → sequra → temporal → activities',
      'activities/a.ts → sequra/a.ts → temporal/a.ts → activities/a.ts',
    ]);
  });

  it('finds circles of files within a folder', () => {
    const circle = new Map([
      ['order/a.ts', "import { b } from './b.ts';"],
      ['order/b.ts', "import { c } from './c.ts';\nimport type { D } from './d.ts';"],
      ['order/c.ts', "import { b } from './b.ts';"],
      ['order/d.ts', "import { a } from './a.ts';"],
    ]);
    assert.deepEqual(cycles(circle), ['order/b.ts → order/c.ts → order/b.ts']);
  });
});
