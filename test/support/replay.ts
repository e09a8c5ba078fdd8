// Replays histories on today's workflows, or on another release of them.
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { builtBundle } from '../../scripts/build.ts';
import type { PayloadKey } from '../../src/config/model.ts';
import { workflowSources } from '../../src/temporal/connection.ts';
import type { ReplayHistory } from '../../src/temporal/replay.ts';
import { replayEach } from '../../src/temporal/replay.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

let bundle: Promise<{ code: string }> | undefined;
export const bundled = () => (bundle ??= anyBundle());

async function anyBundle(): Promise<{ code: string }> {
  return builtBundle() ?? bundleWorkflowCode({ ...workflowSources, logger: new DefaultLogger('ERROR') });
}

/** Returns how many histories there were. Throws if a workflow would now decide otherwise than its history says. */
export async function replay(
  histories: AsyncIterable<ReplayHistory> | Iterable<ReplayHistory>,
  payloadKeys: readonly PayloadKey[] | null,
  release?: { code: string },
): Promise<number> {
  let replayed = 0;
  for await (const { workflowId, error } of replayEach(
    { workflowBundle: release ?? (await bundled()), payloadKeys },
    histories,
  )) {
    if (error !== undefined) throw new Error(`the history of ${workflowId} does not replay`, { cause: error });
    replayed += 1;
  }
  return replayed;
}
