// GET /v1/orders: the orders that the key sees, filtered, page by page.
import { z } from 'zod';
import type { ApiKey } from '../../config/model.ts';
import type { AttentionReason } from '../../order/status.ts';
import { ATTENTION_REASONS, ORDER_STATUSES } from '../../order/status.ts';
import { sees } from '../http/auth.ts';
import { patterned, reference, text } from '../fields/fields.ts';
import { digits } from '../http/query.ts';
import { keyedRoute } from '../route.ts';
import { orderPage } from '../schemas/answers.ts';

const DEFAULT_LIMIT = 50;

const query = z.strictObject({
  merchant_id: patterned(/^[A-Za-z0-9_-]{1,64}$/, 'a merchant id').optional(),
  reference: reference().optional(),
  status: z.enum(ORDER_STATUSES).optional(),
  attention: z
    .enum(['true', ...ATTENTION_REASONS])
    .optional()
    .meta({ description: '`true`: any attention.' }),
  limit: digits(1, 100).default(DEFAULT_LIMIT).meta({ default: DEFAULT_LIMIT }),
  cursor: text(2048).optional().meta({ description: 'The `next_cursor` of the page before, with the same filters.' }),
});

export const listOrders = keyedRoute({
  name: 'listOrders',
  summary: 'The orders that the key sees, page by page',
  method: 'get',
  path: '/v1/orders',
  scopes: ['orders:read'],
  request: { query },
  produces: 'application/json',
  answers: { 200: { means: 'A page of orders; it may lag 5 s behind.', body: orderPage } },
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
