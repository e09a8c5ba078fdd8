// Replays histories on today's workflows, or on another release of them.
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { PayloadKey } from '../../src/config/model.ts';
import { dataConverter, workflowSources } from '../../src/temporal/connection.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;
export const bundled = () =>
  (bundle ??= bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('ERROR') }));

export type ReplayHistory = { workflowId: string; history: unknown };

/** Returns how many histories there were. Throws if a workflow would now decide otherwise than its history says. */
export async function replay(
  histories: AsyncIterable<ReplayHistory> | Iterable<ReplayHistory>,
  payloadKeys: readonly PayloadKey[] | null,
  release?: { code: string },
): Promise<number> {
  const converter = dataConverter(payloadKeys, { replaceCorrupted: true });
  const options = { workflowBundle: release ?? (await bundled()), dataConverter: converter };
  let replayed = 0;
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    if (error !== undefined) throw new Error(`the history of ${workflowId} does not replay`, { cause: error });
    replayed += 1;
  }
  return replayed;
}
