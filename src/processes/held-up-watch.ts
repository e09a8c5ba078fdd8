// Looks at intervals for orders that Temporal holds up, so that each of them asks for a human.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldUp } from '../gateway/find-held-up.ts';
import { heldUpLooks } from '../gateway/find-held-up.ts';
import type { Logger } from '../telemetry/log.ts';
import { errorName } from '../telemetry/log.ts';

const LOOK_EVERY_MS = 15_000;
const LOOK_TIMEOUT_MS = 10_000;

/** Until `signal` aborts. Several workers may do the same: a second signal to an order is harmless. */
export async function watchHeldUp(where: HeldUp, found: () => void, log: Logger, signal: AbortSignal): Promise<void> {
  const look = heldUpLooks(where);
  while (!signal.aborted) {
    try {
      for (const id of await where.client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => look())) {
        found();
        log.warn({ id }, 'a call to seQura is held up in Temporal: its outcome counts as unknown');
      }
    } catch (error) {
      log.debug({ error: errorName(error) }, 'could not look for orders that are held up');
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
