// Carries out changes of many orders, at a rate, for the command line and the desk.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Changer, Result } from './change.ts';

export type Done = Change & Result;

/** However slow they are: a merchant's tills have the workers, too. */
const AT_ONCE = 20;
/** So many in a row that Temporal did not answer end the run. */
const MOST_AWAY = 5;

type Carrying = {
  perSecond: number;
  /** Whoever ends the run gives the reason. */
  stopped: AbortController;
  done: (result: Done) => void;
};

/** What is not begun when it is stopped, or when Temporal stays away, counts as failed. */
export async function carryOutAll(
  changes: readonly Change[],
  change: Changer,
  { perSecond, stopped, done }: Carrying,
): Promise<Done[]> {
  const results: Done[] = [];
  let away = 0;
  let begun = 0;

  async function one(wanted: Change): Promise<void> {
    const result: Done = { ...wanted, ...(await change(wanted)) };
    away = result.what.startsWith('Temporal does not answer') ? away + 1 : 0;
    if (away >= MOST_AWAY) stopped.abort('Temporal does not answer');
    results.push(result);
    done(result);
  }

  const running = new Set<Promise<void>>();
  for (const [index, wanted] of changes.entries()) {
    if (index > 0) await sleep(1_000 / perSecond, undefined, { signal: stopped.signal }).catch(() => {});
    while (running.size >= AT_ONCE) await Promise.race(running);
    if (stopped.signal.aborted) break;
    begun += 1;
    const work: Promise<void> = one(wanted).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
  const left = changes.slice(begun);
  return [...results, ...left.map((wanted): Done => ({ ...wanted, ...notTried(String(stopped.signal.reason)) }))];
}

function notTried(why: string): Result {
  return { outcome: 'failed', what: `Not tried: ${why}.`, order: null };
}

const OUTCOMES = ['done', 'done before', 'failed'] as const;

/** `48 done, 0 done before, 2 failed` */
export function sumOf(results: readonly Done[]): string {
  return OUTCOMES.map((word) => `${results.filter(({ outcome }) => outcome === word).length} ${word}`).join(', ');
}
