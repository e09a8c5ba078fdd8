// GET /v1/orders/{id}: the order as it is, or with `?wait` as soon as it is no longer what the caller has.
import { z } from 'zod';
import { matchesEtag, sendOrder, setEtag } from '../http/etag.ts';
import { found, lookUpOrder } from '../order-lookup.ts';
import { digits, readQuery } from '../http/query.ts';
import type { Route } from '../route.ts';

const query = z.strictObject({ wait: digits(1, 60).optional() });

export const getOrder: Route = {
  method: 'get',
  path: '/v1/orders/:id',
  scopes: ['orders:read'],
  handler(context) {
    const { orders, limits, draining } = context;
    return async (req, res, apiKey) => {
      const present = await lookUpOrder(context, req, res, apiKey);
      const { wait: waitSeconds } = readQuery(req, query);
      const known = req.get('If-None-Match');
      const order =
        known === undefined || waitSeconds === undefined || !matchesEtag(known, present)
          ? present
          : found(
              await orders.watch(
                present.id,
                (order) => !matchesEtag(known, order),
                waitSeconds * 1000,
                limits.hold(apiKey, res, draining),
              ),
            );
      res.set('Cache-Control', 'private, no-cache');
      if (known === undefined || !matchesEtag(known, order)) return sendOrder(res, order);
      setEtag(res, order);
      res.status(304).end();
    };
  },
};
