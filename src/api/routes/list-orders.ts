// GET /v1/orders: the orders that the key sees, filtered, page by page.
import { z } from 'zod';
import type { ApiKey } from '../../config/load.ts';
import type { AttentionReason } from '../../order/status.ts';
import { ATTENTION_REASONS, ORDER_STATUSES } from '../../order/status.ts';
import { sees } from '../http/auth.ts';
import { patterned, reference, text } from '../fields/fields.ts';
import { digits, readQuery } from '../http/query.ts';
import type { Route } from '../route.ts';

const DEFAULT_LIMIT = 50;

const query = z.strictObject({
  merchant_id: patterned(/^[A-Za-z0-9_-]{1,64}$/, 'a merchant id').optional(),
  reference: reference().optional(),
  status: z.enum(ORDER_STATUSES).optional(),
  attention: z.enum(['true', ...ATTENTION_REASONS]).optional(),
  limit: digits(1, 100).default(DEFAULT_LIMIT),
  cursor: text(2048).optional(),
});

export const listOrders: Route = {
  method: 'get',
  path: '/v1/orders',
  scopes: ['orders:read'],
  handler({ orders, merchants, limits }) {
    return async (req, res, apiKey) => {
      const { merchant_id, attention, ...filter } = readQuery(req, query);
      const merchantIds = visibleMerchants(apiKey, [...merchants.keys()], merchant_id);
      const { data, unreadable, nextCursor } =
        merchantIds.length === 0
          ? { data: [], unreadable: [], nextCursor: null }
          : await limits.listing(apiKey, () =>
              orders.list({ ...filter, merchantIds, attention: attentionFilter(attention) }),
            );
      res.json({ data, next_cursor: nextCursor, ...(unreadable.length > 0 && { unreadable }) });
    };
  },
};

function visibleMerchants(apiKey: ApiKey, all: string[], merchantId: string | undefined): readonly string[] {
  if (merchantId !== undefined) return sees(apiKey, merchantId) ? [merchantId] : [];
  return apiKey.merchants === '*' ? all : apiKey.merchants;
}

function attentionFilter(attention: 'true' | AttentionReason | undefined): true | AttentionReason | undefined {
  return attention === 'true' ? true : attention;
}
