// POST /v1/orders/{id}/resolve: an operator answers what the order asks (http-api.md, section 5).
import { z } from 'zod';
import type { ApiKey } from '../../config/model.ts';
import { parseOrderId } from '../../order/ids.ts';
import { RESOLVE_ACTIONS } from '../../order/status.ts';
import { OrderRefusal } from '../../gateway/errors.ts';
import { sees } from '../http/auth.ts';
import { identifier, optional, text } from '../fields/fields.ts';
import { JSON_TYPES } from '../http/body.ts';
import { etag } from '../http/etag.ts';
import { Problem } from '../http/problem.ts';
import { found, orderParams } from '../order-lookup.ts';
import { keyedRoute } from '../route.ts';
import { order } from '../schemas/order.ts';

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

export const resolveOrder = keyedRoute({
  name: 'resolveOrder',
  summary: 'Answer what an order asks of an operator',
  method: 'post',
  path: '/v1/orders/:id/resolve',
  scopes: ['ops'],
  request: { params: orderParams, body: { types: JSON_TYPES, required: true, schema: () => resolveBody } },
  produces: 'application/json',
  answers: { 200: { means: 'Done: the order as it is now.', body: order, headers: { ETag: 'always' } } },
  problems: { action_not_allowed: {}, sequra_order_taken: {}, no_worker: {}, order_stuck: {} },
  handler({ orders, limits }) {
    return async ({ order, body: resolution, apiKey }) => {
      const resolving = () =>
        orders.resolve(order.id, resolution).catch((error: unknown) => {
          if (!(error instanceof OrderRefusal) || error.code !== 'sequra_order_taken') throw error;
          throw new Problem(error.code, takenBy(error.other, apiKey), { order });
        });
      const resolved = found(await limits.commanding(apiKey, resolving));
      return { status: 200, body: resolved, headers: { ETag: etag(resolved) } };
    };
  },
});
