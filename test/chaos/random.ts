// Chance that can be had again: the same seed, the same choices in the same order.

export type Chance = {
  /** From 0 up to, not including, 1. */
  next: () => number;
  /** From `min` up to `max`. */
  between: (min: number, max: number) => number;
  /** True as often as `share` says. */
  happens: (share: number) => boolean;
  pick: <T>(all: readonly T[]) => T;
  shuffled: <T>(all: readonly T[]) => T[];
  /** Another one, whose choices do not depend on how many this one has made since. */
  fork: (name: string) => Chance;
};

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const chance: Chance = {
    next,
    between: (min, max) => min + next() * (max - min),
    happens: (share) => next() < share,
    pick(all) {
      const chosen = all[Math.floor(next() * all.length)];
      if (chosen === undefined) throw new Error('there is nothing to pick from');
      return chosen;
    },
    shuffled: (all) =>
      all
        .map((each) => [next(), each] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, each]) => each),
    fork: (name) => chanceOf(Array.from(name).reduce(mixed, seed ^ 0x811c9dc5)),
  };
  return chance;
}

/** FNV-1a. */
function mixed(hash: number, letter: string): number {
  return Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193);
}
