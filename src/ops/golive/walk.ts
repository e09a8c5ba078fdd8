// One walk through a merchant's set-up: whose, by what, and the orders that it places, reads and cancels again.
import type { Order } from 'part-payment-orders-client';
import { ProblemError } from 'part-payment-orders-client';
import type { Country, GoliveConfig } from '../../config/model.ts';
import { isFinal } from '../../order/status.ts';
import type { SequraSide } from './sequra-side.ts';
import type { Till } from './till.ts';
import { cameTo } from './till.ts';

export type Walk = {
  merchant: GoliveConfig['merchants'] extends Map<string, infer M> ? M : never;
  till: Till;
  sequra: SequraSide;
  /** Where seQura's webhooks come in; a token follows. */
  webhooks: string;
  phone: string;
  storeRef: string;
  cents: number;
  say: (line: string) => void;
  /** Begins every reference of this walk. */
  run: string;
  /** Placed so far, by what they are for. */
  orders: Partial<Record<Purpose, Order>>;
};

type Purpose = 'sign' | 'cancel' | 'abandon';

const CREATE_WAIT_SECONDS = 30;
const SMS_MS = 60_000;
export const CANCEL_MS = 60_000;
/** The shortest that an order may ask for itself. */
const SHORTEST_SECONDS = 60;

/** A document number with the right check character. */
const DOCUMENT: Record<Country, string> = {
  ES: '12345678Z',
  FR: '295109912611193',
  IT: 'RCCMNL83S18D969H',
  PT: '123456789',
};

export function placed({ orders }: Walk, purpose: Purpose): Order {
  const order = orders[purpose];
  if (order === undefined) throw new Error(`no order was placed to ${purpose}`);
  return order;
}

/** Throws `NotPassed` where seQura does not have it within the time that the API waits. */
export async function place(walk: Walk, purpose: Purpose): Promise<Order> {
  const { merchant, till, phone, storeRef, cents, run } = walk;
  const isShort = merchant.policy.confirmWithinSeconds <= SHORTEST_SECONDS;
  const body = {
    merchant: { id: merchant.id, store_ref: storeRef },
    operator_ref: 'golive',
    reference: `${run}-${purpose}`,
    mobile_phone: phone,
    // Whom seQura's sandbox approves.
    given_names: 'Review Test',
    surnames: 'Approve',
    date_of_birth: '1990-01-01',
    nin: DOCUMENT[merchant.country],
    address: 'Calle Mayor 1',
    postal_code: '08001',
    city: 'Barcelona',
    cart_items: [{ reference: 'GOLIVE', name: `Go-live check: ${purpose}`, price_with_tax: cents, quantity: 1 }],
    ...(purpose === 'abandon' && !isShort && { confirm_within_seconds: SHORTEST_SECONDS }),
  };
  const { order, status } = await till.call((shop) =>
    shop.placeOrder(body, { waitSeconds: CREATE_WAIT_SECONDS }).catch((error: unknown) => {
      // One that failed is left, too.
      if (error instanceof ProblemError && error.order !== null) walk.orders[purpose] = error.order;
      throw error;
    }),
  );
  walk.orders[purpose] = order;
  if (status === 201) return order;
  throw cameTo(order.attention === null ? null : order, 'awaiting_customer');
}

/** The order once its SMS has been sent. */
export async function smsOf(walk: Walk, purpose: Purpose): Promise<Order> {
  const { id } = placed(walk, purpose);
  const order = await walk.till.until(id, ({ sms }) => sms.last_outcome !== null, SMS_MS);
  if (order === null || order.attention !== null || order.sms.last_outcome !== 'sent')
    throw cameTo(order, 'an SMS sent');
  return order;
}

/** Cancels what the walk has left at seQura. Answers with the orders that still ask for a human, or could not be cancelled. */
export async function cleanUp({ till, orders }: Walk): Promise<string[]> {
  const isUndone = ({ status }: Order) => isFinal(status) && status !== 'confirmed';
  const left: string[] = [];
  for (const { id } of Object.values(orders)) {
    const now = await till.call((shop) => shop.getOrder(id));
    if (!isUndone(now)) await till.call((shop) => shop.cancel(id)).catch(() => null);
    const order = isUndone(now) ? now : await till.until(id, isUndone, CANCEL_MS);
    if (order?.attention !== null) left.push(id);
  }
  return left;
}
