// What a dev server has written to its stores for the workflows of a namespace, by its own metrics.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { freePort } from '../src/dev/ports.ts';

/** Since it began. `states`: writes of a workflow's state with its new events, each a commit of its own. `visibility`: writes of the visibility store. */
export type Written = { states: number; visibility: number };

const NAMESPACE = 'default';
/** https://docs.temporal.io/references/cluster-metrics, by metric and operation. */
const COUNTED: Record<keyof Written, RegExp> = {
  states: /^persistence_requests\{.*operation="(?:Create|Update)WorkflowExecution"/,
  visibility: /^task_requests\{.*operation="VisibilityTask\w+"/,
};

/** Longer than the server takes to tell what it has counted: a second. */
const TOLD_WITHIN_MS = 2_000;

/** `written`: once nothing more comes. */
export type Metered = { metricsPort: number; written: () => Promise<Written> };

export async function metered(): Promise<Metered> {
  const metricsPort = await freePort();
  const told = async (): Promise<Written> => {
    const text = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((answer) => answer.text());
    const lines = text.split('\n').filter((line) => line.includes(`namespace="${NAMESPACE}"`));
    const sumOf = (what: keyof Written) =>
      lines
        .filter((line) => COUNTED[what].test(line))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    return { states: sumOf('states'), visibility: sumOf('visibility') };
  };
  return {
    metricsPort,
    async written() {
      for (let before = await told(); ;) {
        await sleep(TOLD_WITHIN_MS);
        const now = await told();
        if (isDeepStrictEqual(now, before)) return now;
        before = now;
      }
    },
  };
}
