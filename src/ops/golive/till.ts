// The API as the merchant's backend calls it: an order is placed, read until it is somewhere, and acted on.
import type { Client, Order } from 'part-payment-orders-client';
import { connect, ProblemError, UnansweredError } from 'part-payment-orders-client';
import { ATTENTIONS } from '../../order/status.ts';
import { NotPassed } from './step.ts';

export type Till = {
  url: string;
  /** Throws `NotPassed` where the API does not answer, or refuses. */
  call<T>(ask: (shop: Client) => Promise<T>): Promise<T>;
  /** The order as soon as `holds`, or something that asks for a human comes in between; null where neither does within `limitMs`. */
  until(id: string, holds: (order: Order) => boolean, limitMs: number): Promise<Order | null>;
};

export function tillOf(apiUrl: string, apiKey: string): Till {
  // Each request once: what does not work at once is to be seen.
  const shop = connect({ baseUrl: apiUrl, apiKey, repeatForMs: 0 });

  const call: Till['call'] = async (ask) => {
    try {
      return await ask(shop);
    } catch (error) {
      if (error instanceof ProblemError) throw problem(error);
      if (!(error instanceof UnansweredError)) throw error;
      throw new NotPassed(
        `the API does not answer at ${apiUrl}: ${error.reason}`,
        'Is it running, and is API_URL its address?',
      );
    }
  };

  return {
    url: apiUrl,
    call,
    async until(id, holds, limitMs) {
      const signal = AbortSignal.timeout(Math.ceil(limitMs));
      const found = async () => {
        for await (const order of shop.changes(id, { signal }))
          if (holds(order) || order.attention !== null) return order;
        return null;
      };
      try {
        return await call(found);
      } catch (error) {
        if (signal.aborted) return null;
        throw error;
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
    'Put the user name and the password that seQura gave you into `username` and `password` of the merchants file: the workers take them within seconds. If they are right, ask seQura whether the account may create orders.',
  sequra_unreachable: 'Can the workers reach SEQURA_BASE_URL? Their log says how the call ended.',
  sms_refused: 'Ask seQura why it sends no SMS to this number (--phone).',
  no_worker: WORKERS,
  order_stuck: 'The workers run code that cannot carry the order on: see docs/operations.md.',
  temporal_unavailable: 'The API does not reach Temporal: see docs/runbooks/temporal-down.md.',
};

/** An answer that should have been another one. */
export function problem({ message, code, order }: ProblemError): NotPassed {
  const failure = order?.failure ?? null;
  const theirs =
    failure === null ? '' : `; seQura: ${[failure.http_status, ...failure.errors.map((e) => e.code)].join(' ')}`;
  return new NotPassed(
    `the API answers ${message}${theirs}`,
    TODO[code ?? ''] ?? 'See docs/problems.md; the API’s log has a line of this request.',
  );
}

/** An order that came to something else, or to nothing in time. */
export function cameTo(order: Order | null, wanted: string): NotPassed {
  if (order === null) return new NotPassed(`the order did not come to ${wanted} in time`, WORKERS);
  const { attention, status, id } = order;
  if (attention === null)
    return new NotPassed(`the order is ${status}, not ${wanted}`, `See what happened to ${id} in the Temporal UI.`);
  const { means, todo } = ATTENTIONS[attention.reason];
  return new NotPassed(`the order asks for a human, ${attention.reason}: ${means}`, `${todo} (${id})`);
}
