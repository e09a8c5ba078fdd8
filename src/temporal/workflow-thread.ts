// Loaded into every thread of a process that runs workflows (`node --import`): the SDK then does the same for each activation with less of the
// processor (docs/decisions/0106). An upgrade of the SDK has to be checked here.
import { promiseHooks } from 'node:v8';
import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { cutoffStackTrace } from '@temporalio/common';
import type { Activator } from '@temporalio/workflow/lib/internals.js';
import { ReusableVMWorkflow, ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { VMWorkflowThreadProxy } from '@temporalio/worker/lib/workflow/threaded-vm.js';
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
  /** What was broken off, or failed, may have left something to do, and whoever enters a run next does it, whichever run that is. */
  let moreToDo = false;

  /** Throws where it takes too long. What it does after its first `await` is not watched: the SDK has left the run by then. */
  function guarded<Result>(what: () => Result): Result {
    here[GUARDED] = what;
    moreToDo = true;
    try {
      const result = GUARD.runInThisContext({ timeout, displayErrors: true }) as Result;
      moreToDo = false;
      return result;
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
    ReusableVMWorkflow.prototype,
    'activate',
    (activate) =>
      async function (this: Run, activation) {
        let completion: Completion;
        try {
          completion = await guarded(() => activate.call(this, activation));
        } catch (error) {
          completion = { runId: this.runId, failed: { failure: this.activator.errorToFailure(error) } };
        }
        if (completion.failed != null) moreToDo = true;
        return completion;
      },
  );
  /** No loop of a workflow is there: its modules were evaluated when the worker was made (docs/decisions/0078). */
  async function guardedAfterOthers<Result>(what: () => Promise<Result>): Promise<Result> {
    try {
      return await (moreToDo ? guarded(what) : what());
    } catch (error) {
      moreToDo = true;
      throw error;
    }
  }
  replace(
    ReusableVMWorkflowCreator.prototype,
    'createWorkflow',
    (create) =>
      function (this: never, options) {
        return guardedAfterOthers(() => create.call(this, options));
      },
  );
  replace(
    ReusableVMWorkflow.prototype,
    'dispose',
    (dispose) =>
      function (this: Run) {
        return guardedAfterOthers(() => dispose.call(this));
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

type Completion = Awaited<ReturnType<ReusableVMWorkflow['activate']>> & { isSilent?: boolean };

/** With what an activation comes to, its run says whether it has anything to log. What workflows log at level `debug` is left out: the SDK's words of each start and end. */
function tellOfSilence(): void {
  replace(
    ReusableVMWorkflow.prototype,
    'activate',
    (activate) =>
      async function (this: Run, activation) {
        const completion: Completion = await activate.call(this, activation);
        const calls = this.activator
          .getAndResetSinkCalls()
          .filter(({ ifaceName, fnName }) => !(ifaceName === '__temporal_logger' && fnName === 'debug'));
        this.activator.sinkCalls = calls;
        completion.isSilent = calls.length === 0;
        return completion;
      },
  );
}

/** In the main thread, which asks the thread of the run after each activation for what it logs: a message there, and one back. */
function askNoSilentRun(): void {
  const silent = new WeakSet<VMWorkflowThreadProxy>();
  replace(
    VMWorkflowThreadProxy.prototype,
    'activate',
    (activate) =>
      async function (this: VMWorkflowThreadProxy, activation) {
        silent.delete(this);
        const { isSilent = false, ...completion }: Completion = await activate.call(this, activation);
        if (isSilent) silent.add(this);
        return completion;
      },
  );
  replace(
    VMWorkflowThreadProxy.prototype,
    'getAndResetSinkCalls',
    (ask) =>
      async function (this: VMWorkflowThreadProxy) {
        return silent.has(this) ? [] : ask.call(this);
      },
  );
}

if (isMainThread) askNoSilentRun();
else {
  watchActivations();
  tellOfSilence();
  takeCallStacksLate();
}
