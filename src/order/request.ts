// The request of a backend, validated and normalised. Personal data is in this type and nowhere else.

/** The body of seQura's `POST /api/public/v1/orders` (sequra.md), without our own `confirm_within_seconds`. */
export type OrderRequest = {
  merchant: { id: string; store_ref: string };
  operator_ref: string;
  reference: string;
  mobile_phone: string;
  given_names: string;
  surnames: string;
  date_of_birth: string;
  nin: string;
  address: string;
  postal_code: string;
  city: string;
  cart_items: CartItem[];
};

export type CartItem = { reference: string; name: string; price_with_tax: number; quantity: number };

/** Integer cents; exact up to 2^53. */
export function totalCents(items: readonly CartItem[]): number {
  return items.reduce((sum, item) => sum + item.price_with_tax * item.quantity, 0);
}

/** The merchant's settings, as the order keeps them from when it is accepted: a later change of settings does not affect it. */
export type OrderPolicy = {
  confirmWithinSeconds: number;
  createRetrySeconds: number;
  onCreateOutcomeUnknown: 'hold' | 'recreate';
  smsLimit: number;
  /** One more SMS after so long a silence; left out where the merchant wants none. */
  smsReminderAfterSeconds?: number;
  /** SMS to one phone in a day, over all orders; left out: no limit. */
  smsPerPhonePerDay?: number;
  settleSeconds: number;
  cancelOverdueSeconds: number;
  /** Limit of a whole call to seQura, headers and body. */
  sequraTimeoutMs: number;
  /** Whether the merchant is notified of changes; left out: no. */
  notify?: boolean;
  /** Whether messages typed into the Temporal UI without the codec are believed; left out: no. */
  trustPlain?: boolean;
  /** The operators' own, for the times that they read; left out: UTC alone. */
  timeZone?: string;
};
