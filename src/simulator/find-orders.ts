// A page of the simulator's orders, newest first: by what is known of an order from outside.
import { z } from 'zod';
import type { ProviderOrder } from './records.ts';
import { ORDER_STATUSES } from './records.ts';

export const orderQuery = z.strictObject({
  /** A part of the reference or of the phone number, seQura's number, or the UUID. */
  q: z.string().default(''),
  reference: z.string().optional(),
  merchant_id: z.string().optional(),
  status: z.enum(ORDER_STATUSES).optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
  /** The number of the last order of the page before. */
  cursor: z.coerce.number<string>().int().default(Infinity),
});

/** `next`: the cursor of the page behind; null where there is none. */
export type OrderPage = { orders: ProviderOrder[]; next: string | null };

/** `orders`: oldest first. */
export function findOrders(
  orders: readonly ProviderOrder[],
  { q, reference, merchant_id, status, limit, cursor }: z.output<typeof orderQuery>,
): OrderPage {
  const wanted = q.trim().toLowerCase();
  const found = orders.filter(
    (order) =>
      order.id < cursor &&
      (reference === undefined || order.reference === reference) &&
      (merchant_id === undefined || order.merchant_id === merchant_id) &&
      (status === undefined || order.status === status) &&
      namesOf(order).some((name) => name.toLowerCase().includes(wanted)),
  );
  const page = found.toReversed().slice(0, limit);
  return { orders: page, next: found.length > limit ? String(page.at(-1)?.id) : null };
}

const namesOf = ({ id, uuid, reference, request, sms }: ProviderOrder): string[] => [
  reference,
  String(id),
  uuid,
  request.mobile_phone,
  ...sms.map(({ phone }) => phone),
];
