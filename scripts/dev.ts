// `npm run dev`: the whole stack without its three orders, started again whenever a file of `src` changes. Not by `node --watch`, which sends
// messages to every thread that the SDK's threads take for their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
/** An editor writes a file in several steps, and often several files. */
const QUIET_MS = 300;

function start() {
  return spawn(process.execPath, [...process.execArgv, `${SRC}dev/main.ts`, '--bare'], { stdio: 'inherit' });
}

let stack = start();
const stop = async () => {
  if (stack.exitCode !== null || stack.signalCode !== null) return;
  const exited = once(stack, 'exit');
  stack.kill();
  await exited;
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void stop().then(() => process.exit(0)));

let soon: NodeJS.Timeout | undefined;
let restarted = Promise.resolve();
async function restart(changed: string): Promise<void> {
  await restarted;
  console.log(`src/${changed} has changed: starting again …`);
  await stop();
  stack = start();
}
for await (const { filename } of watch(SRC, { recursive: true })) {
  if (filename?.endsWith('.ts') !== true) continue;
  clearTimeout(soon);
  soon = setTimeout(() => {
    restarted = restart(filename);
  }, QUIET_MS);
}
