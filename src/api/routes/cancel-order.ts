// POST /v1/orders/{id}/cancel: withdraws an order, confirmed ones included, and says how far that got.
import { z } from 'zod';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import type { OrderStatus } from '../../order/status.ts';
import { JSON_TYPES } from '../http/body.ts';
import { Problem } from '../http/problem.ts';
import { found, orderParams } from '../order-lookup.ts';
import { keyedRoute } from '../route.ts';
import { cancelled, orderWithMessage } from '../schemas/answers.ts';

/** Its fields are ignored. */
const cancelBody = z.looseObject({});

const DONE: Partial<Record<OrderStatus, string>> = {
  cancelled: 'Order cancelled successfully',
  expired: 'Order cancelled successfully',
  cancellation_requested: 'Cancellation requested from the financing provider',
};
const ON_ITS_WAY = 'The cancel is on its way';

/** Final statuses for which a cancel came too late. */
const TOO_LATE: Partial<Record<OrderStatus, string>> = {
  confirmed: 'The customer’s confirmation came first.',
  failed: 'Nothing exists at seQura that could be cancelled.',
};

export const cancelOrder = keyedRoute({
  name: 'cancelOrder',
  summary: 'Withdraw an order, a confirmed one included',
  description: `No body is needed, and what it holds is ignored. A cancel cannot be taken back; repeating one is harmless.

Before the customer has signed, the order ends as \`cancelled\`. Afterwards seQura asks the financing provider: \`cancellation_requested\`. Where the customer's confirmation overtakes the cancel, it is refused, and \`order\` is \`confirmed\`: the sale stands.`,
  method: 'post',
  path: '/v1/orders/:id/cancel',
  scopes: ['orders:write'],
  request: { params: orderParams, body: { types: JSON_TYPES, required: false, schema: () => cancelBody } },
  produces: 'application/json',
  answers: {
    200: {
      means: 'It is cancelled, or was before; or seQura asks the financing provider.',
      body: cancelled,
      example: { success: true, message: DONE.cancelled, order: EXAMPLE_ORDERS.cancelled },
    },
    202: {
      means: 'It is not settled yet: the cancel is on its way.',
      body: orderWithMessage,
      example: { message: ON_ITS_WAY, order: EXAMPLE_ORDERS.cancelling },
    },
  },
  problems: { not_cancellable: {}, no_worker: {}, order_stuck: {} },
  handler({ orders, limits }) {
    return async ({ order: { id }, apiKey }) => {
      const order = found(await limits.commanding(apiKey, () => orders.cancel(id)));
      const held = order.attention?.reason === 'create_outcome_unknown';
      const tooLate = held ? undefined : TOO_LATE[order.status];
      if (tooLate !== undefined) throw new Problem('not_cancellable', tooLate, { order });
      const message = DONE[order.status];
      return message === undefined
        ? { status: 202, body: { message: ON_ITS_WAY, order } }
        : { status: 200, body: { success: true, message, order } };
    };
  },
});
