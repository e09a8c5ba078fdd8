// The eight search attributes by which operators and the API find orders in Temporal. Not encrypted, so never personal data.
import type { Order } from './order.ts';
import { openAttention } from './order.ts';

/** Names and types, as `npm run setup:temporal` registers them. */
export const SEARCH_ATTRIBUTES = {
  OrderStatus: 'KEYWORD',
  OrderAttention: 'KEYWORD',
  MerchantId: 'KEYWORD',
  StoreRef: 'KEYWORD',
  OrderReference: 'KEYWORD',
  SequraOrderId: 'KEYWORD',
  ConfirmBy: 'DATETIME',
  /** Set on a run that replaced an earlier one of the same order. */
  Reopened: 'BOOL',
} as const;

export type SearchAttributePair =
  | { key: { name: string; type: 'KEYWORD' }; value: string | null }
  | { key: { name: string; type: 'DATETIME' }; value: Date | null }
  | { key: { name: string; type: 'BOOL' }; value: boolean | null };

/** The attributes of the order, always in the same positions; null where one is not set. */
export function searchAttributes(order: Order): SearchAttributePair[] {
  return [
    keyword('OrderStatus', order.status),
    keyword('OrderAttention', openAttention(order)?.reason ?? null),
    keyword('MerchantId', order.merchantId),
    keyword('StoreRef', order.storeRef),
    keyword('OrderReference', order.reference),
    keyword('SequraOrderId', order.sequraOrderId),
    {
      key: { name: 'ConfirmBy', type: 'DATETIME' },
      value: order.confirmBy === null ? null : new Date(order.confirmBy),
    },
  ];
}

/** The attributes whose value has changed. */
export function changedSearchAttributes(before: Order, after: Order): SearchAttributePair[] {
  const known = searchAttributes(before);
  return searchAttributes(after).filter(({ value }, index) => known[index]?.value?.valueOf() !== value?.valueOf());
}

function keyword(name: keyof typeof SEARCH_ATTRIBUTES, value: string | null): SearchAttributePair {
  return { key: { name, type: 'KEYWORD' }, value };
}
