// The percentiles by which limits in time are judged.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { percentile } from '../../support/percentile.ts';

it('a percentile is the least value that so many do not exceed', () => {
  const values = [40, 10, 30, 20];
  assert.deepEqual(
    [0, 0.25, 0.26, 0.5, 0.99, 1].map((share) => percentile(values, share)),
    [10, 10, 20, 20, 40, 40],
  );
  assert.ok(Number.isNaN(percentile([], 0.5)), 'no time limit holds for no values');
});
