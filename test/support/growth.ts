// Measures whether work grows faster than its input, without a time limit, which a busy machine would break.

/** Characters and sequences over which regular expressions and parsers backtrack. */
export const WORST: Record<string, (length: number) => string> = {
  ...Object.fromEntries(
    [
      ' ',
      '\t',
      '"',
      ',',
      ';',
      '=',
      '\\',
      '%',
      '%4',
      '(',
      '[',
      '{',
      '0',
      '-',
      '.',
      '/',
      ':',
      '+',
      'a',
      'é',
      '&',
      '""',
      '\\"',
      '", ',
      '";',
      '" ',
      ', ;',
      '=,',
      'a=',
      'a;q',
      '*/*,',
      'W/"',
      '"3',
      '-gzip',
      'a=1&',
      '[{',
      '{"a":',
      '0 ',
      '0-',
      '+3',
    ].map((unit) => [
      JSON.stringify(unit),
      (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length),
    ]),
  ),
  'charset, blanks, quotes': (length) => `application/json; charset=${' '.repeat(length)}""x`,
  'a quote, then commas': (length) => `"${','.repeat(length)}`,
  'Bearer, blanks': (length) => `Bearer ${' '.repeat(length)}x x`,
  'wait, blanks': (length) => `wait${' '.repeat(length / 2)}=${' '.repeat(length / 2)}x`,
  'blanks, then a letter': (length) => `${' '.repeat(length)}x`,
  'digits, then a letter': (length) => `${'1'.repeat(length)}x`,
  'an extension': (length) => `666123456${';ext='.repeat(length / 5)}`,
};

/** Three doublings: linear is 8 times, quadratic is 64. A doubling may cost 2.8 times as much: garbage is collected, caches overflow, and other programs use them. */
const TIMES = 8;
const MOST_GROWTH = 2.8 ** 3;
/** Short enough to end before a busy machine turns to something else. */
const MEASURABLE_MS = 1;
const MOST_TRIES = 100;
/** If a run takes long, a few runs tell as much. */
const FEW_TRIES = 8;
const FEW_MS = 4_000;

/**
 * The factor by which the cost grows with an input of eight times the length. The length is doubled from `from` up to `to` until the cost can be
 * measured. The least of several runs counts, because other work of the machine can only add. 0: not measurable.
 */
export async function growth(run: (length: number) => unknown, from: number, to: number): Promise<number> {
  let long = from;
  let whole = await costMs(run, long);
  while (long < to && whole < MEASURABLE_MS) {
    long *= 2;
    whole = await costMs(run, long);
  }
  let short = Infinity;
  const startedAtMs = performance.now();
  const isEnough = (tries: number) => tries >= (performance.now() - startedAtMs < FEW_MS ? MOST_TRIES : FEW_TRIES);
  for (let tries = 0; !isEnough(tries) && whole >= MEASURABLE_MS; tries += 1) {
    short = Math.min(short, await costMs(run, long / TIMES));
    if (isLinear(whole / short)) break;
    whole = Math.min(whole, await costMs(run, long));
  }
  return whole < MEASURABLE_MS ? 0 : whole / short;
}

export function isLinear(growth: number): boolean {
  return growth <= MOST_GROWTH;
}

async function costMs(run: (length: number) => unknown, length: number): Promise<number> {
  const startedAtMs = performance.now();
  await run(length);
  return performance.now() - startedAtMs;
}
