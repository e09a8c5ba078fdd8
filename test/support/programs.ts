// Starts programs as an operator does: through npm, each as a process of its own, with all settings in its environment.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './waits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Settings = Readonly<Record<string, string>>;

export type Program = {
  script: string;
  stdout: () => string;
  stderr: () => string;
  /** Resolves when npm and every process that it started have ended, with an exit code or a signal. Throws if they do not end. */
  ended: () => Promise<number | NodeJS.Signals>;
  hasEnded: () => boolean;
  /** SIGTERM to npm alone, as from a supervisor. */
  terminate: () => void;
  /** SIGKILL to npm and every process that it started. */
  kill: () => void;
  /** SIGSTOP and SIGCONT to all of them: a host that hangs. */
  pause: () => void;
  resume: () => void;
};

const scratch = mkdtempSync(join(tmpdir(), 'programs-'));
process.once('exit', () => rmSync(scratch, { recursive: true }));
const programs: Program[] = [];

/** `npm run`, with these settings and no others. */
export function npmRun(script: string, settings: Settings, ...args: string[]): Program {
  const child = spawn('npm', ['run', '--silent', script, '--', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: scratch, npm_config_update_notifier: 'false', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('npm could not be started');
  // The guard waits for this process to end, in whatever way, and then kills the program.
  const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -KILL "-$0"', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });

  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  let ending: number | NodeJS.Signals | null = null;
  child.once('close', (code, signal) => {
    ending = code ?? signal;
    guard.kill('SIGKILL');
  });
  const program: Program = {
    script,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended: () => until(`npm run ${script} ends`, () => ending),
    hasEnded: () => ending !== null,
    terminate: () => void child.kill('SIGTERM'),
    kill: () => void process.kill(-pid, 'SIGKILL'),
    pause: () => void process.kill(-pid, 'SIGSTOP'),
    resume: () => void process.kill(-pid, 'SIGCONT'),
  };
  programs.push(program);
  return program;
}

/** The whole output of every program. */
export function everyOutput(): { stdout: string; stderr: string } {
  return {
    stdout: programs.map(({ stdout }) => stdout()).join(''),
    stderr: programs.map(({ stderr }) => stderr()).join(''),
  };
}
