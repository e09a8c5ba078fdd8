// What a route may be refused with: its own problems, and those that follow from what it asks for.
import type { ProblemCode, ProblemKind } from './http/problem.ts';
import { PROBLEMS } from './http/problem.ts';
import type { Contract } from './route.ts';
import type { HeadersOf } from './schemas/answers.ts';
import { EVERY_ANSWER } from './schemas/answers.ts';

/** Of the HTTP parser, and of what nobody expects. */
const OF_ANY_REQUEST: readonly ProblemCode[] = [
  'malformed_request',
  'request_timeout',
  'body_too_large',
  'headers_too_large',
  'internal_error',
];
/** Of all but webhooks, which no header may lose. */
const OF_HEADERS: readonly ProblemCode[] = ['malformed_header', 'expectation_failed'];
const OF_KEYS: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'not_acceptable',
  'rate_limited',
  'temporal_unavailable',
];
const OF_BODIES: readonly ProblemCode[] = ['malformed_body', 'unsupported_media_type', 'invalid_body'];

/** Where no route is, or none for the method. */
const WITHOUT_ROUTE: readonly ProblemCode[] = [
  ...OF_ANY_REQUEST,
  ...OF_HEADERS,
  'route_not_found',
  'method_not_allowed',
];

/** All of them, each with all of its headers. */
export function problemsOf(route: Contract | undefined): ReadonlyMap<ProblemCode, HeadersOf> {
  const own = Object.entries(route?.problems ?? {}) as [ProblemCode, HeadersOf][];
  const common = route === undefined ? WITHOUT_ROUTE : asked(route);
  return new Map(
    [...common.map((code) => [code, {}] as const), ...own].map(([code, added]) => {
      const { headers }: ProblemKind = PROBLEMS[code];
      return [code, { ...EVERY_ANSWER, ...headers, ...added }];
    }),
  );
}

function asked({ scopes, request }: Contract): ProblemCode[] {
  if (scopes.length === 0) return [...OF_ANY_REQUEST];
  return [
    ...OF_ANY_REQUEST,
    ...OF_HEADERS,
    ...OF_KEYS,
    ...(request.params?.['id'] === undefined ? [] : (['order_not_found'] as const)),
    ...(request.query === undefined ? [] : (['invalid_query'] as const)),
    ...(request.body === undefined ? [] : OF_BODIES),
  ];
}
