// Replays some histories of each kind on the workflows of this worker.
import { getClient } from '@temporalio/activity';
import type { OrderActivities } from '../contract/activities.ts';
import { sampleHistories } from '../gateway/sample-histories.ts';
import type { Release } from '../temporal/replay.ts';
import { replayEach } from '../temporal/replay.ts';

const OF_EACH_KIND = 5;

export function replaySampleActivity(release: Release): OrderActivities['replaySample'] {
  return async () => {
    const misfits: string[] = [];
    let replayed = 0;
    for await (const { workflowId, error } of replayEach(release, sampleHistories(getClient(), OF_EACH_KIND))) {
      replayed += 1;
      if (error !== undefined) misfits.push(workflowId);
    }
    return { replayed, misfits };
  };
}
