// Loaded into every thread of a process that runs workflows (`node --import`): the SDK's threads for workflows then do the same with less of the
// processor (docs/decisions/0106). An upgrade of the SDK has to be checked here.
import { promiseHooks } from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { cutoffStackTrace } from '@temporalio/common';
import type { Activator } from '@temporalio/workflow/lib/internals.js';
import { ReusableVMWorkflow, ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';

const GUARDED = Symbol.for('guarded activation');
const GUARD = new Script('globalThis[Symbol.for("guarded activation")]()');

/**
 * One watchdog for all of an activation. The SDK has one for each of its entries into a run, of which an activation is three or more; each is a thread
 * that is started and ended. An activation that never ends is broken off after the time that the SDK gives to one entry, and fails its task alone.
 */
function watchActivations(): void {
  const here = globalThis as { [GUARDED]?: () => unknown };
  let timeout = 0;

  /** Throws where it takes too long. What it does after its first `await` is not watched: the SDK has left the run by then. */
  function guarded<Result>(what: () => Result): Result {
    here[GUARDED] = what;
    try {
      return GUARD.runInThisContext({ timeout, displayErrors: true }) as Result;
    } finally {
      delete here[GUARDED];
    }
  }

  replace(
    ReusableVMWorkflowCreator,
    'create',
    (create) =>
      function (this: never, bundle, timeoutMs, ...others) {
        timeout = timeoutMs;
        // It passes this on with each entry; Node.js starts no watchdog without.
        return create.call(this, bundle, undefined as never, ...others) as never;
      },
  );
  replace(
    ReusableVMWorkflowCreator.prototype,
    'createWorkflow',
    (create) =>
      async function (this: never, options) {
        return guarded(() => create.call(this, options));
      },
  );
  // What an activation that was broken off has left to do, its run does here.
  replace(
    ReusableVMWorkflow.prototype,
    'dispose',
    (dispose) =>
      async function (this: Run) {
        return guarded(() => dispose.call(this));
      },
  );
  replace(
    ReusableVMWorkflow.prototype,
    'activate',
    (activate) =>
      async function (this: Run, activation) {
        try {
          return await guarded(() => activate.call(this, activation));
        } catch (error) {
          return { runId: this.runId, failed: { failure: this.activator.errorToFailure(error) } };
        }
      },
  );
}

function replace<T, Name extends keyof T>(target: T, name: Name, by: (original: T[Name]) => T[Name]): void {
  target[name] = by(target[name]);
}

/**
 * A promise of a run keeps the stack with which it was made, and that becomes text only when somebody asks for the run's call stack. The SDK makes text
 * of each at once, line by line through the source map.
 */
function takeCallStacksLate(): void {
  const realms = new WeakMap<object, Realm>();

  /** Null outside of a run. */
  function realmOf(promise: Promise<unknown>): Realm | null {
    if (promise.constructor === Promise) return null;
    const constructor = promise.constructor.constructor as FunctionConstructor;
    const known = realms.get(constructor);
    if (known !== undefined) return known;
    const realm: Realm = {
      activator: constructor('return globalThis.__TEMPORAL_ACTIVATOR__') as Realm['activator'],
      captureStackTrace: (constructor('return Error.captureStackTrace') as () => Realm['captureStackTrace'])(),
    };
    realms.set(constructor, realm);
    return realm;
  }

  function init(promise: Promise<unknown> & { runId?: string }, parent?: Promise<unknown>): void {
    const realm = realmOf(promise);
    const activator = realm?.activator();
    if (!realm || !activator) return;
    promise.runId = activator.info.runId;
    if (promise === parent) return;
    const { promiseToStack, childToParent } = activator.promiseStackStore;
    const stack = new LateStack();
    realm.captureStackTrace(stack, init);
    promiseToStack.set(promise, stack);
    childToParent.set(promise, parent ? new Set([parent]) : NO_PARENTS);
  }

  function settled(promise: Promise<unknown>): void {
    const store = realmOf(promise)?.activator()?.promiseStackStore;
    store?.childToParent.delete(promise);
    store?.promiseToStack.delete(promise);
  }

  Object.assign(globalHandlers, {
    setPromiseHook() {
      promiseHooks.createHook({ init, settled });
      globalHandlers.promiseHookInstalled = true;
    },
  });
}

const NO_PARENTS = new Set<Promise<unknown>>();

type Run = ReusableVMWorkflow & { activator: Activator };

/** One for all runs of a thread: each is let in with its own activator. */
type Realm = { activator: () => Activator | undefined; captureStackTrace: typeof Error.captureStackTrace };
type Stack = Activator['promiseStackStore']['promiseToStack'] extends Map<unknown, infer Kept> ? Kept : never;

/** Promises that `Promise.race` and the like make for themselves, which nobody waits for. */
const OF_AGGREGATION =
  /^\s+at\sPromise\.then \(<anonymous>\)\n\s+at (Function|Promise)\.(race|all|allSettled|any) \(<anonymous>\)/;

class LateStack implements Stack {
  /** Set by `captureStackTrace`; becomes text when it is read. */
  declare readonly stack?: string;
  #asText: Stack | null = null;

  get formatted() {
    return this.#text().formatted;
  }
  get structured() {
    return this.#text().structured;
  }
  #text(): Stack {
    if (this.#asText !== null) return this.#asText;
    // The SDK's own formatter leaves the lines here, too.
    globalHandlers.currentStackTrace = [];
    const [, ...lines] = this.stack?.split('\n') ?? [];
    // Node.js's own, where it has a promise hook as well.
    const own = lines[0]?.includes('at initAll ') ? 1 : 0;
    const text = cutoffStackTrace(lines.slice(own).join('\n'));
    const structured = globalHandlers.currentStackTrace.slice(own, own + text.split('\n').length);
    return (this.#asText = { formatted: OF_AGGREGATION.test(text) ? '' : text, structured });
  }
}

if (!isMainThread) {
  watchActivations();
  takeCallStacksLate();
}
