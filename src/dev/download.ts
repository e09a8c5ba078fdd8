// The download built into @temporalio/testing. It only comes with starting the server, so this starts one in a process of its own and ends it.
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMain } from '../config/is-main.ts';
import type { Binary } from './binaries.ts';

// Nobody has to wait for a network that lets nothing through.
const NO_PROGRESS_MS = 10_000;

/** The path of the binary in `dir`. */
export async function download(type: Binary['type'], version: string, dir: string): Promise<string> {
  const self = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [self, type, version, dir], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));

  let bytes = 0;
  let stuck = false;
  const watch = setInterval(() => {
    const now = files(dir).reduce((sum, { size }) => sum + size, 0);
    stuck = now === bytes;
    if (stuck) child.kill('SIGKILL');
    bytes = now;
  }, NO_PROGRESS_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(watch));

  if (stuck) throw new Error('nothing came');
  const largest = files(dir).toSorted((a, b) => b.size - a.size)[0];
  if (code !== 0 || largest === undefined) throw new Error(stderr.split(': ').at(-1) || 'it failed');
  return largest.path;
}

function files(dir: string): { path: string; size: number }[] {
  return readdirSync(dir).map((name) => ({ path: join(dir, name), size: statSync(join(dir, name)).size }));
}

if (isMain(import.meta)) {
  const [, , type, version = '', downloadDir = ''] = process.argv;
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download', version, downloadDir } as const;
  try {
    const environment = await (type === 'dev-server'
      ? TestWorkflowEnvironment.createLocal({ server: { executable } })
      : TestWorkflowEnvironment.createTimeSkipping({ server: { executable } }));
    await environment.teardown();
  } catch (error) {
    process.stderr.write(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
