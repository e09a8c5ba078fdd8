// `node dist/processes/confined.js api`: runs a process under Node's permission model. It may read the program, the files of its settings and its
// own use of memory, write nothing (the simulator: its ledger), start no program and be inspected by nobody.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMain } from '../config/is-main.ts';
import { secretFolders, settingsFiles } from '../config/settings-files.ts';
import { simulatorFiles } from '../simulator/files.ts';

type Files = { read: readonly string[]; folder?: string | undefined };
type Process = {
  script: string;
  /** Loaded before it, in each of its threads. */
  preload?: string;
  files: (args: readonly string[]) => Files;
  more?: readonly string[];
};

/** What the metrics of memory and of open connections are read from. */
const OWN_FACTS = ['/proc/self/status', '/proc/self/fd'];

const ofSettings = (): Files => ({ read: [...OWN_FACTS, ...settingsFiles(), ...secretFolders()] });
const WORKFLOWS = {
  preload: 'temporal/workflow-thread',
  more: ['--allow-addons', '--allow-worker', '--disable-warning=PERM0001', '--disable-warning=PERM0006'],
};

/**
 * What each process may do. The SDK's worker is a native addon, and runs workflows in threads: both let hostile code leave the permission
 * model, so that no process which strangers can reach has them, but for `all`, which is both.
 */
const PROCESSES = {
  api: { script: 'processes/api', files: ofSettings },
  codec: { script: 'processes/codec', files: ofSettings },
  desk: { script: 'processes/desk', files: ofSettings },
  worker: { script: 'processes/worker', files: ofSettings, ...WORKFLOWS },
  all: { script: 'processes/all', files: ofSettings, ...WORKFLOWS },
  'setup-temporal': { script: 'ops/setup-temporal', files: ofSettings },
  simulator: { script: 'simulator/main', files: simulatorFiles },
} as const satisfies Record<string, Process>;
type Name = keyof typeof PROCESSES;

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
/** `dist`, or `src` where this file is run as it is written. */
const program = fileURLToPath(new URL('..', import.meta.url));
const file = (name: string) => `${program}${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;

function nodeArguments(name: Name, args: readonly string[]): string[] {
  const { files, preload, more = [] }: Process = PROCESSES[name];
  const { read, folder } = files(args);
  const own = folder === undefined ? [] : [resolve(folder)];
  // Node allows the contents only of a folder that exists.
  for (const path of own) mkdirSync(path, { recursive: true, mode: 0o700 });
  const readable = [program, ...['node_modules', 'package.json'].map(fromRoot), ...read, ...own];
  return [
    '--disable-sigusr1',
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...own.map((path) => `--allow-fs-write=${path}`),
    ...more,
    ...(preload === undefined ? [] : [`--import=${pathToFileURL(file(preload)).href}`]),
  ];
}

const isName = (name: string): name is Name => Object.hasOwn(PROCESSES, name);

if (isMain(import.meta)) {
  const [, , name = '', ...args] = process.argv;
  if (!isName(name) || process.execve === undefined) {
    console.error(`Usage, on Linux or macOS: node dist/processes/confined.js ${Object.keys(PROCESSES).join(' | ')}`);
    process.exit(1);
  }
  // Replaces this process: it keeps its id, and signals reach it.
  process.execve(process.execPath, [
    process.execPath,
    ...process.execArgv,
    ...nodeArguments(name, args),
    file(PROCESSES[name].script),
    ...args,
  ]);
}
