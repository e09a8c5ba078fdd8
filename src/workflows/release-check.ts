// Whether the release of the worker that runs this can carry on what is there: run on workers of a new release before it is let in, by Temporal's
// worker controller (`gate`) or by hand.
import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { OrderActivities } from '../contract/activities.ts';

/** Some dozens of histories, each read and replayed within a second. */
const LONGEST_MS = 5 * 60_000;

/** Fails where a history does not replay, and names its workflow. */
export async function releaseCheckWorkflow(): Promise<{ replayed: number }> {
  const { replaySample } = proxyActivities<OrderActivities>({
    startToCloseTimeout: LONGEST_MS,
    retry: { maximumAttempts: 2 },
    summary: 'Replay some histories of each kind',
  });
  const { replayed, misfits } = await replaySample();
  if (misfits.length > 0) {
    const message = `this release decides otherwise than the histories of ${misfits.join(', ')} say`;
    throw ApplicationFailure.create({ message, type: 'does_not_fit', nonRetryable: true });
  }
  return { replayed };
}
