// How long a watched order's long poll rests before the next one. A poll is answered at every event, and most events say only that a workflow task is about
// to publish something: after a rest one more poll brings them and what is published then.
import type { Order } from '../order/order.ts';
import type { Polled } from '../temporal/follow-history.ts';

/** At least this long before the first poll, and after news: what is published next takes a workflow task, and a call or somebody else before it. */
const AFTER_NEWS_MS = 100;
/** For as long as a workflow task lately took, within these. */
const BEFORE_NEWS_MS = { least: 20, most: 250 };
/** Where an order takes a step by itself, for most of the time that others of its merchant lately took for it. */
const STEP = { share: 0.9, mostMs: 1_000 };
/** Of what took how long, so many are kept for so long; fewer than `least` say nothing. */
const LATELY = { least: 5, most: 15, ms: 60_000 };

/** For the polls of all orders. */
export type PollRests = {
  /** Where a workflow task is about to publish something. */
  beforeNewsMs: () => number;
  /** Before the first poll, and after one that brought news. */
  afterNewsMs: (order: Order | undefined) => number;
  /** After one that brought none. `sinceMs`: since there was news, or the first poll was due. */
  afterNoNewsMs: (order: Order | undefined, sinceMs: number) => number;
  /** `before`: the order as it was known then. */
  learn: (polled: Pick<Polled, 'taskMs' | 'newsMs'>, before: Order | undefined) => void;
};

export function pollRests(): PollRests {
  const tasks = lately();
  const steps = new Map<string, Lately>();
  const beforeNewsMs = () => within(BEFORE_NEWS_MS.least, tasks.medianMs(), BEFORE_NEWS_MS.most);
  function stepEndsMs(order: Order | undefined, sinceMs: number): number {
    const took = steps.get(stepOf(order) ?? '');
    return took === undefined ? 0 : STEP.share * (took.medianMs() - sinceMs);
  }
  return {
    beforeNewsMs,
    afterNewsMs: (order) => within(AFTER_NEWS_MS, stepEndsMs(order, 0), STEP.mostMs),
    afterNoNewsMs: (order, sinceMs) => within(beforeNewsMs(), stepEndsMs(order, sinceMs), STEP.mostMs),
    learn({ taskMs, newsMs }, before) {
      const step = stepOf(before);
      if (taskMs !== null) tasks.add(taskMs);
      if (newsMs === null || step === null) return;
      const took = steps.get(step) ?? lately();
      steps.set(step, took);
      took.add(newsMs);
    },
  };
}

/** What it does by itself, and for whom: nobody waits longer for a slow step of another merchant. Null: it waits for its customer or for a human. */
function stepOf(order: Order | undefined): string | null {
  if (order === undefined) return null;
  const { status, merchantId, sms } = order;
  const isByItself = status === 'creating' || (status === 'awaiting_customer' && sms.queue.length > 0);
  return isByItself ? `${status} ${merchantId}` : null;
}

function within(least: number, ms: number, most: number): number {
  return Math.min(most, Math.max(least, ms));
}

type Lately = ReturnType<typeof lately>;

/** How long something took, the last few times within a minute. */
function lately() {
  let times: { ms: number; atMs: number }[] = [];
  return {
    add(ms: number) {
      times = [...times, { ms, atMs: Date.now() }].slice(-LATELY.most);
    },
    /** 0 where too little is known: one that took long says nothing about the others. */
    medianMs() {
      const sinceMs = Date.now() - LATELY.ms;
      const known = times.flatMap(({ ms, atMs }) => (atMs > sinceMs ? [ms] : [])).toSorted((one, other) => one - other);
      return known.length < LATELY.least ? 0 : (known[Math.floor((known.length - 1) / 2)] ?? 0);
    },
  };
}
