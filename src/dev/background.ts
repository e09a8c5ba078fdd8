// A program that runs beside this process and never outlives it.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';

export type Background = {
  pid: number;
  /** Resolves when it has ended, asked to or not. */
  exited: Promise<void>;
  isRunning: () => boolean;
  /** SIGTERM, and SIGKILL where that does not help. */
  stop: () => Promise<void>;
  /** The last line that it wrote, where it does not write to a file. */
  lastLine: () => string;
};

const STOP_TIMEOUT_MS = 5_000;
const KEPT_OUTPUT_CHARS = 4_000;

/**
 * In a process group of its own: Ctrl-C in a terminal must not end it before those who still need it have finished.
 * It does not keep this process alive.
 */
export function runInBackground(
  command: string,
  args: readonly string[],
  { env, logFile }: { env: NodeJS.ProcessEnv; logFile: string | undefined },
): Background {
  if (logFile !== undefined) mkdirSync(dirname(logFile), { recursive: true });
  const output = logFile === undefined ? 'pipe' : openSync(logFile, 'a');
  const child = spawn(command, args, { env, stdio: ['ignore', output, output], detached: true });
  if (typeof output === 'number') closeSync(output);
  child.unref();

  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-KEPT_OUTPUT_CHARS)));
    (stream as Socket | null)?.unref();
  }

  let running = true;
  const guard = guardOf(child);
  const exited = new Promise<void>((resolve) => {
    function ended() {
      running = false;
      guard?.kill('SIGKILL');
      resolve();
    }
    child.once('exit', ended);
    child.once('error', ended);
  });

  async function end(): Promise<void> {
    // Keeps this process alive until the program has ended.
    child.ref();
    child.kill('SIGTERM');
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(impatient);
  }
  let ending: Promise<void> | null = null;
  return {
    pid: child.pid ?? 0,
    exited,
    isRunning: () => running,
    stop: () => (ending ??= end()),
    lastLine: () => text.trim().split('\n').at(-1) ?? '',
  };
}

/** Waits for the end of this process, SIGKILL included, which closes the pipe between them. */
function guardOf(child: ChildProcess): ChildProcess | null {
  if (child.pid === undefined) return null;
  const script = `cat >/dev/null; kill -TERM "$0"; sleep ${STOP_TIMEOUT_MS / 1000}; kill -KILL "$0"`;
  const guard = spawn('/bin/sh', ['-c', script, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});
  guard.unref();
  return guard;
}
