// POST /v1/orders: takes an order, and with `Prefer: wait` waits for what seQura makes of it.
import { z } from 'zod';
import type { Merchant } from '../../config/model.ts';
import type { OrderView } from '../../order/view.ts';
import type { Orders, Placing } from '../../gateway/orders.ts';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import { ninError } from '../fields/nin.ts';
import { JSON_TYPES } from '../http/body.ts';
import { etag } from '../http/etag.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { preferredWaitSeconds } from '../http/prefer.ts';
import type { ProblemCode } from '../http/problem.ts';
import { Problem } from '../http/problem.ts';
import { HEADER_VALUE } from '../http/request-headers.ts';
import { keyedRoute } from '../route.ts';
import { order } from '../schemas/order.ts';
import type { OrderBody } from '../schemas/order-body.ts';
import { orderBody } from '../schemas/order-body.ts';

const HEADERS = { 'Preference-Applied': 'sometimes', Location: 'always', ETag: 'always' } as const;
/** Of an order that ended while its caller waited. */
const ENDED = { 'Preference-Applied': 'always', Location: 'always', 'Idempotent-Replayed': 'sometimes' } as const;

export const placeOrder = keyedRoute({
  name: 'placeOrder',
  summary: 'Take an order, or find the one that this request placed before',
  description: `The body is that of seQura's own \`POST /api/public/v1/orders\`, field for field, and one field of ours, \`confirm_within_seconds\`.

The \`reference\` is the key to everything: the same request again, however often, is answered with the order that it placed first, and never makes a second one. The same reference with another body is a conflict. An order that \`failed\` keeps its reference.

Without \`Prefer: wait\` the answer comes as soon as the order is safe here, before seQura is asked. Then read the order, or wait for its changes, until \`closed_at\` is set and \`attention\` is null.`,
  method: 'post',
  path: '/v1/orders',
  scopes: ['orders:write'],
  request: {
    headers: {
      ...IDEMPOTENCY_KEY,
      Prefer: z
        .string()
        .optional()
        .transform(preferredWaitSeconds)
        .meta({
          ...HEADER_VALUE,
          description: '`wait=N`: for how many seconds, 1 to 30, the answer may wait for seQura’s.',
          examples: ['wait=5'],
        }),
    },
    body: { types: JSON_TYPES, required: true, schema: orderBody, merchantId: merchantIdOf },
  },
  produces: 'application/json',
  answers: {
    200: {
      means: 'A repeat of an earlier request: the order as it is now.',
      body: order,
      example: EXAMPLE_ORDERS.awaiting_customer,
      headers: { ...HEADERS, 'Idempotent-Replayed': 'always' },
    },
    201: {
      means: 'With `Prefer: wait`: seQura has created the order.',
      body: order,
      example: EXAMPLE_ORDERS.awaiting_customer,
      headers: HEADERS,
    },
    202: {
      means: 'Taken: seQura is called next, or has not decided yet.',
      body: order,
      example: EXAMPLE_ORDERS.creating,
      headers: HEADERS,
    },
  },
  problems: {
    reference_conflict: {},
    order_refused: ENDED,
    sequra_unreachable: ENDED,
    sequra_unauthorized: ENDED,
    too_many_waiting: {},
    order_stuck: {},
  },
  handler({ orders, merchants, log, limits, draining }) {
    return async ({ body, headers: { Prefer: waitSeconds }, apiKey, key, res }) => {
      const merchant = merchants.get(body.merchant.id);
      if (merchant === undefined) throw new TypeError('a body without a merchant passed its checks');
      // Where no more answers may wait, the request is refused before anything is done.
      const wait = waitSeconds === null ? null : { seconds: waitSeconds, signal: limits.wait(apiKey, res, draining) };
      const placed = await limits.placing(apiKey, () => orders.place(toPlace(body, merchant), key));
      res.locals.orderId = placed.order.id;
      if (placed.outcome === 'conflict') {
        throw new Problem('reference_conflict', 'An order with this reference was placed with another body.', {
          order: placed.order,
        });
      }
      if (merchant.ninChecksum === 'warn' && ninError(merchant.country, body.nin) === 'checksum') {
        log.warn(
          { id: placed.order.id, request_id: res.locals.requestId },
          'the check character of a document number does not match',
        );
      }
      const order = wait === null ? placed.order : await answeredWithin(orders, placed.order, wait);
      const headers = {
        ...(wait !== null && { 'Preference-Applied': `wait=${wait.seconds}` }),
        Location: `/v1/orders/${encodeURIComponent(order.id)}`,
      };
      const ofRepeat = { ...headers, 'Idempotent-Replayed': 'true' };
      const isRepeat = placed.outcome === 'repeated';
      if (wait !== null) refuseFailed(order, isRepeat ? ofRepeat : headers);
      if (isRepeat) return { status: 200, body: order, headers: { ...ofRepeat, ETag: etag(order) } };
      const status = wait === null || order.sequra_order_id === null ? 202 : 201;
      return { status, body: order, headers: { ...headers, ETag: etag(order) } };
    };
  },
});

function isAnswered({ status, attention }: OrderView): boolean {
  return status !== 'creating' || attention !== null;
}

function toPlace(body: OrderBody, { policy, currency }: Merchant): Placing {
  const { confirm_within_seconds: confirmWithinSeconds, ...request } = body;
  const wanted = { ...policy, confirmWithinSeconds: confirmWithinSeconds ?? policy.confirmWithinSeconds };
  return { request, policy: wanted, currency, confirmWithinSeconds };
}

function merchantIdOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || !Object.hasOwn(json, 'merchant')) return null;
  const { merchant } = json as { merchant: unknown };
  if (typeof merchant !== 'object' || merchant === null || !Object.hasOwn(merchant, 'id')) return null;
  const { id } = merchant as { id: unknown };
  return typeof id === 'string' ? id : null;
}

type Wait = { seconds: number; signal: AbortSignal };

/** The order as soon as seQura has decided, an operator has to, or the time is up. */
async function answeredWithin(orders: Orders, order: OrderView, { seconds, signal }: Wait): Promise<OrderView> {
  return isAnswered(order)
    ? order
    : ((await orders.watch(order.id, isAnswered, seconds * 1000, signal, order)) ?? order);
}

type FailureCode = NonNullable<OrderView['failure']>['code'];

const FAILURES: Record<FailureCode, [ProblemCode, string]> = {
  unreachable: ['sequra_unreachable', 'Nothing was created: the tries ran out.'],
  rate_limited: ['sequra_unreachable', 'Nothing was created: the tries ran out.'],
  unauthorized: ['sequra_unauthorized', 'Nothing was created: seQura does not accept the merchant’s account.'],
  refused: ['order_refused', 'Nothing was created: `order.failure` says why.'],
  given_up: ['order_refused', 'Nothing was created: an operator gave the order up.'],
};

/** A caller that waits is told how the order failed, and so is one that repeats its request. */
function refuseFailed(order: OrderView, headers: Record<string, string>): void {
  if (order.status !== 'failed') return;
  const [code, detail] = FAILURES[order.failure?.code ?? 'refused'];
  throw new Problem(code, detail, { order, headers });
}
