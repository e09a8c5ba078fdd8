// What the soak test takes for flat.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Point } from '../../soak/flat.ts';
import { judge, LEAST_POINTS, slope } from '../../soak/flat.ts';

const LIMIT = { share: 0.1, least: 5 };
const points = (count: number, value: (index: number) => number): Point[] =>
  Array.from({ length: count }, (_, index) => ({ seconds: index * 10, value: value(index) }));
/** As a heap goes up until it is collected. */
const saw = (index: number) => 100 + (index % 5) * 8;

describe('flat', () => {
  it('is what goes up and down', () => assert.equal(judge(points(60, saw), LIMIT)?.flat, true));

  it('is what fell, or rose in the first half only', () => {
    assert.equal(
      judge(
        points(60, (index) => 200 - index),
        LIMIT,
      )?.flat,
      true,
    );
    assert.equal(
      judge(
        points(60, (index) => Math.min(index, 30) * 10),
        LIMIT,
      )?.flat,
      true,
    );
  });

  it('is what stands out a few times', () =>
    assert.equal(
      judge(
        points(60, (index) => (index > 55 ? 1_000 : 100)),
        LIMIT,
      )?.flat,
      true,
    ));

  it('is not what leaks below its ups and downs', () => {
    const verdict = judge(
      points(60, (index) => saw(index) + index),
      LIMIT,
    );
    assert.equal(verdict?.flat, false);
    assert.ok(Math.abs((verdict?.rise ?? 0) - 29) < 3, `${verdict?.rise} in 29 steps of 1`);
  });

  it('is what rises by less than the least, however little there is of it', () =>
    assert.equal(
      judge(
        points(60, (index) => 1 + index / 10),
        LIMIT,
      )?.flat,
      true,
    ));

  it('is not said of too few points', () => {
    assert.equal(judge(points(2 * LEAST_POINTS - 2, saw), LIMIT), null);
    assert.notEqual(judge(points(2 * LEAST_POINTS, saw), LIMIT), null);
  });

  it('is measured by the median of all slopes', () => {
    assert.equal(slope(points(5, (index) => index * 20)), 2);
    assert.equal(slope([...points(5, (index) => index * 20), { seconds: 50, value: 10_000 }]), 2);
  });
});
