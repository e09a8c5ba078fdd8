// What seQura answers: the cart object of its example, and errors in the four shapes that were seen.
import type { ProviderOrder } from './records.ts';

export type SequraAnswer = { status: number; type: string; body: string; headers?: Record<string, string> };

const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonAnswer(status: number, body: unknown): SequraAnswer {
  return { status, type: JSON_TYPE, body: JSON.stringify(body) };
}

export const ERROR_SHAPES = ['objects', 'texts', 'plain', 'html'] as const;
export type ErrorShape = (typeof ERROR_SHAPES)[number];

const SHAPES: Record<ErrorShape, (code: string, title: string) => { type: string; body: string }> = {
  objects: (code, title) => ({ type: JSON_TYPE, body: JSON.stringify({ errors: [{ code, title }] }) }),
  texts: (_code, title) => ({ type: JSON_TYPE, body: JSON.stringify({ errors: [title] }) }),
  plain: (_code, title) => ({ type: 'text/plain; charset=utf-8', body: title }),
  html: (_code, title) => ({
    type: 'text/html; charset=utf-8',
    body: `<!DOCTYPE html><html><head><title>Error</title></head><body><h1>${title}</h1></body></html>`,
  }),
};

/** Titles are in the merchant's language; `title` must not carry text from outside. */
export function errorAnswer(status: number, code: string, title: string, shape: ErrorShape = 'objects'): SequraAnswer {
  return { status, ...SHAPES[shape](code, title) };
}

export const ACCESS_DENIED: SequraAnswer = {
  status: 401,
  type: 'text/plain; charset=utf-8',
  body: 'HTTP Basic: Access denied.',
  headers: { 'www-authenticate': 'Basic realm="seQura"' },
};

export const NOT_AUTHORISED = errorAnswer(401, 'unauthorized', 'La cuenta no está autorizada para este pedido');
export const UNKNOWN_ORDER = errorAnswer(404, 'not_found', 'Pedido no encontrado');
export const NOT_CANCELLABLE = errorAnswer(422, 'not_cancellable', 'El pedido no se puede cancelar');
export const NOT_PENDING = errorAnswer(422, 'not_pending', 'El pedido no está pendiente');
export const SMS_LIMIT_TITLE = 'Se ha alcanzado el límite de SMS para este pedido';

/** `250.00` for 25000 cents, without floating point. */
function decimalText(cents: number): string {
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export function cartObject(order: ProviderOrder, canResendSms: boolean, orderUuid: string | null): object {
  const { request } = order;
  return {
    id: order.id,
    reference: order.reference,
    status: order.status,
    total_with_tax: decimalText(order.total_with_tax),
    currency: order.currency,
    sms_mobile_phone: request.mobile_phone,
    operator_ref: request.operator_ref ?? null,
    cart_items: request.cart_items.map(({ reference, name, price_with_tax, quantity }) => ({
      reference,
      name,
      price_with_tax,
      quantity,
      total_with_tax: price_with_tax * quantity,
    })),
    customer_data: {
      given_names: request.given_names,
      surnames: request.surnames,
      nin: request.nin,
      email: null,
      phone: request.mobile_phone,
      dob: request.date_of_birth ?? null,
    },
    solicitation: null,
    order_uuid: orderUuid,
    subscription_id: null,
    joint_customer: null,
    can_resend_sms: canResendSms,
    created_at: order.created_at,
  };
}
