// The order that a path names, as the caller may see it: what belongs to others is answered exactly as what does not exist.
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { ApiKey } from '../config/model.ts';
import { isReference, parseOrderId } from '../order/ids.ts';
import type { OrderView } from '../order/view.ts';
import { sees } from './http/auth.ts';
import { Problem } from './http/problem.ts';
import type { Context } from './context.ts';

/** In the path of every route that is about an order. */
export const orderParams = {
  id: z.string().meta({
    description: 'The id of the order, percent-encoded: `encodeURIComponent(id)`.',
    examples: ['order:merchant_1:pos_1234'],
  }),
};

/** Throws `order_not_found`. */
export async function lookUpOrder(
  { orders, limits }: Pick<Context, 'orders' | 'limits'>,
  req: Request,
  res: Response,
  apiKey: ApiKey,
): Promise<OrderView> {
  const id = req.params['id'];
  const parts = typeof id === 'string' ? parseOrderId(id) : null;
  if (typeof id !== 'string' || parts === null) throw orderNotFound();
  if (!isReference(parts.reference) || !sees(apiKey, parts.merchantId)) throw orderNotFound();
  res.locals.orderId = id;
  return found(await limits.inTurn(apiKey, () => orders.get(id)));
}

export function found<T>(answer: T | null): T {
  if (answer === null) throw orderNotFound();
  return answer;
}

function orderNotFound(): Problem {
  return new Problem('order_not_found', 'No order has this id.');
}
