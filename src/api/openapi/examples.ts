// An example of each problem for the document.
import { EXAMPLE_ORDERS } from '../../order/example.ts';
import type { OrderView } from '../../order/view.ts';
import type { ProblemCode } from '../http/problem.ts';
import { Problem, problemBody } from '../http/problem.ts';
import type { FieldMistake } from '../http/validation.ts';
import { fieldError } from '../http/validation.ts';
import type { ProblemBody } from '../schemas/problem.ts';

type Example = { detail: string; order?: OrderView; mistake?: [path: (string | number)[], mistake: FieldMistake] };

const { awaiting_customer: awaiting, confirmed, failed, sms_not_sent: unsent } = EXAMPLE_ORDERS;

const EXAMPLES: Record<ProblemCode, Example> = {
  malformed_body: { detail: 'The body is not JSON in UTF-8.' },
  malformed_header: { detail: 'The header `authorization` may be given only once.' },
  malformed_request: { detail: 'The request cannot be read as HTTP/1.1; the connection is closed.' },
  unauthenticated: { detail: 'Send `Authorization: Bearer <api key>`.' },
  forbidden: { detail: 'The merchant is not one of this API key’s.' },
  order_not_found: { detail: 'No order has this id.' },
  route_not_found: { detail: 'No route has this address.' },
  method_not_allowed: { detail: 'Allowed here: GET, HEAD.' },
  not_acceptable: { detail: 'The answer is `application/json`.' },
  request_timeout: { detail: 'The request took too long to arrive; the connection is closed.' },
  reference_conflict: {
    detail: 'An order with this reference was placed with another body.',
    order: awaiting,
  },
  action_not_allowed: { detail: 'Nothing needs an operator: retry has nothing to answer.', order: awaiting },
  sequra_order_taken: {
    detail: 'The order order:merchant_1:pos_1200 has this number.',
    order: {
      ...EXAMPLE_ORDERS.creating,
      revision: 2,
      attention: { reason: 'create_outcome_unknown', since: '2026-11-22T10:00:16.000Z' },
    },
  },
  sms_not_possible: { detail: 'The order is confirmed: it is not waiting for its customer.', order: confirmed },
  sms_limit_reached: { detail: 'The limit of 3 SMS for this order is reached.', order: awaiting },
  body_too_large: { detail: 'The body may have at most 102400 bytes.' },
  unsupported_media_type: { detail: 'The body must be `application/json` in UTF-8.' },
  expectation_failed: { detail: 'The one expectation that can be met is `100-continue`.' },
  invalid_body: {
    detail: '1 mistake, listed in `errors`.',
    mistake: [['cart_items', 0, 'quantity'], { code: 'too_small', names: '1' }],
  },
  invalid_query: {
    detail: '1 mistake, listed in `errors`.',
    mistake: [['limit'], { code: 'too_big', names: '100' }],
  },
  idempotency_key_reused: { detail: 'The idempotency key was used for another request.' },
  not_cancellable: { detail: 'The customer’s confirmation came first.', order: confirmed },
  order_refused: { detail: 'Nothing was created: `order.failure` says why.', order: failed },
  rate_limited: { detail: 'Too many requests of this key are under way; nothing was done.' },
  too_many_waiting: { detail: 'Ask again without waiting, or when others of yours have been answered.' },
  headers_too_large: { detail: 'The headers may have at most 16384 bytes.' },
  internal_error: { detail: 'The request may or may not have been taken.' },
  event_not_supported: { detail: 'Events of this name are never wanted.' },
  sequra_unreachable: {
    detail: 'Nothing was created: the tries ran out.',
    order: { ...failed, failure: { code: 'unreachable', http_status: null, errors: [] } },
  },
  sequra_unauthorized: {
    detail: 'Nothing was created: seQura does not accept the merchant’s account.',
    order: { ...failed, failure: { code: 'unauthorized', http_status: 401, errors: [] } },
  },
  sms_refused: { detail: 'seQura refused to send the SMS.', order: unsent },
  temporal_unavailable: { detail: 'The request may or may not have been taken; repeating it is safe.' },
  no_worker: { detail: 'The command may still be carried out; repeating it is safe.' },
  order_stuck: {
    detail:
      'Workers run, but none can carry this order on. The command may still be carried out; repeating it is safe.',
  },
};

/** Where a problem of one operation says something else. */
const OF_OPERATION: Record<string, { path: string; examples: Partial<Record<ProblemCode, Example>> }> = {
  sendSms: {
    path: '/send_sms',
    examples: { sequra_unreachable: { detail: 'No SMS was sent: the tries ran out.', order: unsent } },
  },
};

export function problemExample(code: ProblemCode, operationId: string): ProblemBody {
  const { path = '', examples = {} } = OF_OPERATION[operationId] ?? {};
  const { detail, order, mistake } = examples[code] ?? EXAMPLES[code];
  const instance = order === undefined ? '/v1/orders' : `/v1/orders/${encodeURIComponent(order.id)}${path}`;
  const errors = mistake && [fieldError(...mistake)];
  return problemBody(new Problem(code, detail, { ...(order && { order }), ...(errors && { errors }) }), instance);
}
