// GET /v1/orders/{id}: the order as it is, or with `?wait` as soon as it is no longer what the caller has.
import { z } from 'zod';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import { digits } from '../fields/fields.ts';
import { etag, matchesEtag } from '../http/etag.ts';
import { HEADER_VALUE } from '../http/request-headers.ts';
import { found, orderParams } from '../order-lookup.ts';
import { keyedRoute } from '../route.ts';
import { order } from '../schemas/order.ts';

const HEADERS = { 'Cache-Control': 'always', ETag: 'always' } as const;

export const getOrder = keyedRoute({
  name: 'getOrder',
  summary: 'The order as it is, or as soon as it is no longer what the caller has',
  description: `To wait for a change, send the \`ETag\` of the last answer as \`If-None-Match\` and ask with \`?wait=N\`: the answer comes when the order changes, or as 304 after N seconds.

Hand over goods only where \`status\` is \`confirmed\` and \`attention\` is null.`,
  method: 'get',
  path: '/v1/orders/:id',
  scopes: ['orders:read'],
  request: {
    params: orderParams,
    follows: (latest, { query, headers: { 'If-None-Match': known } }) =>
      query['wait'] !== undefined && typeof known === 'string' && matchesEtag(known, latest),
    query: z.strictObject({
      wait: digits(1, 60)
        .optional()
        .meta({
          description: 'With `If-None-Match`: for how many seconds the answer waits until the order changes.',
          examples: [30],
        }),
    }),
    headers: {
      'If-None-Match': z
        .string()
        .optional()
        .meta({ ...HEADER_VALUE, description: 'The `ETag` that the caller has.', examples: ['"3"'] }),
    },
  },
  produces: 'application/json',
  answers: {
    200: { means: 'The order.', body: order, example: EXAMPLE_ORDERS.confirmed, headers: HEADERS },
    304: { means: 'It is as the caller has it.', headers: HEADERS },
  },
  problems: { too_many_waiting: {} },
  handler({ orders, limits, draining }) {
    return async ({ order: present, query: { wait: waitSeconds }, headers, apiKey, res }) => {
      const known = headers['If-None-Match'];
      const order =
        known === undefined || waitSeconds === undefined || !matchesEtag(known, present)
          ? present
          : found(
              await orders.watch(
                present.id,
                (order) => !matchesEtag(known, order),
                waitSeconds * 1000,
                limits.wait(apiKey, res, draining),
                present,
              ),
            );
      const answer = { headers: { 'Cache-Control': 'private, no-cache', ETag: etag(order) } };
      return known !== undefined && matchesEtag(known, order)
        ? { status: 304, ...answer }
        : { status: 200, ...answer, body: order };
    };
  },
});
