// An example of an order and of its stages, for documentation, demonstration and tests. It is seQura's own (sequra.md), except for the document
// number, whose check character is wrong there.
import type { OrderRequest } from './request.ts';
import type { OrderView } from './view.ts';

/** 250.00 EUR. */
export const EXAMPLE_REQUEST: OrderRequest = {
  merchant: { id: 'merchant_1', store_ref: 'store_1' },
  operator_ref: 'clerk@shop.example',
  reference: 'pos_1234',
  mobile_phone: '+34666123456',
  given_names: 'María',
  surnames: 'García López',
  date_of_birth: '1990-01-01',
  nin: '12345678Z',
  address: 'Calle Mayor 1',
  postal_code: '08001',
  city: 'Barcelona',
  cart_items: [{ reference: 'FRAME-001', name: 'Designer Frame', price_with_tax: 25_000, quantity: 1 }],
};

const at = (clock: string) => `2026-11-22T${clock}.000Z`;

/** The order as the API shows it first. */
const TAKEN: OrderView = {
  id: 'order:merchant_1:pos_1234',
  reference: 'pos_1234',
  merchant_id: 'merchant_1',
  store_ref: 'store_1',
  status: 'creating',
  attention: null,
  revision: 1,
  total_with_tax: 25_000,
  currency: 'EUR',
  sequra_order_id: null,
  order_uuid: null,
  sms: { sent: 0, last_sent_at: null, last_outcome: null, can_resend: false },
  created_at: at('10:00:00'),
  confirm_by: null,
  closed_at: null,
  failure: null,
  timeline: [{ at: at('10:00:00'), event: 'accepted' }],
};

const AWAITING: OrderView = {
  ...TAKEN,
  status: 'awaiting_customer',
  revision: 3,
  sequra_order_id: '4567',
  sms: { sent: 1, last_sent_at: at('10:00:02'), last_outcome: 'sent', can_resend: true },
  confirm_by: '2026-11-23T10:00:01.000Z',
  timeline: [...TAKEN.timeline, { at: at('10:00:01'), event: 'created' }, { at: at('10:00:02'), event: 'sms_sent' }],
};

const DONE = { ...AWAITING, sms: { ...AWAITING.sms, can_resend: false }, closed_at: at('10:07:30') };

const CANCELLING: OrderView = {
  ...AWAITING,
  status: 'cancelling',
  revision: 4,
  sms: DONE.sms,
  timeline: [...AWAITING.timeline, { at: at('10:07:29'), event: 'cancel_requested' }],
};

/** The order at each stage that documents show. */
export const EXAMPLE_ORDERS = {
  creating: TAKEN,
  awaiting_customer: AWAITING,
  confirmed: {
    ...DONE,
    status: 'confirmed',
    revision: 4,
    order_uuid: 'c0a1b2d3-4e5f-4a6b-8c7d-9e0f1a2b3c4d',
    timeline: [...AWAITING.timeline, { at: at('10:07:30'), event: 'confirmed' }],
  },
  sms_not_sent: {
    ...AWAITING,
    attention: { reason: 'sms_not_sent', since: at('10:05:02') },
    revision: 4,
    sms: { ...AWAITING.sms, last_outcome: 'refused' },
    timeline: [
      ...AWAITING.timeline,
      { at: at('10:05:02'), event: 'sms_failed' },
      { at: at('10:05:02'), event: 'attention', reason: 'sms_not_sent' },
    ],
  },
  cancelling: CANCELLING,
  cancelled: {
    ...DONE,
    status: 'cancelled',
    revision: 5,
    timeline: [...CANCELLING.timeline, { at: at('10:07:30'), event: 'cancelled' }],
  },
  failed: {
    ...TAKEN,
    status: 'failed',
    revision: 2,
    closed_at: at('10:00:01'),
    failure: { code: 'refused', http_status: 422, errors: [{ code: 'invalid_nin' }] },
    timeline: [...TAKEN.timeline, { at: at('10:00:01'), event: 'failed' }],
  },
} satisfies Record<string, OrderView>;
