// Replays histories on a release of the workflows.
import type { ReplayWorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { PayloadKey } from '../config/model.ts';
import { dataConverter } from './connection.ts';

export type ReplayHistory = { workflowId: string; history: unknown };
export type Replayed = { workflowId: string; error?: Error | undefined };
export type Release = { workflowBundle: WorkflowBundleOption; payloadKeys: readonly PayloadKey[] | null };

/** `error`: what the release would decide otherwise than the history says. */
export async function* replayEach(
  { workflowBundle, payloadKeys }: Release,
  histories: AsyncIterable<ReplayHistory> | Iterable<ReplayHistory>,
  options: Pick<ReplayWorkerOptions, 'reuseV8Context'> & { debugMode?: boolean } = {},
): AsyncGenerator<Replayed> {
  const converter = dataConverter(payloadKeys, { replaceCorrupted: true });
  yield* Worker.runReplayHistories({ ...options, workflowBundle, dataConverter: converter }, histories);
}
