// The problems that a route may answer with, and the headers of each of its answers: its own, and those that follow from its contract.
import type { ProblemCode, ProblemKind } from './http/problem.ts';
import { PROBLEMS } from './http/problem.ts';
import { webhookUrl } from './http/webhook-address.ts';
import type { Contract } from './route.ts';
import type { HeadersOf } from './schemas/answers.ts';
import { EVERY_ANSWER, KEYED_ANSWER } from './schemas/answers.ts';

/** From the HTTP parser, and for unexpected errors. */
const OF_ANY_REQUEST: readonly ProblemCode[] = [
  'malformed_request',
  'request_timeout',
  'body_too_large',
  'headers_too_large',
  'internal_error',
];
/** For every route but webhooks: no header may cost us a webhook. */
const OF_HEADERS: readonly ProblemCode[] = ['malformed_header', 'expectation_failed'];
const OF_KEYS: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'not_acceptable',
  'rate_limited',
  'temporal_unavailable',
];
const OF_BODIES: readonly ProblemCode[] = ['malformed_body', 'unsupported_media_type', 'invalid_body'];

/** Where no route matches, or none with this method. */
const WITHOUT_ROUTE: readonly ProblemCode[] = [
  ...OF_ANY_REQUEST,
  ...OF_HEADERS,
  'rate_limited',
  'route_not_found',
  'method_not_allowed',
];

/** All problems of a route, each with all of its headers. */
export function problemsOf(route: Contract | undefined): ReadonlyMap<ProblemCode, HeadersOf> {
  const own = Object.entries(route?.problems ?? {}) as [ProblemCode, HeadersOf][];
  const common = route === undefined ? WITHOUT_ROUTE : asked(route);
  return new Map(
    [...common.map((code) => [code, {}] as const), ...own].map(([code, added]) => {
      const { headers }: ProblemKind = PROBLEMS[code];
      return [code, { ...everyAnswerOf(route), ...headers, ...added }];
    }),
  );
}

/** The headers of each of its answers; undefined: no route has the address. */
export function everyAnswerOf(route: Contract | undefined): HeadersOf {
  return route !== undefined && webhookUrl(route.path) !== null ? EVERY_ANSWER : KEYED_ANSWER;
}

function asked({ path, scopes, request }: Contract): ProblemCode[] {
  if (webhookUrl(path) !== null) return [...OF_ANY_REQUEST];
  if (scopes.length === 0) return [...OF_ANY_REQUEST, ...OF_HEADERS, 'rate_limited'];
  return [
    ...OF_ANY_REQUEST,
    ...OF_HEADERS,
    ...OF_KEYS,
    ...(request.headers?.['Idempotency-Key'] === undefined ? [] : (['idempotency_key_reused'] as const)),
    ...(request.params?.['id'] === undefined ? [] : (['order_not_found'] as const)),
    ...(request.query === undefined ? [] : (['invalid_query'] as const)),
    ...(request.body === undefined ? [] : OF_BODIES),
  ];
}
