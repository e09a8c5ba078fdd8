// POST /v1/orders/{id}/resolve: an operator answers what the order asks (http-api.md, section 5).
import { z } from 'zod';
import type { ApiKey } from '../../config/load.ts';
import { parseOrderId } from '../../order/ids.ts';
import { RESOLVE_ACTIONS } from '../../order/status.ts';
import { OrderRefusal } from '../../gateway/errors.ts';
import { sees } from '../http/auth.ts';
import { readRequiredJson } from '../http/body.ts';
import { sendOrder } from '../http/etag.ts';
import { identifier, optional, text } from '../fields/fields.ts';
import { found, lookUpOrder } from '../order-lookup.ts';
import { Problem } from '../http/problem.ts';
import type { Route } from '../route.ts';
import { validated } from '../http/validation.ts';

export const resolveBody = z
  .strictObject({
    action: z.enum(RESOLVE_ACTIONS),
    operator: text(200),
    note: text(200),
    sequra_order_id: optional(identifier(64)),
  })
  .check(z.superRefine(checkSequraOrderId, { when: () => true }));

/** `attach` cannot do without seQura's id, and nothing else has a use for it. */
function checkSequraOrderId(body: unknown, context: z.RefinementCtx): void {
  if (typeof body !== 'object' || body === null || !('action' in body)) return;
  const given = 'sequra_order_id' in body && (body.sequra_order_id ?? undefined) !== undefined;
  const known = RESOLVE_ACTIONS.some((action) => action === body.action);
  if (!known || given === (body.action === 'attach')) return;
  const params = given ? { code: 'not_allowed', names: 'the action attach' } : { code: 'required' };
  context.addIssue({ code: 'custom', path: ['sequra_order_id'], params });
}

/** Names the other order to whoever may see it. */
function takenBy(other: string | null, apiKey: ApiKey): string {
  const parts = other === null ? null : parseOrderId(other);
  return parts !== null && sees(apiKey, parts.merchantId)
    ? `The order ${other} has this number.`
    : 'Another order has this number.';
}

export const resolveOrder: Route = {
  method: 'post',
  path: '/v1/orders/:id/resolve',
  scopes: ['ops'],
  handler(context) {
    const { orders, limits } = context;
    return async (req, res, apiKey) => {
      const order = await lookUpOrder(context, req, res, apiKey);
      const resolution = validated(resolveBody, await readRequiredJson(req, res), 'invalid_body');
      const resolving = () =>
        orders.resolve(order.id, resolution).catch((error: unknown) => {
          if (!(error instanceof OrderRefusal) || error.code !== 'sequra_order_taken') throw error;
          throw new Problem(error.code, takenBy(error.other, apiKey), { order });
        });
      sendOrder(res, found(await limits.commanding(apiKey, resolving)));
    };
  },
};
