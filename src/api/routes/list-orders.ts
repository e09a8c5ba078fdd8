// GET /v1/orders: the orders that the key sees, filtered, page by page.
import { z } from 'zod';
import type { ApiKey } from '../../config/model.ts';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import type { AttentionReason } from '../../order/status.ts';
import { ATTENTION_REASONS, ORDER_STATUSES } from '../../order/status.ts';
import { sees } from '../http/auth.ts';
import { digits, patterned, reference, text } from '../fields/fields.ts';
import { keyedRoute } from '../route.ts';
import { orderPage } from '../schemas/answers.ts';

const DEFAULT_LIMIT = 50;

const query = z.strictObject({
  merchant_id: patterned(/^[A-Za-z0-9_-]{1,64}$/, 'a merchant id')
    .optional()
    .meta({ description: 'Orders of this merchant.', examples: ['merchant_1'] }),
  reference: reference().optional().meta({ description: 'The orders with this reference, one of each merchant.' }),
  status: z.enum(ORDER_STATUSES).optional().meta({ description: 'Orders with this status.' }),
  attention: z
    .enum(['true', ...ATTENTION_REASONS])
    .optional()
    .meta({ description: 'Orders with this attention; `true`: with any.' }),
  limit: digits(1, 100)
    .default(DEFAULT_LIMIT)
    .meta({ default: DEFAULT_LIMIT, description: 'How many orders a page may have.' }),
  cursor: text(2_000)
    .optional()
    .meta({
      description: 'The `next_cursor` of the page before, with the same filters.',
      examples: ['MTIzNA.c2lnbmVk'],
    }),
});

export const listOrders = keyedRoute({
  name: 'listOrders',
  summary: 'The orders that the key sees, page by page',
  description: `For looking around, not for waiting: it may lag 5 s behind. A merchant that is not the key's gives an empty list.

The next page is asked for with the \`next_cursor\` of the page before, and with the same filters. A key of more than 50 merchants needs \`merchant_id\` beside \`reference\`.`,
  method: 'get',
  path: '/v1/orders',
  scopes: ['orders:read'],
  request: { query },
  produces: 'application/json',
  answers: {
    200: {
      means: 'A page of orders, the newest first.',
      body: orderPage,
      example: { data: [EXAMPLE_ORDERS.confirmed], next_cursor: null },
    },
  },
  problems: {},
  handler({ orders, merchants, limits }) {
    return async ({ query: { merchant_id, attention, ...filter }, apiKey }) => {
      const merchantIds = visibleMerchants(apiKey, [...merchants.keys()], merchant_id);
      const { data, unreadable, nextCursor } =
        merchantIds.length === 0
          ? { data: [], unreadable: [], nextCursor: null }
          : await limits.listing(apiKey, () =>
              orders.list({ ...filter, merchantIds, attention: attentionFilter(attention) }),
            );
      return { status: 200, body: { data, next_cursor: nextCursor, ...(unreadable.length > 0 && { unreadable }) } };
    };
  },
});

function visibleMerchants(apiKey: ApiKey, all: string[], merchantId: string | undefined): readonly string[] {
  if (merchantId !== undefined) return sees(apiKey, merchantId) ? [merchantId] : [];
  return apiKey.merchants === '*' ? all : apiKey.merchants;
}

function attentionFilter(attention: 'true' | AttentionReason | undefined): true | AttentionReason | undefined {
  return attention === 'true' ? true : attention;
}
