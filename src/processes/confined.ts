// `node dist/processes/confined.js api`: runs a process under Node's permission model. It reads the program, the files of its settings and how much
// it uses itself, and writes nothing, starts no program and lets nobody inspect it.
import { fileURLToPath } from 'node:url';
import { isMain } from '../config/is-main.ts';
import { settingsFiles } from '../config/settings-files.ts';

/**
 * What each needs besides: the SDK's worker is a native addon and keeps workflows in threads. Both are ways out of the permission model for
 * code that is already hostile, so the processes that strangers can reach have neither.
 */
const RIGHTS = {
  api: [],
  codec: [],
  worker: ['--allow-addons', '--allow-worker', '--disable-warning=PERM0001', '--disable-warning=PERM0006'],
} as const satisfies Record<string, readonly string[]>;
type Name = keyof typeof RIGHTS;

/** What the metrics of memory and of open connections are read from. */
const OWN_FACTS = ['/proc/self/status', '/proc/self/fd'];

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export function nodeArguments(name: Name, files: readonly string[]): string[] {
  const readable = [...['dist', 'node_modules', 'package.json'].map(fromRoot), ...OWN_FACTS, ...files];
  return ['--disable-sigusr1', '--permission', ...readable.map((path) => `--allow-fs-read=${path}`), ...RIGHTS[name]];
}

const isName = (name: string): name is Name => Object.hasOwn(RIGHTS, name);

if (isMain(import.meta)) {
  const [, , name = '', ...args] = process.argv;
  if (!isName(name) || process.execve === undefined) {
    console.error(`Usage, on Linux or macOS: node dist/processes/confined.js ${Object.keys(RIGHTS).join(' | ')}`);
    process.exit(1);
  }
  // In the place of this one: the process keeps its id, and signals reach it.
  const script = fromRoot(`dist/processes/${name}.js`);
  process.execve(process.execPath, [
    process.execPath,
    ...process.execArgv,
    ...nodeArguments(name, settingsFiles()),
    script,
    ...args,
  ]);
}
