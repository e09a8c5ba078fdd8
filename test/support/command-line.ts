// Runs `temporal orders …` as a process of its own, as built, beside a service of a test.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { buildForTests } from '../../scripts/build.ts';
import { payloadKeysSetting } from './canaries.ts';
import type { Service } from './service.ts';
import { TASK_QUEUE } from './service.ts';

/** As built. */
export const PROGRAM = fileURLToPath(new URL('../../dist/ops/temporal-orders.js', import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), 'orders-'));
process.once('exit', () => rmSync(scratch, { recursive: true }));

/** Both streams of the program are the terminal. */
const AT_TERMINAL = `
import os, pty, sys
seen = b''
def read(fd):
    global seen
    data = os.read(fd, 1024)
    if b'[y/N]' in seen + data and b'[y/N]' not in seen: os.write(fd, sys.argv[1].encode() + b'\\r')
    seen += data
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda fd: b'')))
`;

type Said = { code: number | null; stdout: string; stderr: string; lines: string[] };
export type CommandLine = {
  /** Nobody can be asked there. */
  (...args: string[]): Promise<Said>;
  /** At a terminal of its own, where `answer` is typed once something is asked. */
  atTerminal(answer: string, ...args: string[]): Promise<Said>;
  /** Each line of the answer, which is JSON. */
  json<Line>(...args: string[]): Promise<Line[]>;
  /** Where its files are. */
  folder: string;
  env: NodeJS.ProcessEnv;
};

/** `settings`: in place of those that it has by itself, or beside them. */
export function commandLine(service: Service, settings: Record<string, string> = {}): CommandLine {
  const folder = mkdtempSync(join(scratch, 'files-'));
  const env = {
    PATH: process.env['PATH'],
    TZ: 'Europe/Madrid',
    TEMPORAL_ADDRESS: service.address,
    TEMPORAL_NAMESPACE: 'default',
    TASK_QUEUE,
    PAYLOAD_KEYS: payloadKeysSetting(...(service.payloadKeys ?? [])),
    ...settings,
  };

  const run = (...args: string[]) => start(process.execPath, PROGRAM, ...args);

  async function start(program: string, ...args: string[]): Promise<Said> {
    await buildForTests();
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { code, stdout, stderr, lines: stdout.split('\n').filter((line) => line !== '') };
  }

  return Object.assign(run, {
    atTerminal: (answer: string, ...args: string[]) =>
      start('python3', '-c', AT_TERMINAL, answer, process.execPath, PROGRAM, ...args),
    folder,
    env,
    async json<Line>(...args: string[]): Promise<Line[]> {
      const { code, lines, stderr } = await run(...args, '--json');
      if (code !== 0) throw new Error(`temporal orders ${args.join(' ')} ended with ${code}: ${stderr}`);
      return lines.map((line) => JSON.parse(line) as Line);
    },
  });
}
