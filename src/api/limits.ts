// What one key may have under way in this process, so that it costs no other key, and no webhook, anything.
import { READ_IN_TURN_MS } from '../contract/deadlines.ts';
import type { Response } from 'express';
import type { ApiKey, Config } from '../config/load.ts';
import { TemporalUnavailableError } from '../gateway/errors.ts';
import { turns } from '../gateway/turns.ts';
import { holdSignal } from './hold.ts';
import { Problem } from './problem.ts';

export type Limits = {
  /** A question to Temporal, or a new order, when it is the key's turn. Throws `TooManyAtOnceError`, and `TemporalUnavailableError` within 5 s. */
  inTurn<T>(apiKey: ApiKey, work: () => Promise<T>): Promise<T>;
  /** A command, which may take as long as a worker needs. Throws `TooManyAtOnceError`. */
  commanding<T>(apiKey: ApiKey, work: () => Promise<T>): Promise<T>;
  /** Takes a place among the held answers until the response is closed; aborts when it is, or `draining`. Throws `too_many_waiting`. */
  hold(apiKey: ApiKey, res: Response, draining: AbortSignal | undefined): AbortSignal;
  /** How many answers are held now. */
  held: () => number;
};

/** Each is a millisecond's work here: others wait no longer than for these. */
const READS_AT_ONCE = 50;
const READS_QUEUED = 1_000;
/** They wait in Temporal, which takes 1,200 waiting calls per namespace and frontend by default, those of workers included. */
const COMMANDS_AT_ONCE = 200;
const HOLD_AGAIN_SECONDS = 5;

export function createLimits({ perKey, all }: Config['maxWaiting']): Limits {
  const reads = turns({ perGroup: READS_AT_ONCE, waiting: READS_QUEUED, patienceMs: READ_IN_TURN_MS });
  const commands = turns({ perGroup: COMMANDS_AT_ONCE, waiting: 0, patienceMs: READ_IN_TURN_MS });
  const heldOf = new Map<string, number>();
  let held = 0;

  return {
    async inTurn(apiKey, work) {
      const { promise: late, reject } = Promise.withResolvers<never>();
      late.catch(() => {});
      const timer = setTimeout(() => reject(new TemporalUnavailableError('no answer in time')), READ_IN_TURN_MS);
      try {
        return await reads(apiKey.id, () => Promise.race([work(), late]));
      } finally {
        clearTimeout(timer);
      }
    },

    commanding: (apiKey, work) => commands(apiKey.id, work),

    hold(apiKey, res, draining) {
      const own = heldOf.get(apiKey.id) ?? 0;
      if (own >= perKey || held >= all) {
        throw new Problem(
          'too_many_waiting',
          'Ask again without waiting, or when others of yours have been answered.',
          {
            headers: { 'Retry-After': String(HOLD_AGAIN_SECONDS) },
          },
        );
      }
      const signal = holdSignal(res, draining);
      if (res.destroyed) return signal;
      heldOf.set(apiKey.id, own + 1);
      held += 1;
      res.once('close', () => {
        held -= 1;
        const left = (heldOf.get(apiKey.id) ?? 1) - 1;
        if (left > 0) heldOf.set(apiKey.id, left);
        else heldOf.delete(apiKey.id);
      });
      return signal;
    },

    held: () => held,
  };
}
