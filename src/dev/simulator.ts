// The simulator as a process of its own, with its narrow rights and its ledger beside the database of Temporal.
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runInBackground } from './background.ts';
import { LOOPBACK } from './ports.ts';
import { MERCHANTS_FILE, SIMULATOR_DATA, SIMULATOR_LOG } from './settings.ts';

export type RunningSimulator = { url: string; exited: Promise<void>; stop: () => Promise<void> };

const CONFINED = fileURLToPath(new URL('../processes/confined.ts', import.meta.url));
const START_TIMEOUT_MS = 30_000;
const PROBE_EVERY_MS = 50;

/** Resolves when it answers. `apiUrl`: where its webhooks go. */
export async function startSimulatorProcess(port: number, apiUrl: string): Promise<RunningSimulator> {
  const args = ['--merchants', MERCHANTS_FILE, '--data', SIMULATOR_DATA, '--api', apiUrl, '--port', String(port)];
  const { exited, isRunning, stop } = runInBackground(
    process.execPath,
    ['--disable-sigusr1', CONFINED, 'simulator', ...args],
    { env: process.env, logFile: SIMULATOR_LOG },
  );
  const url = `http://${LOOPBACK}:${port}`;
  for (const endMs = performance.now() + START_TIMEOUT_MS; isRunning() && performance.now() < endMs;) {
    const answers = await fetch(`${url}/livez`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return { url, exited, stop };
    await sleep(PROBE_EVERY_MS);
  }
  await stop();
  throw new Error(`The simulator did not start: see ${SIMULATOR_LOG}.`);
}
