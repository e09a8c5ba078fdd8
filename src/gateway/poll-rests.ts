// How long a watched order's long poll rests before the next one. A poll is answered at every event, and most events say only that a workflow task is about
// to publish something: after a rest one more poll brings them and what is published then.
import { decide } from '../order/decide.ts';
import type { Order } from '../order/order.ts';
import type { Polled } from '../temporal/follow-history.ts';

/** Before the first poll, and after news: what is published next takes a call, or somebody else, and then a workflow task. */
const AFTER_NEWS_MS = 100;
/** For as long as a workflow task lately took, within these. */
const BEFORE_NEWS_MS = { least: 20, most: 250 };
/** Where a call is under way, for most of the time that such a step lately took for orders of the same merchant, from its beginning. */
const STEP = { share: 0.9, mostMs: 750 };
/** Of what took how long, so many are kept for so long; fewer than `least` say nothing. */
const LATELY = { least: 5, most: 15, ms: 60_000 };

/** For the polls of all orders. */
export type PollRests = {
  /** Where a workflow task is about to publish something. */
  beforeNewsMs: () => number;
  /** From this answer until the next poll, of an order as it is known by then; null: there was no poll before. */
  afterMs: (polled: Pick<Polled, 'published' | 'isNewsDue'> | null, order: Order | undefined) => number;
  /** `before`: the order as it was known before this answer. */
  learn: (polled: Pick<Polled, 'taskMs' | 'newsMs'>, before: Order | undefined) => void;
};

export function pollRests(): PollRests {
  const tasks = lately();
  /** By merchant, so that nobody waits for a slow step of another one. */
  const steps = new Map<string, Lately>();
  const beforeNewsMs = () => within(BEFORE_NEWS_MS.least, tasks.medianMs(), BEFORE_NEWS_MS.most);
  function leftOfStepMs(order: Order | undefined): number {
    const step = stepOf(order);
    if (step === null) return 0;
    const usualMs = steps.get(step.name)?.medianMs() ?? 0;
    return Math.min(STEP.mostMs, STEP.share * usualMs - Math.max(0, Date.now() - step.sinceMs));
  }
  return {
    beforeNewsMs,
    afterMs(polled, order) {
      if (polled?.isNewsDue === true) return beforeNewsMs();
      const isNews = polled === null || polled.published !== null;
      return Math.max(isNews ? AFTER_NEWS_MS : beforeNewsMs(), leftOfStepMs(order));
    },
    learn({ taskMs, newsMs }, before) {
      if (taskMs !== null) tasks.add(taskMs);
      const step = stepOf(before);
      if (newsMs === null || step === null) return;
      const took = steps.get(step.name) ?? lately();
      steps.set(step.name, took);
      took.add(newsMs);
    },
  };
}

/** A call to seQura that the order makes by itself, and since when; null: none. */
function stepOf(order: Order | undefined): { name: string; sinceMs: number } | null {
  if (order === undefined) return null;
  const { do: step } = decide(order);
  if (step !== 'create' && step !== 'send_sms') return null;
  return { name: `${step} ${order.merchantId}`, sinceMs: Date.parse(order.timeline.at(-1)?.at ?? order.createdAt) };
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
