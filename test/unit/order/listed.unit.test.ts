// What the search attributes tell of an order that has just been created is all that is new; of any other order they tell nothing.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderEvent } from '../../../src/order/events.ts';
import { evolve } from '../../../src/order/evolve.ts';
import { asListed, isListed } from '../../../src/order/listed.ts';
import type { Order } from '../../../src/order/order.ts';
import { acceptOrder } from '../../../src/order/order.ts';
import { orderView } from '../../../src/order/view.ts';
import { confirmation, orderPolicy, orderRequest } from '../../support/orders.ts';

const at = (second: number) => new Date(Date.UTC(2026, 10, 29, 1, 0, second)).toISOString();
const accepted = acceptOrder(orderRequest(), orderPolicy({}), 'EUR', at(0));
const lived = (...events: OrderEvent[]) => events.reduce(evolve, accepted);
const started: OrderEvent = { type: 'started', step: 'create', at: at(1) };
const createdAs = (orderUuid: string | null): OrderEvent => ({
  type: 'create_ended',
  result: { outcome: 'created', sequraOrderId: '4567', orderUuid },
  at: at(3),
});
const created = createdAs(null);

describe('an order whose memo is one step behind', () => {
  it('is shown as it is', () => {
    const order = lived(started, created);
    assert.ok(isListed(accepted, order));
    assert.deepEqual(orderView(asListed(accepted, order)), orderView(order));
    assert.notDeepEqual(orderView(accepted), orderView(order));
  });

  const failure = { code: 'unreachable', http_status: null, errors: [] } as const;
  const others: Record<string, Order> = {
    'has not been created': lived(started),
    'has a number of a webhook’s, too': lived(started, createdAs('c0a1b2d3')),
    'was tried again': lived(
      started,
      {
        type: 'create_ended',
        result: { outcome: 'not_sent', failure: { ...failure, errors: [] }, retryAfterMs: null },
        at: at(2),
      },
      { type: 'time', at: at(3) },
      started,
      created,
    ),
    'was signed meanwhile': lived(started, { type: 'webhook', webhook: confirmation, at: at(2) }, created),
    'was cancelled meanwhile': lived(started, { type: 'cancel_requested', at: at(2) }, created),
    'has sent its SMS since': lived(started, created, { type: 'sms_ended', result: { outcome: 'sent' }, at: at(4) }),
  };
  for (const [what, order] of Object.entries(others)) {
    it(`is no order that ${what}`, () => assert.equal(isListed(accepted, order), false));
  }

  it('is no order whose memo knows that it was created', () => {
    const order = lived(started, created);
    assert.equal(asListed(order, { sequraOrderId: '1', confirmBy: at(9) }), order);
    for (const missing of [{ sequraOrderId: null }, { confirmBy: null }])
      assert.equal(asListed(accepted, { sequraOrderId: '1', confirmBy: at(9), ...missing }), accepted);
  });
});
