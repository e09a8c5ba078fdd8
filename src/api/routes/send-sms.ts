// POST /v1/orders/{id}/send_sms: the link once more, to the same phone or to another.
import { z } from 'zod';
import type { Country } from '../../config/load.ts';
import type { SmsOutcome } from '../../gateway/orders.ts';
import { readJson } from '../http/body.ts';
import { optional, orNothing } from '../fields/fields.ts';
import { found, lookUpOrder } from '../order-lookup.ts';
import { mobilePhone } from '../fields/phone.ts';
import type { ProblemCode } from '../http/problem.ts';
import { Problem } from '../http/problem.ts';
import type { Route } from '../route.ts';
import { validated } from '../http/validation.ts';

export function sendSmsBody(country: Country | null) {
  return z.strictObject({ mobile_phone: optional(mobilePhone(country)) });
}

const ANSWERS: Record<SmsOutcome, { status: 200 | 202; message: string } | { problem: ProblemCode; detail: string }> = {
  sent: { status: 200, message: 'SMS sent successfully' },
  unknown: { status: 202, message: 'The SMS may have been sent: seQura’s answer was lost' },
  pending: { status: 202, message: 'The SMS is being sent' },
  refused: { problem: 'sms_refused', detail: 'seQura refused to send the SMS.' },
  not_sent: { problem: 'sequra_unreachable', detail: 'No SMS was sent: the tries ran out.' },
  not_possible: {
    problem: 'sms_not_possible',
    detail: 'The order stopped waiting for its customer before the SMS was sent.',
  },
};

export const sendSms: Route = {
  method: 'post',
  path: '/v1/orders/:id/send_sms',
  scopes: ['orders:write', 'ops'],
  handler(context) {
    const { orders, merchants, limits } = context;
    const withoutCountry = sendSmsBody(null);
    const ofMerchant = new Map([...merchants.values()].map(({ id, country }) => [id, sendSmsBody(country)]));

    return async (req, res, apiKey) => {
      const { id, merchant_id } = await lookUpOrder(context, req, res, apiKey);
      const schema = ofMerchant.get(merchant_id) ?? withoutCountry;
      const json = orNothing(await readJson(req, res));
      const { mobile_phone: mobile = null } = validated(schema, json, 'invalid_body');
      const { outcome, order } = found(await limits.commanding(apiKey, () => orders.sendSms(id, mobile)));
      const answer = ANSWERS[outcome];
      if ('problem' in answer) throw new Problem(answer.problem, answer.detail, { order });
      res.status(answer.status).json({ message: answer.message, order });
    };
  },
};
