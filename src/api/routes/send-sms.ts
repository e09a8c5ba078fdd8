// POST /v1/orders/{id}/send_sms: the link once more, to the same phone or to another.
import { z } from 'zod';
import type { SmsCommandOutcome } from '../../gateway/orders.ts';
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import { optional } from '../fields/fields.ts';
import { mobilePhone } from '../fields/phone.ts';
import { JSON_TYPES } from '../http/body.ts';
import type { ProblemCode } from '../http/problem.ts';
import { IDEMPOTENCY_KEY } from '../http/idempotency-key.ts';
import { Problem } from '../http/problem.ts';
import { found, orderParams } from '../order-lookup.ts';
import type { BodyRules } from '../route.ts';
import { keyedRoute } from '../route.ts';
import { orderWithMessage, REPLAYED, replayed } from '../schemas/answers.ts';

export function sendSmsBody({ country }: Pick<BodyRules, 'country'>) {
  return z
    .strictObject({
      mobile_phone: optional(mobilePhone(country)).meta({
        description: 'Another number; left out: that of the order.',
      }),
    })
    .meta({ examples: [{ mobile_phone: '666 99 88 77' }] });
}

const ANSWERS = {
  sent: { status: 200, message: 'SMS sent successfully' },
  unknown: { status: 202, message: 'The SMS may have been sent: seQura’s answer was lost' },
  pending: { status: 202, message: 'The SMS is being sent' },
  refused: { problem: 'sms_refused', detail: 'seQura refused to send the SMS.' },
  not_sent: { problem: 'sequra_unreachable', detail: 'No SMS was sent: the tries ran out.' },
  over_limit: {
    problem: 'sms_limit_reached',
    detail: 'The phone has had as many SMS today, over all orders, as the merchant allows.',
  },
  not_possible: {
    problem: 'sms_not_possible',
    detail: 'The order stopped waiting for its customer before the SMS was sent.',
  },
} as const satisfies Record<
  SmsCommandOutcome,
  { status: 200 | 202; message: string } | { problem: ProblemCode; detail: string }
>;

export const sendSms = keyedRoute({
  name: 'sendSms',
  summary: 'Send the link once more, to the same phone or to another',
  description: `Without a body the SMS goes to the number of the order. Each call that is taken is another SMS, unless it repeats one with the same \`Idempotency-Key\`, and counts towards the merchant's limit; \`sms.can_resend\` of the order says whether one would be taken.`,
  method: 'post',
  path: '/v1/orders/:id/send_sms',
  scopes: ['orders:write', 'ops'],
  request: {
    params: orderParams,
    headers: IDEMPOTENCY_KEY,
    body: { types: JSON_TYPES, required: false, schema: sendSmsBody },
  },
  produces: 'application/json',
  answers: {
    200: {
      means: 'seQura has sent it.',
      body: orderWithMessage,
      example: { message: ANSWERS.sent.message, order: EXAMPLE_ORDERS.awaiting_customer },
      headers: REPLAYED,
    },
    202: {
      means: 'It is being sent, or may have been: nobody knows.',
      body: orderWithMessage,
      example: { message: ANSWERS.pending.message, order: EXAMPLE_ORDERS.awaiting_customer },
      headers: REPLAYED,
    },
  },
  problems: {
    sms_not_possible: REPLAYED,
    sms_limit_reached: REPLAYED,
    sms_refused: REPLAYED,
    sequra_unreachable: REPLAYED,
    no_worker: {},
    order_stuck: {},
  },
  handler({ orders, limits }) {
    return async ({ order: { id }, body: { mobile_phone: mobile = null }, apiKey, key }) => {
      const sending = () => orders.sendSms(id, mobile, key);
      const { outcome, order, repeat } = found(await limits.commanding(apiKey, sending));
      const answer = ANSWERS[outcome];
      const headers = replayed(repeat);
      if ('problem' in answer) throw new Problem(answer.problem, answer.detail, { order, headers });
      return { status: answer.status, headers, body: { message: answer.message, order } };
    };
  },
});
