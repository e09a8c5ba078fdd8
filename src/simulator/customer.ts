// What becomes of an order on the customer's and on seQura's side. Only a confirmation and a cancellation by seQura are reported.
import type { Ledger } from './ledger.ts';
import type { ProviderOrder } from './records.ts';
import type { Webhooks } from './webhooks.ts';

export const MOVES = ['confirm', 'decline', 'close', 'cancel', 'complete'] as const;
export type Move = (typeof MOVES)[number];

/** `not_possible`: the order is not where this move begins; nothing happened. */
export type MoveOutcome = 'confirmed' | 'declined' | 'closed' | 'cancelled' | 'completed' | 'not_possible';

/** As in seQura's sandbox: a customer with this name is refused at confirm. */
const ALWAYS_REFUSED = /\breview\s+test\s+cancel\b/iu;

export function isSignable(order: ProviderOrder): boolean {
  return order.status === 'pending' && !order.declined;
}

/** The phone that has the newest link. */
export function phoneOf(order: ProviderOrder): string {
  return order.sms.at(-1)?.phone ?? order.request.mobile_phone;
}

/** As in seQura's sandbox: the code is the end of the phone number. */
export function signingCode(order: ProviderOrder): string {
  return phoneOf(order).replaceAll(/\D/gu, '').slice(-5);
}

export function createMoves(ledger: Ledger, webhooks: Webhooks): Record<Move, (order: ProviderOrder) => MoveOutcome> {
  function decline(order: ProviderOrder): MoveOutcome {
    if (!isSignable(order)) return 'not_possible';
    ledger.addEffect(order, 'declined', { declined: true });
    return 'declined';
  }

  return {
    decline,
    confirm(order) {
      if (!isSignable(order)) return 'not_possible';
      if (ALWAYS_REFUSED.test(`${order.request.given_names} ${order.request.surnames}`)) return decline(order);
      ledger.addEffect(order, 'confirmed', { status: 'confirmed' });
      webhooks.emit(order, 'order/confirmed');
      return 'confirmed';
    },
    close(order) {
      ledger.addEffect(order, 'closed');
      return 'closed';
    },
    cancel(order) {
      if (order.status !== 'pending' && order.status !== 'confirmed') return 'not_possible';
      ledger.addEffect(order, 'cancelled', { status: 'cancelled' });
      webhooks.emit(order, 'order/cancelled');
      return 'cancelled';
    },
    complete(order) {
      if (order.status !== 'confirmed') return 'not_possible';
      ledger.addEffect(order, 'completed', { status: 'completed' });
      return 'completed';
    },
  };
}
