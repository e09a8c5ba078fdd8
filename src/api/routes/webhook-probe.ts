// POST /webhooks/sequra/probe: would a webhook be taken now? Answered as any address without a token is, and 503 where Temporal does not answer.
import { orderWorkflowId } from '../../order/ids.ts';
import { Problem } from '../http/problem.ts';
import { openRoute } from '../route.ts';

/** However many ask, we ask Temporal once a second at most. */
const FRESH_MS = 1_000;
/** Nobody's order. */
const NO_ORDER = orderWorkflowId('webhook-probe', 'webhook-probe');

export const webhookProbe = openRoute({
  name: 'webhookProbe',
  summary: 'Would a webhook be taken now? 404 says so',
  description: 'For the worker, which asks before a deadline cancels an order.',
  method: 'post',
  // No token is as short.
  path: '/webhooks/sequra/probe',
  request: {},
  produces: 'application/json',
  answers: {},
  problems: { route_not_found: {}, temporal_unavailable: {} },
  handler({ orders }) {
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
  },
});
