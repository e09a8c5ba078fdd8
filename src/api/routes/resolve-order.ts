// POST /v1/orders/{id}/resolve: an operator answers what the order asks (http-api.md, section 5).
import { z } from 'zod';
import type { ApiKey } from '../../config/model.ts';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import { parseOrderId } from '../../order/ids.ts';
import { RESOLVE_ACTIONS } from '../../order/status.ts';
import { OrderRefusal } from '../../gateway/errors.ts';
import { sees } from '../http/auth.ts';
import { identifier, optional, text } from '../fields/fields.ts';
import { JSON_TYPES } from '../http/body.ts';
import { etag } from '../http/etag.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { Problem } from '../http/problem.ts';
import { found, orderParams } from '../order-lookup.ts';
import { keyedRoute } from '../route.ts';
import { REPLAYED, replayed } from '../schemas/answers.ts';
import { order } from '../schemas/order.ts';

export const resolveBody = z
  .strictObject({
    action: z.enum(RESOLVE_ACTIONS).meta({
      description: `\`attach\`: the order exists at seQura under the number \`sequra_order_id\`. \`retry\`: do the step again. \`give_up\`: nothing exists at seQura. \`mark_confirmed\`, \`mark_cancelled\`: checked with seQura by hand. \`dismiss\`: nothing is to be done.`,
    }),
    operator: text(200).meta({ description: 'Who answers. It is kept in the timeline: no personal data.' }),
    note: text(200).meta({ description: 'What was found. It is kept in the timeline: no personal data.' }),
    sequra_order_id: optional(identifier(64)).meta({ description: 'seQura’s number, with `attach` and only there.' }),
  })
  .meta({
    examples: [{ action: 'attach', operator: 'Ana', note: 'found in the back office', sequra_order_id: '4567' }],
    // What `checkSequraOrderId` checks.
    if: { properties: { action: { const: 'attach' } }, required: ['action'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: { properties: { sequra_order_id: { not: { type: 'null' } } }, required: ['sequra_order_id'] },
    else: { properties: { sequra_order_id: { type: 'null' } } },
  })
  .check(z.superRefine(checkSequraOrderId, { when: () => true }));

/** `attach` needs seQura's id; no other action takes it. */
function checkSequraOrderId(body: unknown, context: z.RefinementCtx): void {
  if (typeof body !== 'object' || body === null || !('action' in body)) return;
  const given = 'sequra_order_id' in body && (body.sequra_order_id ?? undefined) !== undefined;
  const known = RESOLVE_ACTIONS.some((action) => action === body.action);
  if (!known || given === (body.action === 'attach')) return;
  const params = given ? { code: 'not_allowed', names: 'the action attach' } : { code: 'required' };
  context.addIssue({ code: 'custom', path: ['sequra_order_id'], params });
}

/** Names the other order, if the key sees its merchant. */
function takenBy(other: string | null, apiKey: ApiKey): string {
  const parts = other === null ? null : parseOrderId(other);
  return parts !== null && sees(apiKey, parts.merchantId)
    ? `The order ${other} has this number.`
    : 'Another order has this number.';
}

export const resolveOrder = keyedRoute({
  name: 'resolveOrder',
  summary: 'Answer what an order asks of an operator',
  description: `For operators: what \`attention\` asks is answered with an \`action\`. \`attach\`, \`retry\` and \`give_up\` answer \`create_outcome_unknown\`; \`mark_confirmed\` and \`mark_cancelled\` answer \`cancel_refused\` and \`confirm_cancel_crossed\`; \`retry\` answers \`sms_not_sent\`, \`cancel_refused\` and \`workflow_stopped\`, too; \`dismiss\` answers \`unrecognised_event\`, \`sms_not_sent\` and \`webhooks_unreachable\`. Any other is refused, and nothing is recorded.`,
  method: 'post',
  path: '/v1/orders/:id/resolve',
  scopes: ['ops'],
  request: {
    params: orderParams,
    headers: IDEMPOTENCY_KEY,
    body: { types: JSON_TYPES, required: true, schema: () => resolveBody },
  },
  produces: 'application/json',
  answers: {
    200: {
      means: 'Done: the order as it is now.',
      body: order,
      example: EXAMPLE_ORDERS.awaiting_customer,
      headers: { ETag: 'always', ...REPLAYED },
    },
  },
  problems: { action_not_allowed: {}, sequra_order_taken: {}, no_worker: {}, order_stuck: {} },
  handler({ orders, limits }) {
    return async ({ order, body: resolution, apiKey, key }) => {
      const resolving = () =>
        orders.resolve(order.id, resolution, key).catch((error: unknown) => {
          if (!(error instanceof OrderRefusal) || error.code !== 'sequra_order_taken') throw error;
          throw new Problem(error.code, takenBy(error.other, apiKey), { order });
        });
      const { order: resolved, repeat } = found(await limits.commanding(apiKey, resolving));
      return { status: 200, body: resolved, headers: { ETag: etag(resolved), ...replayed(repeat) } };
    };
  },
});
