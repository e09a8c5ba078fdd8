// What one key may have under way in this process, so that it costs no other key, and no webhook, anything.
import { READ_IN_TURN_MS } from '../../contract/time-limits.ts';
import type { Response } from 'express';
import type { ApiKey, Config } from '../../config/model.ts';
import { TemporalUnavailableError } from '../../gateway/errors.ts';
import type { Turns } from '../../gateway/turns.ts';
import { turns } from '../../gateway/turns.ts';
import { waitSignal } from './wait-signal.ts';
import type { Lanes } from './lanes.ts';
import { createLanes } from './lanes.ts';
import { Problem } from './problem.ts';

export type Limits = {
  lanes: Lanes;
  /** A question to Temporal, when it is the key's turn. Throws `TooManyAtOnceError`, and `TemporalUnavailableError` within 5 s. */
  inTurn<T>(apiKey: ApiKey, work: () => Promise<T>): Promise<T>;
  /** As `inTurn`, for new orders. */
  placing<T>(apiKey: ApiKey, work: () => Promise<T>): Promise<T>;
  /** As `inTurn`, for lists: each is many calls. */
  listing<T>(apiKey: ApiKey, work: () => Promise<T>): Promise<T>;
  /** A command, which may take as long as a worker needs. Throws `TooManyAtOnceError`. */
  commanding<T>(apiKey: ApiKey, work: () => Promise<T>): Promise<T>;
  /**
   * Takes a place among the waiting answers until the response is closed; aborts when it is, or `draining`. `endless`: it is to be sent for as
   * long as nobody ends it. Throws `too_many_waiting`.
   */
  wait(apiKey: ApiKey, res: Response, draining: AbortSignal | undefined, endless?: boolean): AbortSignal;
  /** How many answers wait now. */
  waiting: () => number;
};

/** Each is a millisecond's work here: others wait no longer than for these. */
const READS_AT_ONCE = 10;
/** Each is some ten writes in Temporal, and work for a worker. */
const PLACED_AT_ONCE = 20;
const READS_QUEUED = 1_000;
/** Most of what a process asks Temporal at once (gateway/visibility.ts). */
const LISTS_AT_ONCE = 6;
/** They wait in Temporal, which takes 1,200 waiting calls per namespace and frontend by default, those of workers included. */
const COMMANDS_AT_ONCE = 100;
const WAIT_AGAIN_SECONDS = 5;

export function createLimits({ perKey, all }: Config['maxWaiting']): Limits {
  const placings = turns({ perGroup: PLACED_AT_ONCE, waiting: READS_QUEUED, patienceMs: READ_IN_TURN_MS });
  const lists = turns({ perGroup: LISTS_AT_ONCE, waiting: READS_QUEUED, patienceMs: READ_IN_TURN_MS });
  const reads = turns({ perGroup: READS_AT_ONCE, waiting: READS_QUEUED, patienceMs: READ_IN_TURN_MS });
  const commands = turns({ perGroup: COMMANDS_AT_ONCE, waiting: 0, patienceMs: READ_IN_TURN_MS });
  const waitingOf = new Map<string, number>();
  let waiting = 0;

  async function answered<T>(inTurn: Turns, { id }: ApiKey, work: () => Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    late.catch(() => {});
    const timer = setTimeout(() => reject(new TemporalUnavailableError('no answer in time')), READ_IN_TURN_MS);
    try {
      return await inTurn(id, () => Promise.race([work(), late]));
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    lanes: createLanes(),
    inTurn: (apiKey, work) => answered(reads, apiKey, work),
    placing: (apiKey, work) => answered(placings, apiKey, work),
    listing: (apiKey, work) => answered(lists, apiKey, work),
    commanding: (apiKey, work) => commands(apiKey.id, work),

    wait(apiKey, res, draining, endless = false) {
      const own = waitingOf.get(apiKey.id) ?? 0;
      if (own >= perKey || waiting >= all) {
        throw new Problem(
          'too_many_waiting',
          'Ask again without waiting, or when others of yours have been answered.',
          {
            headers: { 'Retry-After': String(WAIT_AGAIN_SECONDS) },
          },
        );
      }
      const signal = waitSignal(res, draining, endless);
      if (res.destroyed) return signal;
      res.locals.turn?.waits();
      waitingOf.set(apiKey.id, own + 1);
      waiting += 1;
      res.once('close', () => {
        waiting -= 1;
        const left = (waitingOf.get(apiKey.id) ?? 1) - 1;
        if (left > 0) waitingOf.set(apiKey.id, left);
        else waitingOf.delete(apiKey.id);
      });
      return signal;
    },

    waiting: () => waiting,
  };
}
