// When what happens: three troubles at a time, every class in its turn, and now and then a calm moment in which recovery is measured.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './random.ts';
import type { Trouble } from './troubles.ts';

export type Done = {
  /** By class: how often it was begun, and how often it met somebody. */
  troubles: Map<string, { begun: number; hits: number }>;
  /** From the end of all trouble to a fresh order with its SMS, at each calm moment. */
  recoveriesMs: number[];
};

const LONGEST_MS = 4_000;
const SHORTEST_MS = 800;
/** A trouble that has met nobody goes on for this much longer at most, and is shown a fresh order every so often. */
const PATIENCE_MS = 6_000;
const LURE_EVERY_MS = 1_000;
/** How much longer a short run may take, until every class has met somebody. */
const OVERTIME_MS = 120_000;
const CALM_EVERY_MS = 20_000;
const LANES = 3;

type Orders = {
  /** Resolves when the service is as it should be. */
  probe: () => Promise<void>;
  /** A fresh order, for trouble to meet. */
  lure: () => void;
};

export async function makeTrouble(
  all: readonly Trouble[],
  chance: Chance,
  endMs: number,
  { probe, lure }: Orders,
): Promise<Done> {
  const byClass = Map.groupBy(all, ({ name }) => name);
  const done: Done = {
    troubles: new Map([...byClass.keys()].map((name) => [name, { begun: 0, hits: 0 }])),
    recoveriesMs: [],
  };
  const touched = new Set<string>();
  let deck: string[] = [];
  const hasMet = (name: string) => (done.troubles.get(name)?.hits ?? 0) > 0;
  const isOver = () => Date.now() >= endMs && ([...byClass.keys()].every(hasMet) || Date.now() >= endMs + OVERTIME_MS);

  function next(): Trouble | null {
    if (deck.length === 0) {
      // Those that have met nobody yet come first.
      deck = chance.shuffled([...byClass.keys()]).toSorted((a, b) => Number(hasMet(a)) - Number(hasMet(b)));
    }
    if (Date.now() >= endMs) deck = deck.filter((name) => !hasMet(name));
    for (const [index, name] of deck.entries()) {
      const free = (byClass.get(name) ?? []).filter(({ touches }) => touches.every((thing) => !touched.has(thing)));
      if (free.length === 0) continue;
      deck.splice(index, 1);
      return chance.pick(free);
    }
    return null;
  }

  async function one(trouble: Trouble): Promise<void> {
    const count = done.troubles.get(trouble.name) ?? { begun: 0, hits: 0 };
    for (const thing of trouble.touches) touched.add(thing);
    try {
      await trouble.begin();
      count.begun += 1;
      await sleep(chance.between(SHORTEST_MS, LONGEST_MS));
      for (const untilMs = Date.now() + PATIENCE_MS; trouble.hits() === 0 && Date.now() < untilMs;) {
        lure();
        await sleep(LURE_EVERY_MS);
        await trouble.again?.();
      }
    } finally {
      await trouble.end();
      count.hits += trouble.hits();
      for (const thing of trouble.touches) touched.delete(thing);
    }
  }

  async function lane(untilMs: number): Promise<void> {
    while (Date.now() < untilMs && !isOver()) {
      const trouble = next();
      if (trouble !== null) await one(trouble);
      await sleep(chance.between(200, 1_500));
    }
  }

  while (!isOver()) {
    const untilMs = Date.now() + CALM_EVERY_MS;
    await Promise.all(Array.from({ length: LANES }, () => lane(untilMs)));
    const healedMs = Date.now();
    await probe();
    done.recoveriesMs.push(Date.now() - healedMs);
  }
  return done;
}
