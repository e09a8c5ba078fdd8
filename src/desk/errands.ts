// What operators have told the desk to do, while it is done and for some time after. It is in this process only: where that ends, what was done is
// done, and the same words again do the rest.
import { randomUUID } from 'node:crypto';
import { Problem } from '../api/http/problem.ts';
import type { Done } from '../ops/carry-out.ts';
import { carryOutAll } from '../ops/carry-out.ts';
import type { Change, Changer } from '../ops/change.ts';
import type { By } from '../order/order.ts';

export type Errand = {
  id: string;
  by: By;
  changes: readonly Change[];
  results: readonly Done[];
  ended: Promise<void>;
  isOver: () => boolean;
  stop: () => void;
};

const PER_SECOND = 10;
/** An answer to one order never waits for those to many. */
const MOST_UNDER_WAY = { one: 100, several: 4 };
const MOST_KEPT = 50;

const kindOf = (changes: readonly Change[]) => (changes.length === 1 ? 'one' : 'several');

export function createErrands(changerFor: (by: By) => Changer) {
  const errands = new Map<string, Errand>();

  return {
    /** Throws `Problem` where too much is under way. */
    start(changes: readonly Change[], by: By): Errand {
      const kind = kindOf(changes);
      const underWay = [...errands.values()].filter((one) => !one.isOver() && kindOf(one.changes) === kind).length;
      if (underWay >= MOST_UNDER_WAY[kind])
        throw new Problem('rate_limited', `${underWay} errands are under way: wait until one has ended.`);
      const stopped = new AbortController();
      const change = changerFor(by);
      // No page of it shows the orders: they would be most of what is kept.
      const withoutOrder: Changer = async (one) => ({ ...(await change(one)), order: null });
      let results: Done[] = [];
      let isOver = false;
      async function carryOut(): Promise<void> {
        const done = (result: Done) => void results.push(result);
        results = await carryOutAll(changes, withoutOrder, { perSecond: PER_SECOND, stopped, done });
        isOver = true;
      }
      const ended = carryOut();
      const errand: Errand = {
        id: randomUUID(),
        by,
        changes,
        get results() {
          return results;
        },
        ended,
        isOver: () => isOver,
        stop: () => stopped.abort('stopped at the desk'),
      };
      errands.set(errand.id, errand);
      for (const [id, old] of errands) {
        if (errands.size <= MOST_KEPT) break;
        if (old.isOver()) errands.delete(id);
      }
      return errand;
    },

    get: (id: string): Errand | null => errands.get(id) ?? null,

    /** Begins nothing more, and waits for what is under way. */
    async stop(): Promise<void> {
      for (const errand of errands.values()) errand.stop();
      await Promise.all([...errands.values()].map(({ ended }) => ended));
    },
  };
}

export type Errands = ReturnType<typeof createErrands>;
