// What a backend asks for, after validation and normalising. Personal data lives in this type and nowhere else.

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

/** The merchant's settings an order keeps from the moment it is accepted; a later change of settings never moves a running order. */
export type OrderPolicy = {
  confirmWithinSeconds: number;
  createRetrySeconds: number;
  onCreateOutcomeUnknown: 'hold' | 'recreate';
  smsLimit: number;
  settleSeconds: number;
  cancelOverdueSeconds: number;
  /** Whole call to seQura, headers and body. */
  sequraTimeoutMs: number;
  /** The merchant is notified of changes; left out where it has no endpoint. */
  notify?: boolean;
  /** What is typed into the Temporal UI without the codec is believed; left out where it is not. */
  trustPlain?: boolean;
};
