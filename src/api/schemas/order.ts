// The order as every answer shows it (http-api.md, section 4). The compiler holds it against `OrderView` both ways: here, and where a route
// answers with one.
import { z } from 'zod';
import { FAILURE_CODES, PLAIN_EVENTS, SMS_OUTCOMES } from '../../order/order.ts';
import { ATTENTION_REASONS, ORDER_STATUSES, RESOLVE_ACTIONS } from '../../order/status.ts';
import type { OrderView } from '../../order/view.ts';

const time = z.iso.datetime().meta({ examples: ['2026-11-22T10:00:00.000Z'] });
const reason = z.enum(ATTENTION_REASONS);

const timelineEntry = z.discriminatedUnion('event', [
  z.strictObject({ at: time, event: z.enum(PLAIN_EVENTS) }),
  z.strictObject({ at: time, event: z.literal('attention'), reason }),
  z.strictObject({ at: time, event: z.enum(['webhook_noted', 'webhook_duplicate']), name: z.string() }),
  z.strictObject({
    at: time,
    event: z.literal('resolved'),
    action: z.enum(RESOLVE_ACTIONS),
    operator: z.string(),
    note: z.string(),
  }),
]);

export const order = z
  .strictObject({
    id: z.string().meta({
      description: 'Also the id of its workflow in Temporal. In a path it is one segment, percent-encoded once more.',
      examples: ['order:merchant_1:pos_1234'],
    }),
    reference: z.string().meta({ description: 'The backend’s own name of the order.', examples: ['pos_1234'] }),
    merchant_id: z.string().meta({ examples: ['merchant_1'] }),
    store_ref: z.string().meta({ examples: ['store_1'] }),
    status: z.enum(ORDER_STATUSES),
    attention: z
      .strictObject({ reason, since: time })
      .nullable()
      .meta({ description: 'A human must look. The order stays open as long as it is set.' }),
    revision: z.int().min(1).meta({ description: 'Rises with every visible change; the `ETag` is made of it.' }),
    total_with_tax: z
      .int()
      .min(0)
      .meta({ description: 'Cents.', examples: [25_000] }),
    currency: z.string().meta({ description: 'ISO 4217.', examples: ['EUR'] }),
    sequra_order_id: z
      .string()
      .nullable()
      .meta({ description: 'seQura’s number of the order; null before it is known.', examples: ['4567'] }),
    order_uuid: z.string().nullable().meta({ description: 'The `order_ref` of seQura’s webhooks.' }),
    sms: z.strictObject({
      sent: z.int().min(0).meta({ description: 'SMS that were, or may have been, sent.' }),
      last_sent_at: time.nullable(),
      last_outcome: z.enum(SMS_OUTCOMES).nullable(),
      can_resend: z.boolean().meta({ description: 'Whether `send_sms` would be taken now.' }),
    }),
    created_at: time,
    confirm_by: time.nullable().meta({
      description: 'Until when the customer may sign: counts from when seQura has the order, and never moves.',
    }),
    closed_at: time.nullable().meta({ description: 'When the present final status was reached.' }),
    failure: z
      .strictObject({
        code: z.enum(FAILURE_CODES),
        http_status: z.int().nullable().meta({ description: 'Of seQura’s answer; null where there was none.' }),
        errors: z.array(z.strictObject({ code: z.string() })).meta({ description: 'seQura’s own codes.' }),
      })
      .nullable()
      .meta({ description: 'Why no order came to be.' }),
    timeline: z.array(timelineEntry).meta({ description: 'The newest 100 things that happened, the oldest first.' }),
  })
  .meta({
    id: 'Order',
    description: 'No name, document number, birth date, address or phone number is in it.',
  }) satisfies z.ZodType<OrderView>;
