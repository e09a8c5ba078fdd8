// What a step of the walk is, and how it ends.

/** `passed`: it is as it should be. `skipped`: the merchant does without. */
export type Seen = { passed: string } | { skipped: string };

/** `needs`: the step before it that has to have passed. */
export type Step<W> = { name: string; needs?: string; run: (walk: W) => Promise<Seen> };

/** Something is not as it should be, and what to do about it, in words for whoever sets a merchant up. */
export class NotPassed extends Error {
  override readonly name = 'NotPassed';
  readonly todo: string;

  constructor(what: string, todo: string) {
    super(what);
    this.todo = todo;
  }
}

export const passed = (what: string): Seen => ({ passed: what });
export const skipped = (why: string): Seen => ({ skipped: why });
