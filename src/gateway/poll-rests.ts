// How long a watched order's long poll rests before the next one. A poll is answered at every event, and most events say only that a workflow task is about
// to publish something: after a rest one more poll brings them and what is published then.
import { decide } from '../order/decide.ts';
import type { Order, TimelineEntry } from '../order/order.ts';
import type { Polled } from '../temporal/follow-history.ts';

/** Before the first poll, and after news: what is published next takes a call, or somebody else, and then a workflow task. */
const AFTER_NEWS_MS = 100;
/** Otherwise for as long as a workflow task lately took, within these. */
const TASK_MS = { least: 20, most: 500 };
/** While the create or the SMS is under way, for what is left of the time that it lately took, and for so many workflow tasks: who polls too early hears nothing. `mostMs`: the most of what is left that is rested for. */
const STEP = { mostMs: 1_500, tasks: 2 };
/** In the time that a task or a step is said to take so many of the recent ones were over. Few of the steps, as one that ends earlier is told late. */
const SHARE = { tasks: 1 / 2, steps: 1 / 4 };
/** Of what took how long, so many are kept for so long; fewer than `least` say nothing. */
const LATELY = { least: 5, most: 15, ms: 60_000 };

/** For the polls of all orders. What orders of a merchant took says nothing of those of another. */
export type PollRests = {
  /** What is left of a rest of `restMs` after `elapsedMs`, once a word has come that news is due. Altogether it is no longer than any rest before news, or than it was. */
  wordMs: (order: Order | undefined, restMs: number, elapsedMs: number) => number;
  /** From this answer until the next poll, of an order as it is known by then; null: there was no poll before. */
  afterMs: (polled: Pick<Polled, 'published' | 'isNewsDue'> | null, order: Order | undefined) => number;
  /** `before`: the order as it was known before this answer; `now`: as it is by it. */
  learn: (polled: Pick<Polled, 'taskMs' | 'newsMs'>, before: Order | undefined, now: Order | undefined) => void;
};

export function pollRests(): PollRests {
  /** By what took it, and the merchant. */
  const times = new Map<string, Lately>();

  function took(what: string, { merchantId }: Order): Lately {
    const name = `${what} ${merchantId}`;
    const known = times.get(name) ?? lately();
    times.set(name, known);
    return known;
  }

  /** Where a workflow task is about to publish something. */
  function beforeNewsMs(order: Order | undefined): number {
    const { least, most } = TASK_MS;
    return Math.min(most, Math.max(least, order === undefined ? 0 : took('task', order).ms(SHARE.tasks)));
  }

  function leftOfStepMs(order: Order | undefined): number {
    if (order === undefined) return 0;
    const step = stepOf(order);
    if (step === null) return 0;
    const stepMs = took(step, order).ms(SHARE.steps);
    if (stepMs === 0) return 0;
    const elapsedMs = Math.max(0, Date.now() - begunAtMs(order));
    return Math.min(STEP.mostMs, stepMs - elapsedMs) + STEP.tasks * beforeNewsMs(order);
  }

  return {
    wordMs: (order, restMs, elapsedMs) =>
      Math.min(beforeNewsMs(order), Math.max(restMs, TASK_MS.most) - Math.max(0, elapsedMs)),
    afterMs(polled, order) {
      if (polled?.isNewsDue === true) return beforeNewsMs(order);
      const isNews = polled === null || polled.published !== null;
      return Math.max(isNews ? AFTER_NEWS_MS : beforeNewsMs(order), leftOfStepMs(order));
    },
    learn({ taskMs, newsMs }, before, now) {
      if (before === undefined) return;
      if (taskMs !== null) took('task', before).add(taskMs);
      const step = stepOf(before);
      const isOver = now !== undefined && stepOf(now) !== step;
      if (newsMs !== null && step !== null && isOver) took(step, before).add(newsMs);
    },
  };
}

/** What of an order's life is worth resting for; null: it does something else, or waits. */
function stepOf(order: Order): 'create' | 'send_sms' | null {
  const { do: step } = decide(order);
  return step === 'create' || step === 'send_sms' ? step : null;
}

const BEGINNINGS: ReadonlySet<TimelineEntry['event']> = new Set([
  'accepted',
  'created',
  'recreated',
  'sms_requested',
  'resolved',
]);

/** When its step began, as far as its timeline tells. */
function begunAtMs({ timeline, createdAt }: Order): number {
  return Date.parse(timeline.findLast(({ event }) => BEGINNINGS.has(event))?.at ?? createdAt);
}

type Lately = ReturnType<typeof lately>;

/** How long something took, the last few times within a minute. */
function lately() {
  let times: { ms: number; atMs: number }[] = [];
  return {
    add(ms: number) {
      times = [...times, { ms, atMs: Date.now() }].slice(-LATELY.most);
    },
    /** This share of them took no longer; 0 where too little is known: one that took long says nothing about the others. */
    ms(share: number) {
      const sinceMs = Date.now() - LATELY.ms;
      const known = times.flatMap(({ ms, atMs }) => (atMs > sinceMs ? [ms] : [])).toSorted((one, other) => one - other);
      return known.length < LATELY.least ? 0 : (known[Math.floor((known.length - 1) * share)] ?? 0);
    },
  };
}
