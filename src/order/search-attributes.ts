// The search attributes by which operators and the API find orders in Temporal. Not encrypted: of personal data only digests made with a key.
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
  PhoneDigest: 'KEYWORD',
  DocumentDigest: 'KEYWORD',
  /** `{digest of the phone} {day} {n}` for the nth SMS of this order to this phone on this day; only where the merchant has a budget. */
  SmsOfDay: 'KEYWORD_LIST',
} as const;

/** The personal data by which orders are found. */
export type PersonalValue = 'phone' | 'document';
export const DIGEST_ATTRIBUTES = {
  phone: 'PhoneDigest',
  document: 'DocumentDigest',
} as const satisfies Record<PersonalValue, keyof typeof SEARCH_ATTRIBUTES>;
/** Of the customer of an order. An order that was placed before there were such digests has none. */
export type PersonalDigests = Partial<Record<PersonalValue, string | undefined>>;

export type SearchAttributePair =
  | { key: { name: string; type: 'KEYWORD' }; value: string | null }
  | { key: { name: string; type: 'KEYWORD_LIST' }; value: string[] | null }
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
    { key: { name: 'SmsOfDay', type: 'KEYWORD_LIST' }, value: order.sms.ofDay ?? null },
  ];
}

/** The attributes that never change: they are set when an order is placed, and its next runs take them over. */
export function digestAttributes(digests: PersonalDigests): SearchAttributePair[] {
  return [keyword('PhoneDigest', digests.phone ?? null), keyword('DocumentDigest', digests.document ?? null)];
}

/** The attributes whose value has changed. */
export function changedSearchAttributes(before: Order, after: Order): SearchAttributePair[] {
  const known = searchAttributes(before).map(({ value }) => JSON.stringify(value));
  return searchAttributes(after).filter(({ value }, index) => known[index] !== JSON.stringify(value));
}

function keyword(name: keyof typeof SEARCH_ATTRIBUTES, value: string | null): SearchAttributePair {
  return { key: { name, type: 'KEYWORD' }, value };
}
