// How long a watched order's long poll rests before the next one. A poll is answered at every event, and most events say only that something is under
// way: after a rest one more poll brings them and what is published then.
import type { Polled } from '../temporal/follow-history.ts';

/** After what an order has published, the next comes when seQura or somebody else has acted. */
const AFTER_NEWS_MS = 100;
/** The longer news lately took, the more events come before it, and the busier Temporal is. */
const BEFORE_NEWS_MS = { share: 1 / 3, least: 20, most: 250 };
/** Of each news in what news lately took; one counts for no more than `MOST_TAKEN_MS`: seQura may have been away. */
const WEIGHT = 0.1;
const MOST_TAKEN_MS = 1_500;

export type PollRests = () => {
  /** Before the first poll. */
  firstMs: number;
  afterMs: (polled: Pick<Polled, 'published' | 'hasMoved'>) => number;
};

/** For the polls of all orders; what it returns, for those of one. */
export function pollRests(now: () => number = () => performance.now()): PollRests {
  let newsTakesMs = 0;
  return () => {
    let underWaySince: number | null = null;
    return {
      firstMs: AFTER_NEWS_MS,
      afterMs({ published, hasMoved }) {
        if (published === null) {
          if (hasMoved) underWaySince ??= now();
          const { share, least, most } = BEFORE_NEWS_MS;
          return Math.min(most, Math.max(least, newsTakesMs * share));
        }
        if (underWaySince !== null)
          newsTakesMs += (Math.min(now() - underWaySince, MOST_TAKEN_MS) - newsTakesMs) * WEIGHT;
        underWaySince = null;
        return AFTER_NEWS_MS;
      },
    };
  };
}
