// What answers hold beside the order itself, and the headers that mean something to callers.
import { z } from 'zod';
import { order } from './order.ts';
import { line, orderId } from './texts.ts';

/** For people: it may change. */
const message = line(200);

export const orderWithMessage = z
  .strictObject({ message: message.meta({ examples: ['The cancel is on its way'] }), order })
  .meta({ id: 'OrderWithMessage' });

export const cancelled = z
  .strictObject({
    success: z.literal(true),
    message: message.meta({ examples: ['Order cancelled successfully'] }),
    order,
  })
  .meta({ id: 'Cancelled' });

export const orderPage = z
  .strictObject({
    data: z.array(order).max(1_000),
    next_cursor: line(2_000).nullable().meta({ description: 'For `cursor`; null at the end of the list.' }),
    unreadable: z
      .array(orderId)
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: 'Ids of orders of this list that no key of the service can read.' }),
  })
  .meta({ id: 'OrderPage' });

export const testSent = z
  .strictObject({
    message: message.meta({ examples: ['A test message is on its way'] }),
    id: line(1_000).meta({
      description: 'Of the workflow in Temporal that sends it, and says how that ended.',
      examples: ['notify:test:merchant_1:5f3c1c9e-9c1f-4a55-8f3a-0f6c2c8f1d11'],
    }),
  })
  .meta({ id: 'TestSent' });

export const webhookReceipt = z.strictObject({ received: z.literal(true) }).meta({ id: 'WebhookReceipt' });

export const ANSWER_HEADERS = {
  'Request-Id': z
    .string()
    .max(36)
    .regex(/^[\dA-Fa-f-]{32,36}$/)
    .meta({
      description: 'Also in the log line of the request. A UUID in the request’s own `Request-Id` is kept.',
      examples: ['3f0e6f4c-7d4b-4a55-9a3e-2c1d7f1e9b10'],
    }),
  'Cache-Control': z.enum(['no-store', 'private, no-cache', 'public, max-age=3600']).meta({
    description: 'Who may keep the answer: nobody, or whoever asks each time whether it has changed.',
  }),
  'X-Accel-Buffering': z.literal('no').meta({ description: 'A proxy hands on each event at once.' }),
  ETag: z
    .string()
    .max(18)
    .regex(/^"\d{1,16}"$/)
    .meta({ description: 'The revision of the order.', examples: ['"3"'] }),
  Location: z
    .string()
    .max(3_000)
    .regex(/^\/v1\/orders\/[^/]+$/)
    .meta({ description: 'Where the order is read.', examples: ['/v1/orders/order%3Amerchant_1%3Apos_1234'] }),
  'Preference-Applied': z
    .string()
    .max(7)
    .regex(/^wait=\d{1,2}$/)
    .meta({ description: 'The `Prefer` that was heard.', examples: ['wait=5'] }),
  'Idempotent-Replayed': z.literal('true').meta({ description: 'The same was asked before; nothing was done again.' }),
  'Retry-After': z
    .string()
    .max(5)
    .regex(/^\d{1,5}$/)
    .meta({ description: 'Seconds after which to ask again.', examples: ['2'] }),
  RateLimit: z
    .string()
    .max(40)
    .regex(/^"default";r=\d+;t=\d+$/)
    .meta({
      description: 'How many requests the key has left, and for how many seconds.',
      examples: ['"default";r=299;t=1'],
    }),
  'RateLimit-Policy': z
    .string()
    .max(40)
    .regex(/^"default";q=\d+;w=\d+$/)
    .meta({ description: 'How many requests a key has in how many seconds.', examples: ['"default";q=300;w=1'] }),
  'WWW-Authenticate': z.literal('Bearer').meta({ description: 'How to present the API key.' }),
  Allow: z
    .string()
    .max(100)
    .regex(/^[A-Z]+(, [A-Z]+)*$/)
    .meta({ description: 'The methods of this address.', examples: ['GET, HEAD'] }),
} as const satisfies Record<string, z.ZodType<string>>;

/** Of what came of a command that had been asked for before, with the same key. */
export const REPLAYED = { 'Idempotent-Replayed': 'sometimes' } as const;

export function replayed(isRepeat: boolean): { 'Idempotent-Replayed'?: string } {
  return isRepeat ? { 'Idempotent-Replayed': 'true' } : {};
}

export type AnswerHeader = keyof typeof ANSWER_HEADERS;
/** Whether an answer has a header each time. */
export type HeadersOf = Readonly<Partial<Record<AnswerHeader, 'always' | 'sometimes'>>>;

/** Every answer has them. */
export const EVERY_ANSWER = { 'Request-Id': 'always', 'Cache-Control': 'always' } as const satisfies HeadersOf;
/** Where a key is asked for, or no route is: with a known key, unless there is no limit. */
export const KEYED_ANSWER = {
  ...EVERY_ANSWER,
  RateLimit: 'sometimes',
  'RateLimit-Policy': 'sometimes',
} as const satisfies HeadersOf;
