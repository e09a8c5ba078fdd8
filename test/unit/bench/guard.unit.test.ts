// What an order leaves in Temporal is held against what is expected.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unexpected } from '../../../bench/guard.ts';

const expected = { shop: { events: 28, actions: 7, bytes: 10_000, stateWrites: 12, visibilityWrites: 4 } };
const found = (changes: object) => [{ shape: 'shop', history: { ...expected.shop, ...changes } }];

describe('what an order leaves in Temporal', () => {
  it('is as expected, with bytes within five in a hundred', () => {
    for (const bytes of [9_500, 10_000, 10_500]) assert.deepEqual(unexpected(found({ bytes }), expected), []);
  });

  it('is named where it differs', () => {
    for (const [changes, words] of [
      [{ events: 27 }, /^shop: 27 events .*, expected 28$/],
      [{ actions: 8 }, /^shop: 8 billable actions .*, expected 7$/],
      [{ bytes: 9_499 }, /^shop: 9499 bytes .*, expected 10000$/],
      [{ bytes: 10_501 }, /^shop: 10501 bytes .*, expected 10000$/],
      [{ stateWrites: 11 }, /^shop: 11 writes of an order's state, expected 12$/],
      [{ visibilityWrites: 5 }, /^shop: 5 writes of the visibility store .*, expected 4$/],
    ] as const)
      assert.match(unexpected(found(changes), expected).join('\n'), words);
  });

  it('is not held against what the server does not tell', () =>
    assert.deepEqual(unexpected(found({ stateWrites: null, visibilityWrites: null }), expected), []));

  it('is expected of every shape', () => assert.equal(unexpected(found({}), {}).length, 1));
});
