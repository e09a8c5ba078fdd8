// POST /v1/orders/{id}/cancel: withdraws an order, confirmed ones included, and says how far that got.
import { z } from 'zod';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import type { OrderStatus } from '../../order/status.ts';
import { JSON_TYPES } from '../http/body.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { Problem } from '../http/problem.ts';
import { found, orderParams } from '../order-lookup.ts';
import { keyedRoute } from '../route.ts';
import { cancelled, orderWithMessage, REPLAYED, replayed } from '../schemas/answers.ts';

/** Its fields are ignored, and make no other request of it. */
const cancelBody = z.looseObject({}).transform(() => ({}));

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
  description: `No body is needed, and what it holds is ignored. A cancel cannot be taken back. Repeating one is harmless, with its \`Idempotency-Key\` also where a confirmation had overtaken it: without one, that is a new wish, and cancels the sale.

Before the customer has signed, the order ends as \`cancelled\`. Afterwards seQura asks the financing provider: \`cancellation_requested\`. Where the customer's confirmation overtakes the cancel, it is refused, and \`order\` is \`confirmed\`: the sale stands.`,
  method: 'post',
  path: '/v1/orders/:id/cancel',
  scopes: ['orders:write'],
  request: {
    params: orderParams,
    headers: IDEMPOTENCY_KEY,
    body: { types: JSON_TYPES, required: false, schema: () => cancelBody },
  },
  produces: 'application/json',
  answers: {
    200: {
      means: 'It is cancelled, or was before; or seQura asks the financing provider.',
      body: cancelled,
      example: { success: true, message: DONE.cancelled, order: EXAMPLE_ORDERS.cancelled },
      headers: REPLAYED,
    },
    202: {
      means: 'It is not settled yet: the cancel is on its way.',
      body: orderWithMessage,
      example: { message: ON_ITS_WAY, order: EXAMPLE_ORDERS.cancelling },
      headers: REPLAYED,
    },
  },
  problems: { not_cancellable: REPLAYED, no_worker: {}, order_stuck: {} },
  handler({ orders, limits }) {
    return async ({ order: { id }, apiKey, key }) => {
      const { end, order, repeat } = found(await limits.commanding(apiKey, () => orders.cancel(id, key)));
      const headers = replayed(repeat);
      const tooLate = end === null ? undefined : TOO_LATE[end];
      if (tooLate !== undefined) throw new Problem('not_cancellable', tooLate, { order, headers });
      const message = end === null ? undefined : DONE[end];
      return message === undefined
        ? { status: 202, headers, body: { message: ON_ITS_WAY, order } }
        : { status: 200, headers, body: { success: true, message, order } };
    };
  },
});
