// Questions to the visibility store: a text in one, and calls in turns, and again where Temporal refuses them: it takes 10 a second per namespace by default.
import { setTimeout as sleep } from 'node:timers/promises';
import { GRPC, grpcStatus } from '../temporal/grpc-status.ts';
import { TemporalUnavailableError, TooManyAtOnceError } from './errors.ts';
import { turns } from './turns.ts';

export type Patient = <Result>(group: string, work: () => Promise<Result>) => Promise<Result>;

/** Fewer than Temporal takes in a second. One group leaves some to others, and what it gives back goes to others first. */
const AT_ONCE = 8;
const OF_GROUP = 6;
const QUEUED = 1_000;
const AGAIN_MS = 150;

/** `patienceMs`: for how long it waits for its turn, and tries again. Throws `TemporalUnavailableError` where that was not enough. */
export function patient(patienceMs: number): Patient {
  const inTurn = turns({ atOnce: AT_ONCE, perGroup: OF_GROUP, waiting: QUEUED, patienceMs });
  /** Whoever was refused first is the first to ask again. */
  const refused = new Set<() => Promise<unknown>>();
  return async (group, work) => {
    const giveUpAtMs = Date.now() + patienceMs;
    try {
      return await inTurn(group, async () => {
        for (;;) {
          try {
            return await work();
          } catch (error) {
            if (grpcStatus(error) !== GRPC.RESOURCE_EXHAUSTED || Date.now() > giveUpAtMs) throw error;
            refused.add(work);
            await sleep(AGAIN_MS * ([...refused].indexOf(work) + 0.5 + Math.random()));
          }
        }
      });
    } catch (error) {
      if (!(error instanceof TooManyAtOnceError)) throw error;
      throw new TemporalUnavailableError('lists wait for Temporal', { cause: error });
    } finally {
      refused.delete(work);
    }
  };
}

/** A text in a query. The store's parser may misread one with quotes, so whoever asks by such a text compares what is found. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
