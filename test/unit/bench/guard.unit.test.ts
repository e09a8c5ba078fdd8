// What an order leaves in Temporal is held against what is expected.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unexpected } from '../../../bench/guard.ts';

const expected = { shop: { events: 28, actions: 7, bytes: 10_000 } };
const found = (changes: object) => [{ shape: 'shop', history: { ...expected.shop, ...changes } }];

describe('what an order leaves in Temporal', () => {
  it('is as expected, with bytes within five in a hundred', () => {
    for (const bytes of [9_500, 10_000, 10_500]) assert.deepEqual(unexpected(found({ bytes }), expected), []);
  });

  it('is named where it differs', () => {
    for (const changes of [{ events: 27 }, { actions: 8 }, { bytes: 9_499 }, { bytes: 10_501 }]) {
      const [[what, value] = []] = Object.entries(changes);
      assert.match(unexpected(found(changes), expected).join('\n'), new RegExp(`^shop: ${value} ${what} .*, expected`));
    }
  });

  it('is expected of every shape', () => assert.equal(unexpected(found({}), {}).length, 1));
});
