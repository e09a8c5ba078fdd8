// Workflows of a worker in a test of its threads (`trying-worker.ts`).
import { condition, log, sleep } from '@temporalio/workflow';

/** Never leaves its first turn. */
export async function spins(): Promise<void> {
  for (;;);
}

/** Never leaves a turn that it comes to by a promise. */
export async function spinsLater(): Promise<void> {
  await sleep(1);
  for (;;) await Promise.resolve();
}

/** Leaves a turn that has no end behind where its first one is broken off. */
export async function spinsTwice(): Promise<void> {
  void (async () => {
    await Promise.resolve();
    for (;;) await Promise.resolve();
  })();
  for (;;);
}

/** Fails a turn, and leaves one that has no end behind. */
export async function spinsAfterFailing(): Promise<void> {
  let looks = 0;
  await condition(() => {
    if ((looks += 1) === 1) return false;
    void (async () => {
      for (;;) await Promise.resolve();
    })();
    throw new Error('not this time');
  });
}

export async function ends(): Promise<string> {
  return 'ended';
}

/** Logs in its first activation and in its third. */
export async function says(): Promise<void> {
  log.warn('first word');
  await sleep(1);
  await sleep(1);
  log.error('last word');
  log.debug('nobody asks');
  await sleep(1);
}

const HOUR_MS = 3_600_000;

async function inner(): Promise<void> {
  await condition(() => false, HOUR_MS);
}

/** Waits for several things, in several ways. */
export async function waits(): Promise<void> {
  await Promise.race([
    inner(),
    Promise.all([sleep(HOUR_MS), condition(() => false)]),
    Promise.any([sleep(HOUR_MS), inner()]),
  ]);
}
