// What answers hold beside the order itself, and the headers that mean something to callers.
import { z } from 'zod';
import { order } from './order.ts';

export const orderWithMessage = z
  .strictObject({ message: z.string().meta({ examples: ['The cancel is on its way'] }), order })
  .meta({ id: 'OrderWithMessage' });

export const cancelled = z
  .strictObject({
    success: z.literal(true),
    message: z.string().meta({ examples: ['Order cancelled successfully'] }),
    order,
  })
  .meta({ id: 'Cancelled' });

export const orderPage = z
  .strictObject({
    data: z.array(order),
    next_cursor: z.string().nullable().meta({ description: 'For `cursor`; null at the end of the list.' }),
    unreadable: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'Ids of orders of this list that no key of the service can read.' }),
  })
  .meta({ id: 'OrderPage' });

export const webhookReceipt = z.strictObject({ received: z.literal(true) }).meta({ id: 'WebhookReceipt' });

export const ANSWER_HEADERS = {
  'Request-Id': z
    .string()
    .min(1)
    .meta({ description: 'Also in the log line of the request. A UUID in the request’s own `Request-Id` is kept.' }),
  'Cache-Control': z.enum(['no-store', 'private, no-cache', 'no-store, no-transform']),
  'X-Accel-Buffering': z.literal('no').meta({ description: 'A proxy hands on each event at once.' }),
  ETag: z
    .string()
    .regex(/^"\d+"$/)
    .meta({ description: 'The revision of the order.', examples: ['"3"'] }),
  Location: z
    .string()
    .regex(/^\/v1\/orders\/[^/]+$/)
    .meta({ description: 'Where the order is read.', examples: ['/v1/orders/order%3Amerchant_1%3Apos_1234'] }),
  'Preference-Applied': z
    .string()
    .regex(/^wait=\d+$/)
    .meta({ description: 'The `Prefer` that was heard.', examples: ['wait=5'] }),
  'Idempotent-Replayed': z.literal('true').meta({ description: 'The same was asked before; nothing was done again.' }),
  'Retry-After': z
    .string()
    .regex(/^\d+$/)
    .meta({ description: 'Seconds after which to ask again.', examples: ['2'] }),
  'WWW-Authenticate': z.literal('Bearer'),
  Allow: z
    .string()
    .regex(/^[A-Z]+(, [A-Z]+)*$/)
    .meta({ description: 'The methods of this address.', examples: ['GET, HEAD'] }),
} as const satisfies Record<string, z.ZodType<string>>;

export type AnswerHeader = keyof typeof ANSWER_HEADERS;
/** Whether an answer has a header each time. */
export type HeadersOf = Readonly<Partial<Record<AnswerHeader, 'always' | 'sometimes'>>>;

/** Every answer has them. */
export const EVERY_ANSWER = { 'Request-Id': 'always', 'Cache-Control': 'always' } as const satisfies HeadersOf;
