// The order as the API shows it (http-api.md, section 4): no name, document, birth date, address or phone number.
import type { Failure, Order, SmsOutcome, TimelineEntry } from './order.ts';
import { openAttention } from './order.ts';
import { refuseSms } from './refusal.ts';
import type { AttentionReason, OrderStatus } from './status.ts';
import { isFinal } from './status.ts';

export type OrderView = {
  id: string;
  reference: string;
  merchant_id: string;
  store_ref: string;
  status: OrderStatus;
  attention: { reason: AttentionReason; since: string } | null;
  revision: number;
  total_with_tax: number;
  currency: string;
  sequra_order_id: string | null;
  order_uuid: string | null;
  sms: { sent: number; last_sent_at: string | null; last_outcome: SmsOutcome | null; can_resend: boolean };
  created_at: string;
  confirm_by: string | null;
  closed_at: string | null;
  failure: Failure | null;
  timeline: TimelineEntry[];
};

export function orderView(order: Order): OrderView {
  return {
    id: order.id,
    reference: order.reference,
    merchant_id: order.merchantId,
    store_ref: order.storeRef,
    status: order.status,
    attention: openAttention(order),
    revision: order.revision,
    total_with_tax: order.totalCents,
    currency: order.currency,
    sequra_order_id: order.sequraOrderId,
    order_uuid: order.orderUuid,
    sms: {
      sent: order.sms.sent,
      last_sent_at: order.sms.lastSentAt,
      last_outcome: order.sms.lastOutcome,
      can_resend: refuseSms(order) === null,
    },
    created_at: order.createdAt,
    confirm_by: order.confirmBy,
    closed_at: isFinal(order.status) ? order.closedAt : null,
    failure: order.failure,
    timeline: order.timeline,
  };
}
