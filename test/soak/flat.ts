// Whether something that was measured again and again stays as it is: the slope of Theil and Sen, which a few values that stand out do not move.
import { percentile } from '../support/percentile.ts';

export type Point = { seconds: number; value: number };

export type Limit = {
  /** How much it may rise in the second half of the run, in parts of its median there. */
  share: number;
  /** Less than this is never too much. */
  least: number;
};

export type Verdict = { median: number; rise: number; limit: number; flat: boolean };

/** A half with fewer points says nothing. */
export const LEAST_POINTS = 12;

/** The median of the slopes between any two points, per second. */
export function slope(points: readonly Point[]): number {
  const slopes = points.flatMap((one, index) =>
    points.slice(index + 1).map((other) => (other.value - one.value) / (other.seconds - one.seconds)),
  );
  return percentile(slopes, 0.5);
}

/** Of the second half; in the first one, caches fill and code is compiled. Null where there are too few points. */
export function judge(points: readonly Point[], { share, least }: Limit): Verdict | null {
  const half = points.slice(Math.floor(points.length / 2));
  const [first, last] = [half[0], half.at(-1)];
  if (first === undefined || last === undefined || half.length < LEAST_POINTS) return null;
  const median = percentile(
    half.map(({ value }) => value),
    0.5,
  );
  const rise = slope(half) * (last.seconds - first.seconds);
  const limit = Math.max(least, share * median);
  return { median, rise, limit, flat: rise <= limit };
}
