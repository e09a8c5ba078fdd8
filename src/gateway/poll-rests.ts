// How long a watched order's long poll rests before the next one. A poll is answered at every event, and most events say only that a workflow task is about
// to publish something: after a rest one more poll brings them and what is published then.
import type { Polled } from '../temporal/follow-history.ts';

/** After what an order has published, the next comes when seQura or somebody else has acted. */
const AFTER_NEWS_MS = 100;
/** The longer workflow tasks lately took, the busier Temporal and the workers are. */
const BEFORE_NEWS_MS = { share: 1 / 2, least: 20, most: 250 };
/** Of each task in what tasks lately took; one counts for no more than `MOST_TAKEN_MS`: there may have been no worker. */
const WEIGHT = 0.2;
const MOST_TAKEN_MS = 1_000;

/** For the polls of all orders. */
export type PollRests = {
  /** Before the first poll of a run. */
  firstMs: number;
  /** Where a workflow task is about to publish something. */
  beforeNewsMs: () => number;
  afterMs: (polled: Pick<Polled, 'published' | 'taskMs'>) => number;
};

export function pollRests(): PollRests {
  let tasksTakeMs = 0;
  const beforeNewsMs = () => {
    const { share, least, most } = BEFORE_NEWS_MS;
    return Math.min(most, Math.max(least, tasksTakeMs * share));
  };
  return {
    firstMs: AFTER_NEWS_MS,
    beforeNewsMs,
    afterMs({ published, taskMs }) {
      if (taskMs !== null) tasksTakeMs += (Math.min(taskMs, MOST_TAKEN_MS) - tasksTakeMs) * WEIGHT;
      return published === null ? beforeNewsMs() : AFTER_NEWS_MS;
    },
  };
}
