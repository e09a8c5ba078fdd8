// What the workflow bundle holds, and that each run of a workflow adds nothing to it: a run is kept for as long as its order waits.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowSources } from '../../../src/temporal/connection.ts';

const ROOT = new URL('../../../', import.meta.url);
/** The SDK's own, and what it needs. Whatever else is wanted in a workflow: is it worth its memory in every worker? */
const PACKAGES = ['@temporalio/common', '@temporalio/workflow', 'long', 'ms', 'nexus-rpc'];
const OWN = /^\.\/src\/(order|contract|workflows)\/|^\.\/src\/temporal\/failure-converter\.ts$/;
/** At the beginning of a line: a variable of a module, or one that holds what can be changed. */
const KEEPS = /^(?:export )?(?:let|var) .*|^(?:export )?const .*\bnew (?:Map|Set|WeakMap|WeakSet|Array)\b.*/gm;

describe('the workflow bundle', () => {
  let code = '';
  before(async () => {
    ({ code } = await bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('ERROR') }));
  });
  const modules = () => [...code.matchAll(/^ {2}!\*\*\* (\S+) \*\*\*!$/gm)].map(([, path = '']) => path);
  /** Without the entry, which the SDK writes. */
  const own = () => modules().filter((path) => path.endsWith('.ts'));

  it('has no package but those of the SDK', () => {
    const packages = modules().flatMap((path) => /^\.\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    assert.deepEqual([...new Set(packages)].toSorted(), PACKAGES);
  });

  it('has of this service what decides, what it says, and what carries it out', () => {
    assert.ok(own().length > 40);
    assert.deepEqual(
      own().filter((path) => !OWN.test(path)),
      [],
    );
  });

  it('is evaluated before the first run, and no module of it by a run', () => {
    const globals = { AsyncLocalStorage, TextEncoder, TextDecoder, URL, URLSearchParams, AbortController };
    const context = createContext({ ...globals, __webpack_module_cache__: {} });
    const evaluated = () => runInContext('Object.keys(__webpack_module_cache__)', context) as string[];
    runInContext(code, context);
    runInContext('__TEMPORAL__.preloadModules()', context);
    const shared = evaluated();
    runInContext('__TEMPORAL__.importInterceptors(); __TEMPORAL__.importWorkflows()', context);
    assert.deepEqual([...evaluated()], [...shared]);
    assert.deepEqual(
      own().filter((path) => !shared.includes(path)),
      [],
    );
  });

  it('keeps nothing in a module, which all runs would share', () => {
    const kept = own().flatMap((path) =>
      [...readFileSync(new URL(path, ROOT), 'utf8').matchAll(KEEPS)].map(([line]) => `${path}: ${line}`),
    );
    assert.deepEqual(kept, []);
  });
});
