// What a merchant's endpoint is told of an order.
import { z } from 'zod';
import type { Notification, TestNotification } from '../../contract/messages.ts';
import { order } from './order.ts';
import { time } from './texts.ts';

export const notification = z
  .strictObject({
    type: z.literal('order.updated'),
    timestamp: time.meta({ description: 'When the order changed.' }),
    data: order,
  })
  .meta({ id: 'Notification' }) satisfies z.ZodType<Notification>;

export const testNotification = z
  .strictObject({
    type: z.literal('test'),
    timestamp: time.meta({ description: 'When it was asked for.' }),
    data: z.strictObject({ merchant_id: order.shape.merchant_id }),
  })
  .meta({ id: 'TestNotification' }) satisfies z.ZodType<TestNotification>;
