// The API as the merchant's backend calls it: an order is placed, read until it is somewhere, and acted on.
import type { OrderView } from '../../order/view.ts';
import { ATTENTIONS } from '../../order/status.ts';
import type { Answer } from './http.ts';
import { ask, isAnswered } from './http.ts';
import { NotPassed } from './step.ts';

export type Till = {
  url: string;
  /** Throws `NotPassed` where the API does not answer. */
  call(method: 'GET' | 'POST', path: string, json?: object, headers?: Record<string, string>): Promise<Answer>;
  /** The order as soon as `holds`, or something that asks for a human comes in between; null where neither does within `limitMs`. */
  until(id: string, holds: (order: OrderView) => boolean, limitMs: number): Promise<OrderView | null>;
};

export const orderPath = (id: string, action = '') => `/v1/orders/${encodeURIComponent(id)}${action}`;

/** Longer than any answer is held. */
const TIMEOUT_MS = 45_000;
const HELD_SECONDS = 20;

export function tillOf(apiUrl: string, apiKey: string): Till {
  const call: Till['call'] = async (method, path, json, headers = {}) => {
    const answer = await ask(apiUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      timeoutMs: TIMEOUT_MS,
    });
    if (isAnswered(answer)) return answer;
    throw new NotPassed(
      `the API does not answer at ${apiUrl}: ${answer.unanswered}`,
      'Is it running, and is API_URL its address?',
    );
  };

  return {
    url: apiUrl,
    call,
    async until(id, holds, limitMs) {
      let etag: string | null = null;
      for (const endsMs = performance.now() + limitMs; ;) {
        const leftSeconds = Math.ceil((endsMs - performance.now()) / 1000);
        const wait = Math.max(1, Math.min(HELD_SECONDS, leftSeconds));
        const answer: Answer = await call(
          'GET',
          `${orderPath(id)}${etag === null ? '' : `?wait=${wait}`}`,
          undefined,
          etag === null ? {} : { 'if-none-match': etag },
        );
        if (answer.status === 200) {
          const order = answer.json as OrderView;
          if (holds(order) || order.attention !== null) return order;
          etag = answer.headers.get('etag');
        } else if (answer.status !== 304) throw problem(answer);
        if (leftSeconds <= 0) return null;
      }
    },
  };
}

const WORKERS =
  'Is a worker running, with the same TASK_QUEUE and the same Temporal as the API? Its /readyz says what it lacks.';

/** What to do about a problem of the API, by its code. */
const TODO: Record<string, string> = {
  unauthenticated: 'API_KEY is no key of this API: take one whose SHA-256 is among `api_keys` of its merchants file.',
  forbidden: 'The key needs the scopes orders:read and orders:write, and this merchant among its `merchants`.',
  invalid_body: 'The walk’s order does not suit this merchant: see docs/problems.md.',
  order_refused:
    'Ask seQura why it refuses an order of this merchant: its store (--store), its country, the amount (--cents).',
  sequra_unauthorized:
    'Put the user name and the password that seQura gave you into `username` and `password` of the merchants file, and restart the workers. If they are right, ask seQura whether the account may create orders.',
  sequra_unreachable: 'Can the workers reach SEQURA_BASE_URL? Their log says how the call ended.',
  sms_refused: 'Ask seQura why it sends no SMS to this number (--phone).',
  no_worker: WORKERS,
  order_stuck: 'The workers run code that cannot carry the order on: see docs/operations.md.',
  temporal_unavailable: 'The API does not reach Temporal: see docs/runbooks/temporal-down.md.',
};

/** An answer that should have been another one. */
export function problem({ status, json }: Answer): NotPassed {
  const code = typeof json['code'] === 'string' ? json['code'] : '';
  const detail = typeof json['detail'] === 'string' ? `: ${json['detail']}` : '';
  const { failure } = (json['order'] ?? {}) as Partial<OrderView>;
  const theirs =
    failure == null ? '' : `; seQura: ${[failure.http_status, ...failure.errors.map((e) => e.code)].join(' ')}`;
  return new NotPassed(
    `the API answers ${status} ${code}${detail}${theirs}`.trimEnd(),
    TODO[code] ?? 'See docs/problems.md; the API’s log has a line of this request.',
  );
}

/** An order that came to something else, or to nothing in time. */
export function cameTo(order: OrderView | null, wanted: string): NotPassed {
  if (order === null) return new NotPassed(`the order did not come to ${wanted} in time`, WORKERS);
  const { attention, status, id } = order;
  if (attention === null)
    return new NotPassed(`the order is ${status}, not ${wanted}`, `See what happened to ${id} in the Temporal UI.`);
  const { means, todo } = ATTENTIONS[attention.reason];
  return new NotPassed(`the order asks for a human, ${attention.reason}: ${means}`, `${todo} (${id})`);
}
