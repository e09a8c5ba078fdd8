// POST /webhooks/sequra/probe: would a webhook be taken now? Answered as any address without a token is, and 503 where Temporal does not answer.
import type { RequestHandler } from 'express';
import { orderWorkflowId } from '../../order/ids.ts';
import { Problem } from '../http/problem.ts';
import type { Context } from '../route.ts';

/** Whoever asks, and however often: Temporal is asked once a second at most. */
const FRESH_MS = 1_000;
/** Nobody's order. */
const NO_ORDER = orderWorkflowId('webhook-probe', 'webhook-probe');

export function webhookProbe({ orders }: Pick<Context, 'orders'>): RequestHandler {
  let latest: Promise<unknown> = Promise.resolve();
  let askedMs = Number.NEGATIVE_INFINITY;

  return async () => {
    const nowMs = performance.now();
    if (nowMs - askedMs >= FRESH_MS) {
      askedMs = nowMs;
      latest = orders.get(NO_ORDER);
      latest.catch(() => {});
    }
    await latest;
    throw new Problem('route_not_found', 'Webhooks are taken here, at an address with a token.');
  };
}
