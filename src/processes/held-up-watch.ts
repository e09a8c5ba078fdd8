// A worker looks again and again for orders that Temporal holds up, so that each of them asks a human.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldUp } from '../gateway/find-held-up.ts';
import { endHeldUp } from '../gateway/find-held-up.ts';
import type { Logger } from '../telemetry/log.ts';
import { errorName } from '../telemetry/log.ts';

const LOOK_EVERY_MS = 15_000;
const LOOK_TIMEOUT_MS = 10_000;

/** Until `signal` aborts. Several workers may do the same: telling an order twice is harmless. */
export async function watchHeldUp(where: HeldUp, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const ids = await where.client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => endHeldUp(where));
      for (const id of ids) log.warn({ id }, 'a call to seQura is held up in Temporal: its outcome counts as unknown');
    } catch (error) {
      log.debug({ error: errorName(error) }, 'could not look for orders that are held up');
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
