// What the desk keeps of what it was told to do, and how much of it goes on at a time.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../../../src/api/http/problem.ts';
import { createErrands } from '../../../src/desk/errands.ts';
import type { Change, Result } from '../../../src/ops/change.ts';
import { anOrderView } from '../../support/api-fixtures.ts';

const BY = { operator: 'ana', note: 'why' };
const DONE: Result = { outcome: 'done', what: 'It is cancelled.', order: anOrderView() };
const change = (nth: number): Change => ({ id: `order:merchant_1:${nth}`, action: 'cancel' });
const ONE = [change(0)];
const SEVERAL = [change(0), change(1)];

describe('errands', () => {
  it('keep no order: each result is its words', async () => {
    const errand = createErrands(() => async () => DONE).start(SEVERAL, BY);
    await errand.ended;
    assert.deepEqual(
      errand.results,
      SEVERAL.map((one) => ({ ...one, ...DONE, order: null })),
    );
  });

  it('to many orders leave room for an answer to one', async () => {
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const errands = createErrands(() => async () => {
      await release;
      return DONE;
    });
    for (let nth = 0; nth < 4; nth += 1) errands.start(SEVERAL, BY);
    assert.throws(() => errands.start(SEVERAL, BY), Problem);
    const one = errands.start(ONE, BY);
    resolve();
    await one.ended;
    assert.equal(one.results.length, 1);
    await errands.stop();
  });
});
