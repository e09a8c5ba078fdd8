// What a dev server has done for the workflows of a namespace, by its own metrics.
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../src/dev/ports.ts';
import { call } from '../test/support/till.ts';
import { until } from '../test/support/waits.ts';

/** Since it began. `states`: writes of a workflow's state with its new events, each a commit of its own. `visibility`: writes of the visibility store. */
type Written = { states: number; visibility: number };

const NAMESPACE = 'default';
/** https://docs.temporal.io/references/cluster-metrics, by metric and operation. */
const COUNTED: Record<keyof Written | 'ends' | 'polls', RegExp> = {
  states: /^persistence_requests\{.*operation="(?:Create|Update)WorkflowExecution"/,
  visibility: /^task_requests\{.*operation="VisibilityTask\w+"/,
  ends: /^task_requests\{.*operation="VisibilityTaskCloseExecution"/,
  polls: /^service_requests\{.*operation="PollWorkflowExecutionHistory".*service_name="frontend"/,
};

/** The server tells once a second what it has counted. */
const TOLD_WITHIN_MS = 2_000;

export type Metered = {
  metricsPort: number;
  /** Once the end of a workflow, the last that is written of it, is among it. */
  written: () => Promise<Written>;
  /** Long polls of histories, since it began. */
  polls: () => Promise<number>;
};

export async function metered(): Promise<Metered> {
  const metricsPort = await freePort();
  const told = async (what: keyof typeof COUNTED): Promise<number> => {
    const { body } = await call<string>(`http://127.0.0.1:${metricsPort}/metrics`);
    const lines = body
      .split('\n')
      .filter((line) => COUNTED[what].test(line) && line.includes(`namespace="${NAMESPACE}"`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  };
  return {
    metricsPort,
    async written() {
      await until('Temporal tells that a workflow has ended', async () => (await told('ends')) > 0);
      await sleep(TOLD_WITHIN_MS);
      return { states: await told('states'), visibility: await told('visibility') };
    },
    async polls() {
      await sleep(TOLD_WITHIN_MS);
      return told('polls');
    },
  };
}
