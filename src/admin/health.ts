// Whether a process can do its work now: Temporal answers, it is not draining, and whatever else it needs holds.
import { setTimeout as sleep } from 'node:timers/promises';

export type NotReady =
  | 'starting'
  | 'temporal_unreachable'
  | `namespace_not_found: ${string}`
  | `search_attributes_missing: ${string}`
  | 'draining'
  | 'worker_not_polling';
export type Readiness = { ready: boolean; reasons: NotReady[] };

export type Health = {
  readiness: () => Readiness;
  /** From now on not ready: whoever sends work here has time to send it elsewhere. */
  drain: () => void;
  /** Ends the probes. */
  stop: () => void;
};

export type HealthOptions = {
  /** What else keeps the process from its work; null where nothing does. */
  alsoRequired?: () => NotReady | null;
  everyMs?: number;
  deadlineMs?: number;
};

const LATE = Symbol('late');

/**
 * `check` asks Temporal something cheap, says what keeps it from the work, if anything, and may stop asking at `deadline` (Unix time in ms). A loss is noticed after
 * `everyMs + deadlineMs` at the latest: 3 s of the 5 s that are promised.
 */
export function watchTemporal(
  check: (deadline: number) => Promise<NotReady | null | void>,
  { alsoRequired = () => null, everyMs = 1_000, deadlineMs = 2_000 }: HealthOptions = {},
): Health {
  let temporal: NotReady | null = 'starting';
  let draining = false;
  const stopped = new AbortController();

  async function probe(): Promise<void> {
    const late = new AbortController();
    const tooLate = sleep(deadlineMs, LATE, { signal: late.signal, ref: false });
    try {
      const outcome = await Promise.race([check(Date.now() + deadlineMs), tooLate]);
      temporal = outcome === LATE ? 'temporal_unreachable' : (outcome ?? null);
    } catch {
      temporal = 'temporal_unreachable';
    } finally {
      late.abort();
    }
  }

  async function watch(): Promise<void> {
    while (!stopped.signal.aborted) {
      const pause = sleep(everyMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      await probe();
      await pause;
    }
  }
  void watch();

  return {
    readiness() {
      const reasons = [temporal, draining ? ('draining' as const) : null, alsoRequired()].filter(
        (reason) => reason !== null,
      );
      return { ready: reasons.length === 0, reasons };
    },
    drain() {
      draining = true;
    },
    stop: () => stopped.abort(),
  };
}
