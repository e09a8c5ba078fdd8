// What seQura's three calls do. Like the real one it has no idempotency: the same reference twice makes two orders.
import { randomUUID } from 'node:crypto';
import { totalCents } from '../order/request.ts';
import type { SequraAnswer } from './answers.ts';
import {
  cartObject,
  errorAnswer,
  jsonAnswer,
  NOT_AUTHORISED,
  NOT_CANCELLABLE,
  NOT_PENDING,
  SMS_LIMIT_TITLE,
  UNKNOWN_ORDER,
} from './answers.ts';
import { createBody, smsBody } from './create-body.ts';
import type { Ledger } from './ledger.ts';
import { now } from './ledger.ts';
import type { SimulatedMerchant } from './merchants.ts';
import type { Effect, ProviderOrder } from './records.ts';

export type ProviderSettings = {
  /** SMS per order: more than our own limit, so that a test of that sees what we send. */
  smsLimit: number;
  /** Status of the answer beyond the limit: seQura documents both. */
  smsLimitStatus: 422 | 429;
  /** Whether a create is answered with the order's UUID; seQura's example has null. */
  answersOrderUuid: boolean;
};

export type Outcome = { answer: SequraAnswer; effect: Effect | null; order: ProviderOrder | null };

/** Operations are synchronous: each has happened, or has not. `accounts`: the merchants of the caller's credentials. */
export type Provider = {
  create(accounts: readonly SimulatedMerchant[], body: unknown): Outcome;
  sendSms(accounts: readonly SimulatedMerchant[], id: string, body: unknown): Outcome;
  cancel(accounts: readonly SimulatedMerchant[], id: string): Outcome;
};

const refused = (answer: SequraAnswer, order: ProviderOrder | null = null): Outcome => ({
  answer,
  effect: null,
  order,
});

/** Names fields only: no value of the body is sent back. */
function invalid(issues: readonly { path: PropertyKey[] }[]): Outcome {
  const fields = [...new Set(issues.map(({ path }) => path.map(String).join('.') || 'body'))];
  return refused(
    jsonAnswer(422, {
      errors: fields.map((field) => ({ code: `invalid_${field}`, title: `El campo ${field} no es válido` })),
    }),
  );
}

export function createProvider(
  ledger: Ledger,
  settings: ProviderSettings,
  linkFor: (uuid: string) => string,
): Provider {
  function orderOf(accounts: readonly SimulatedMerchant[], id: string): ProviderOrder | Outcome {
    const order = ledger.order(/^\d{1,15}$/.test(id) ? Number(id) : NaN);
    if (order === undefined) return refused(UNKNOWN_ORDER);
    return accounts.some((account) => account.id === order.merchant_id) ? order : refused(NOT_AUTHORISED, order);
  }

  return {
    create(accounts, body) {
      const parsed = createBody.safeParse(body);
      if (!parsed.success) return invalid(parsed.error.issues);
      const { merchant, reference, cart_items } = parsed.data;
      const account = accounts.find(({ id }) => id === merchant.id);
      if (account === undefined) return refused(NOT_AUTHORISED);
      if (account.stores !== undefined && !account.stores.includes(merchant.store_ref)) {
        return invalid([{ path: ['merchant', 'store_ref'] }]);
      }
      const order = ledger.addOrder({
        uuid: randomUUID(),
        merchant_id: merchant.id,
        store_ref: merchant.store_ref,
        reference,
        total_with_tax: totalCents(cart_items),
        currency: 'EUR',
        created_at: now(),
        request: parsed.data,
      });
      const cart = cartObject(order, settings.smsLimit > 0, settings.answersOrderUuid ? order.uuid : null);
      return { answer: jsonAnswer(200, cart), effect: 'created', order };
    },

    sendSms(accounts, id, body) {
      const order = orderOf(accounts, id);
      if ('answer' in order) return order;
      const parsed = smsBody.safeParse(body ?? {});
      if (!parsed.success) return invalid(parsed.error.issues);
      if (order.status !== 'pending') return refused(NOT_PENDING, order);
      if (order.sms.length >= settings.smsLimit) {
        return refused(errorAnswer(settings.smsLimitStatus, 'sms_limit_reached', SMS_LIMIT_TITLE), order);
      }
      const phone = parsed.data.mobile_phone ?? order.request.mobile_phone;
      const sms = [...order.sms, { at: now(), phone, link: linkFor(order.uuid) }];
      return {
        answer: jsonAnswer(200, { message: 'SMS sent successfully' }),
        effect: ledger.addEffect(order, 'sms_sent', { sms }),
        order,
      };
    },

    cancel(accounts, id) {
      const order = orderOf(accounts, id);
      if ('answer' in order) return order;
      if (order.status === 'cancelled' || order.status === 'completed') return refused(NOT_CANCELLABLE, order);
      return {
        answer: jsonAnswer(200, { success: true, message: 'Order cancelled successfully' }),
        effect:
          order.status === 'confirmed'
            ? ledger.addEffect(order, 'financing_asked')
            : ledger.addEffect(order, 'cancelled', { status: 'cancelled' }),
        order,
      };
    },
  };
}
