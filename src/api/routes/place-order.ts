// POST /v1/orders: takes an order, and with `Prefer: wait` waits for what seQura makes of it.
import type { Response } from 'express';
import type { Merchant } from '../../config/load.ts';
import type { OrderView } from '../../order/view.ts';
import type { Orders, Placing } from '../../gateway/orders.ts';
import { sees } from '../http/auth.ts';
import { readRequiredJson } from '../http/body.ts';
import { ninFault } from '../fields/nin.ts';
import type { OrderBody } from '../schemas/order-body.ts';
import { orderBody } from '../schemas/order-body.ts';
import { preferredWaitSeconds } from '../http/prefer.ts';
import type { ProblemCode } from '../http/problem.ts';
import { sendOrder } from '../http/etag.ts';
import { Problem } from '../http/problem.ts';
import type { Route } from '../route.ts';
import { validated } from '../http/validation.ts';

export const placeOrder: Route = {
  method: 'post',
  path: '/v1/orders',
  scopes: ['orders:write'],
  handler(context) {
    const { orders, merchants, clock, log, limits, draining } = context;
    const ofNoMerchant = orderBody({ country: null, ninChecksum: 'off', clock });
    const ofMerchant = new Map([...merchants].map(([id, rules]) => [id, orderBody({ ...rules, clock })]));

    return async (req, res, apiKey) => {
      const json = await readRequiredJson(req, res);
      const merchantId = merchantIdOf(json);
      const merchant = merchants.get(merchantId ?? '');
      if (merchantId !== null && (merchant === undefined || !sees(apiKey, merchantId))) {
        throw new Problem('forbidden', 'The merchant is not one of this API key’s.');
      }
      const body: OrderBody = validated(ofMerchant.get(merchantId ?? '') ?? ofNoMerchant, json, 'invalid_body');
      if (merchant === undefined) throw new TypeError('a body without a merchant passed its checks');
      const waitSeconds = preferredWaitSeconds(req.get('Prefer'));
      // Refused before anything is done.
      const hold = waitSeconds === null ? null : { seconds: waitSeconds, signal: limits.hold(apiKey, res, draining) };
      const placed = await limits.creating(apiKey, () => orders.place(placing(body, merchant)));
      res.locals.orderId = placed.order.id;
      if (placed.outcome === 'conflict') {
        throw new Problem('reference_conflict', 'An order with this reference was placed with another body.', {
          order: placed.order,
        });
      }
      if (merchant.ninChecksum === 'warn' && ninFault(merchant.country, body.nin) === 'checksum') {
        log.warn(
          { id: placed.order.id, request_id: res.locals.requestId },
          'the check character of a document number does not match',
        );
      }
      const order = hold === null ? placed.order : await settled(orders, res, placed.order, hold);
      res.location(`/v1/orders/${encodeURIComponent(order.id)}`);
      const isRepeat = placed.outcome === 'repeated';
      if (isRepeat) res.set('Idempotent-Replayed', 'true');
      if (waitSeconds !== null) refuseFailed(order);
      res.status(isRepeat ? 200 : waitSeconds === null || order.sequra_order_id === null ? 202 : 201);
      sendOrder(res, order);
    };
  },
};

function decided({ status, attention }: OrderView): boolean {
  return status !== 'creating' || attention !== null;
}

function placing(body: OrderBody, { policy, currency }: Merchant): Placing {
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

type Hold = { seconds: number; signal: AbortSignal };

/** The order when seQura has decided, an operator must, or the time is up. */
async function settled(orders: Orders, res: Response, order: OrderView, { seconds, signal }: Hold) {
  const last = decided(order) ? order : await orders.watch(order.id, decided, seconds * 1000, signal);
  res.set('Preference-Applied', `wait=${seconds}`);
  return last ?? order;
}

type FailureCode = NonNullable<OrderView['failure']>['code'];

const FAILURES: Record<FailureCode, [ProblemCode, string]> = {
  unreachable: ['sequra_unreachable', 'Nothing was created: the tries ran out.'],
  rate_limited: ['sequra_unreachable', 'Nothing was created: the tries ran out.'],
  unauthorized: ['sequra_unauthorized', 'Nothing was created: seQura does not accept the merchant’s account.'],
  refused: ['order_refused', 'Nothing was created: `order.failure` says why.'],
  given_up: ['order_refused', 'Nothing was created: an operator gave the order up.'],
};

/** Whoever waits is told how the order ended, a repeat the same as the first. */
function refuseFailed(order: OrderView): void {
  if (order.status !== 'failed') return;
  const [code, detail] = FAILURES[order.failure?.code ?? 'refused'];
  throw new Problem(code, detail, { order });
}
