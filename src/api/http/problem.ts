// Every error the API answers with (RFC 9457): one table, described for callers in docs/problems.md.
import type { Response } from 'express';
import type { OrderView } from '../../order/view.ts';
import type { HeadersOf } from '../schemas/answers.ts';
import type { FieldError, ProblemBody } from '../schemas/problem.ts';

export type ProblemKind = {
  status: number;
  title: string;
  headers?: HeadersOf;
  /** The problem lists the mistakes of a body or a query. */
  errors?: true;
  /** The problem carries the order that it is about; `sometimes`: if the order could be read. */
  order?: 'always' | 'sometimes';
};

const LATER = { 'Retry-After': 'always' } as const;

export const PROBLEMS = {
  malformed_body: { status: 400, title: 'The body could not be read' },
  malformed_header: { status: 400, title: 'A header could not be read' },
  malformed_request: { status: 400, title: 'The request is not HTTP' },
  unauthenticated: { status: 401, title: 'A valid API key is needed', headers: { 'WWW-Authenticate': 'always' } },
  forbidden: { status: 403, title: 'The API key does not allow this' },
  order_not_found: { status: 404, title: 'There is no such order' },
  route_not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'This address does not take this method', headers: { Allow: 'always' } },
  not_acceptable: { status: 406, title: 'The answer would have another type' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  reference_conflict: { status: 409, title: 'The reference belongs to another order', order: 'always' },
  action_not_allowed: { status: 409, title: 'The action is not allowed as things are', order: 'sometimes' },
  sequra_order_taken: { status: 409, title: 'The number belongs to another order', order: 'always' },
  sms_not_possible: { status: 409, title: 'The order is not waiting for its customer', order: 'sometimes' },
  sms_limit_reached: { status: 409, title: 'No more SMS for this order', order: 'sometimes' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has another type than the one expected' },
  expectation_failed: { status: 417, title: 'The header Expect asks for what is not done here' },
  invalid_body: { status: 422, title: 'The body has mistakes', errors: true },
  invalid_query: { status: 422, title: 'The query has mistakes', errors: true },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  not_cancellable: { status: 422, title: 'The order can no longer be cancelled', order: 'sometimes' },
  order_refused: { status: 422, title: 'seQura refused the order', order: 'always' },
  rate_limited: { status: 429, title: 'Too many requests', headers: LATER },
  too_many_waiting: { status: 429, title: 'Too many answers are waiting', headers: LATER },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  event_not_supported: { status: 501, title: 'Events of this type are not wanted' },
  sequra_unreachable: { status: 502, title: 'seQura could not be reached', order: 'always' },
  sequra_unauthorized: { status: 502, title: 'seQura refused our account', order: 'always' },
  sms_refused: { status: 502, title: 'seQura refused the SMS', order: 'always' },
  temporal_unavailable: { status: 503, title: 'Orders cannot be reached for the moment', headers: LATER },
  no_worker: { status: 503, title: 'Nobody carries out commands for the moment', headers: LATER },
  order_stuck: { status: 503, title: 'The order cannot be carried on for the moment', headers: LATER },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

type Extras = { errors?: FieldError[]; order?: OrderView; headers?: Record<string, string> };

/** An error that becomes the answer. `detail` is in our own words and holds no value that a caller sent. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly extras: Extras;

  constructor(code: ProblemCode, detail: string, extras: Extras = {}) {
    super(detail);
    this.code = code;
    this.extras = extras;
  }
}

export function problemType(code: ProblemCode): string {
  return `urn:part-payment-orders:problem:${code}`;
}

export function sendProblem(res: Response, problem: Problem): void {
  const { status } = PROBLEMS[problem.code];
  res.status(status).set(problem.extras.headers ?? {});
  // A plain string would make Express add a charset, which this type does not have.
  const body = JSON.stringify(problemBody(problem, instanceOf(res)));
  res.set('Content-Type', 'application/problem+json').send(Buffer.from(body));
}

/** `instance`: the path of the request, where that could be read. */
export function problemBody({ code, message, extras }: Problem, instance?: string): ProblemBody {
  const { status, title } = PROBLEMS[code];
  const { errors, order } = extras;
  return { type: problemType(code), title, status, detail: message, instance, code, errors, order };
}

/** What may not stand in the path of a URI as it is. */
const UNFIT_FOR_PATH = /%(?![\dA-F]{2})|[^\w\-.~!$&'()*+,;=:@/%]/gi;

/** The path of the request, as a URI reference, without its query, and without the secret that ends the path of a webhook. */
function instanceOf({ req: { path } }: Response): string {
  return /webhooks/i.test(path) ? '/webhooks/sequra' : path.replaceAll(UNFIT_FOR_PATH, encodeURIComponent);
}
