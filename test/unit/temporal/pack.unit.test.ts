// What is packed is read by every later release, is no larger than it was but for a byte, and never becomes much.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { acceptOrder } from '../../../src/order/order.ts';
import { MOST_PACKED_BYTES, pack, unpack } from '../../../src/temporal/pack.ts';
import { orderPolicy, orderRequest } from '../../support/orders.ts';

describe('what is packed', () => {
  it('comes back as it was, and has one byte more at most', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        const packed = pack(bytes);
        assert.ok(unpack(packed).equals(bytes));
        assert.ok(packed.length <= bytes.length + 1);
      }),
    ));

  it('is less than a quarter of an order', () => {
    const order = acceptOrder(orderRequest(), orderPolicy({}), 'EUR', '2026-11-29T01:00:00.000Z');
    const bytes = Buffer.from(JSON.stringify(order));
    assert.ok(pack(bytes).length * 4 < bytes.length, `${pack(bytes).length} of ${bytes.length}`);
  });

  it('is read by this release where an earlier one has packed it', () => {
    const earlier = Buffer.from('ASOy6k7VNcRWe6NXlyamZuZKSOkbM7nWAgA=', 'base64');
    assert.equal(
      unpack(earlier).toString(),
      '{"event":"order/confirmed","event_id":"e-1","kind":"confirm","sequraOrderId":"4567","status":"awaiting_customer"}',
    );
  });

  it('is left as it is where it is large, and few bytes never become many', () => {
    const large = Buffer.alloc(MOST_PACKED_BYTES + 1);
    assert.equal(pack(large).length, large.length + 1);
    assert.ok(unpack(pack(large)).equals(large));
    const bomb = Buffer.concat([Buffer.of(1), deflateRawSync(Buffer.alloc(10_000_000))]);
    assert.throws(() => unpack(bomb), { code: 'ERR_BUFFER_TOO_LARGE' });
  });

  it('does not open where its form is of a later release', () => {
    assert.throws(() => unpack(Buffer.of(2, 0)), RangeError);
    assert.throws(() => unpack(Buffer.of()), RangeError);
  });
});
