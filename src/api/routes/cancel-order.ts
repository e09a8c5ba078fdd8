// POST /v1/orders/{id}/cancel: withdraws an order, confirmed ones included, and says how far that got.
import { z } from 'zod';
import type { OrderStatus } from '../../order/status.ts';
import { readJson } from '../http/body.ts';
import { orNothing } from '../fields/fields.ts';
import { found, lookUpOrder } from '../order-lookup.ts';
import { Problem } from '../http/problem.ts';
import type { Route } from '../route.ts';
import { validated } from '../http/validation.ts';

/** Whatever it holds is ignored. */
const cancelBody = z.looseObject({});

const DONE: Partial<Record<OrderStatus, string>> = {
  cancelled: 'Order cancelled successfully',
  expired: 'Order cancelled successfully',
  cancellation_requested: 'Cancellation requested from the financing provider',
};

/** Ends that a cancel on its way can meet: it came too late. */
const TOO_LATE: Partial<Record<OrderStatus, string>> = {
  confirmed: 'The customer’s confirmation came first.',
  failed: 'Nothing exists at seQura that could be cancelled.',
};

export const cancelOrder: Route = {
  method: 'post',
  path: '/v1/orders/:id/cancel',
  scopes: ['orders:write'],
  handler(context) {
    const { orders, limits } = context;
    return async (req, res, apiKey) => {
      const { id } = await lookUpOrder(context, req, res, apiKey);
      validated(cancelBody, orNothing(await readJson(req, res)), 'invalid_body');
      const order = found(await limits.commanding(apiKey, () => orders.cancel(id)));
      const held = order.attention?.reason === 'create_outcome_unknown';
      const tooLate = held ? undefined : TOO_LATE[order.status];
      if (tooLate !== undefined) throw new Problem('not_cancellable', tooLate, { order });
      const message = DONE[order.status];
      if (message !== undefined) res.json({ success: true, message, order });
      else res.status(202).json({ message: 'The cancel is on its way', order });
    };
  },
};
