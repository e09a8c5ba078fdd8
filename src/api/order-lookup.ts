// Finds the order that a path names. An order of other merchants is answered exactly as one that does not exist.
import type { Request, Response } from 'express';
import type { ApiKey } from '../config/model.ts';
import { isReference, parseOrderId } from '../order/ids.ts';
import type { OrderView } from '../order/view.ts';
import { sees } from './http/auth.ts';
import { Problem } from './http/problem.ts';
import type { Context } from './context.ts';
import { orderId } from './schemas/texts.ts';

/** A route with these params gets `order`, read before its handler runs (request-reader.ts). */
export const orderParams = {
  id: orderId.meta({
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
  follows: (latest: OrderView) => boolean,
): Promise<OrderView> {
  const id = req.params['id'];
  const parts = typeof id === 'string' ? parseOrderId(id) : null;
  if (typeof id !== 'string' || parts === null) throw orderNotFound();
  if (!isReference(parts.reference) || !sees(apiKey, parts.merchantId)) throw orderNotFound();
  res.locals.orderId = id;
  const latest = orders.latest(id);
  if (latest !== null && follows(latest)) return latest;
  return found(await limits.inTurn(apiKey, () => orders.get(id)));
}

export function found<T>(answer: T | null): T {
  if (answer === null) throw orderNotFound();
  return answer;
}

function orderNotFound(): Problem {
  return new Problem('order_not_found', 'No order has this id.');
}
