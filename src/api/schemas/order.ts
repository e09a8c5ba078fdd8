// The order as every answer shows it (http-api.md, section 4). The compiler holds it against `OrderView` both ways: here, and where a route
// answers with one.
import { z } from 'zod';
import { FAILURE_CODES, PLAIN_EVENTS, SMS_OUTCOMES } from '../../order/order.ts';
import { ATTENTION_REASONS, ATTENTIONS, ORDER_STATUSES, RESOLVE_ACTIONS, STATUSES } from '../../order/status.ts';
import type { OrderView } from '../../order/view.ts';
import { anything, line, merchantId, orderId, reference, time } from './texts.ts';

const MOST_ENTRIES = 100;

/** What each of them means, as a list in Markdown. */
const listed = (words: Record<string, { means: string }>) =>
  Object.entries(words)
    .map(([word, { means }]) => `- \`${word}\`: ${means}`)
    .join('\n');

const status = z.enum(ORDER_STATUSES).meta({
  id: 'OrderStatus',
  description: listed(STATUSES),
});

const reason = z.enum(ATTENTION_REASONS).meta({
  id: 'AttentionReason',
  'x-may-grow': true,
  description: listed(ATTENTIONS),
});

const attention = z.strictObject({ reason, since: time }).meta({ id: 'Attention' });

const sms = z
  .strictObject({
    sent: z.int().min(0).max(1_000_000).meta({ description: 'SMS that were, or may have been, sent.' }),
    last_sent_at: time.nullable(),
    last_outcome: z
      .enum(SMS_OUTCOMES)
      .nullable()
      .meta({ description: 'Of the last SMS; `unknown`: it may have been sent. Null before the first.' }),
    can_resend: z.boolean().meta({ description: 'Whether `send_sms` would be taken now.' }),
  })
  .meta({ id: 'Sms' });

const failure = z
  .strictObject({
    code: z.enum(FAILURE_CODES).meta({
      'x-may-grow': true,
      description: listed({
        refused: { means: 'seQura does not want the order' },
        unauthorized: { means: 'seQura does not accept the merchant’s account' },
        rate_limited: { means: 'seQura had no time for as long as it was tried' },
        unreachable: { means: 'seQura was not reached for as long as it was tried' },
        given_up: { means: 'an operator found out that nothing exists at seQura' },
      } satisfies Record<(typeof FAILURE_CODES)[number], { means: string }>),
    }),
    http_status: z
      .int()
      .min(100)
      .max(599)
      .nullable()
      .meta({ description: 'Of seQura’s answer; null where there was none.' }),
    errors: z
      .array(z.strictObject({ code: line(64) }))
      .max(20)
      .meta({ description: 'seQura’s own codes.' }),
  })
  .meta({ id: 'Failure' });

const timelineEntry = z
  .discriminatedUnion('event', [
    z
      .strictObject({
        at: time,
        event: z.enum(PLAIN_EVENTS).meta({ 'x-may-grow': true }),
        operator: anything(200)
          .exactOptional()
          .meta({ description: 'Who asked for it, where an operator did by name.' }),
        note: anything(200).exactOptional().meta({ description: 'Why.' }),
      })
      .meta({ id: 'PlainEntry' }),
    z.strictObject({ at: time, event: z.literal('attention'), reason }).meta({ id: 'AttentionEntry' }),
    z
      .strictObject({
        at: time,
        event: z.enum(['webhook_noted', 'webhook_duplicate']),
        name: anything(200).meta({ description: 'seQura’s name of the event.' }),
      })
      .meta({ id: 'WebhookEntry' }),
    z
      .strictObject({
        at: time,
        event: z.literal('resolved'),
        action: z.enum(RESOLVE_ACTIONS),
        operator: anything(200),
        note: anything(200),
      })
      .meta({ id: 'ResolvedEntry' }),
  ])
  .meta({ id: 'TimelineEntry' });

export const order = z
  .strictObject({
    id: orderId.meta({
      description:
        'The same in every answer, every log line and the operators’ UI. In a path: `encodeURIComponent(id)`.',
      examples: ['order:merchant_1:pos_1234'],
    }),
    reference,
    merchant_id: merchantId,
    store_ref: line(64).meta({ examples: ['store_1'] }),
    status,
    attention: attention
      .nullable()
      .meta({ description: 'Why a human must look, whatever the status; null where none must. Operators know.' }),
    revision: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .meta({ description: 'Rises with every change that is shown; the `ETag` is made of it.' }),
    total_with_tax: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .meta({ description: 'In cents.', examples: [25_000] }),
    currency: z
      .string()
      .max(3)
      .regex(/^[A-Z]{3}$/)
      .meta({ description: 'ISO 4217.', examples: ['EUR'] }),
    sequra_order_id: line(64)
      .nullable()
      .meta({ description: 'seQura’s number of the order; null before it is known.', examples: ['4567'] }),
    order_uuid: line(200).nullable().meta({ description: 'The `order_ref` of seQura’s webhooks.' }),
    sms,
    created_at: time,
    confirm_by: time.nullable().meta({
      description: 'Until when the customer may sign: counts from when seQura has the order, and never moves.',
    }),
    closed_at: time.nullable().meta({ description: 'When the present final status was reached.' }),
    failure: failure.nullable().meta({ description: 'Why no order came to be; null where one did.' }),
    timeline: z
      .array(timelineEntry)
      .max(MOST_ENTRIES)
      .meta({ description: `The newest ${MOST_ENTRIES} things that happened, the oldest first.` }),
  })
  .meta({
    id: 'Order',
    description: 'No name, document number, birth date, address or phone number is in it.',
  }) satisfies z.ZodType<OrderView>;
