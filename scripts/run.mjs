// Runs a TypeScript file with Node 24 where only Node 20 and npm are given: `node scripts/run.mjs <file.ts> [args…]`.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

// The packages of `clients/` as they are written, not as they were built last.
const SOURCES = '--conditions=part-payment-orders-source';

// Ctrl-C reaches this process from the terminal and once more from npm: the file it runs hears it once.
const SAME_SIGNAL_WITHIN_MS = 500;

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

const major = (version) => Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return null;
  }
}

/** By content, since a fresh clone has fresh times. npm writes the second file when it has finished, and leaves out what other platforms need. */
function isInstalled() {
  const wanted = lockedPackages('package-lock.json');
  if (wanted === null) return stop('package-lock.json is missing or unreadable: restore it from version control.');
  const present = lockedPackages(join('node_modules', '.package-lock.json')) ?? {};
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    if (path === '') return true;
    const found = present[path];
    if (found === undefined) return Boolean(optional || devOptional);
    return found.version === version && found.integrity === integrity;
  });
}

function install() {
  console.error('Installing the packages of package-lock.json (npm ci) …');
  // Without node_modules/.bin, which npm ci is about to remove.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((dir) => !dir.endsWith(`${sep}node_modules${sep}.bin`))
    .join(delimiter);
  const { status, error } = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error) stop('npm could not be run: install npm, which comes with Node.js, then try again.');
  if (status !== 0) {
    stop(
      'Installing the packages failed; npm says why above. Most often it is the network or the registry: try again.',
    );
  }
}

function node24() {
  const installed = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
  if (installed.status === 0 && major(installed.stdout) >= 24) return join(bin, 'node');
  if (major(process.version) >= 24) return process.execPath;
  return stop(
    `Node 24 is needed; this is ${process.version}, and the copy that npm installs does not run: ` +
      'let it be set up with `npm rebuild node`, or use Node 24 yourself.',
  );
}

/** In a process group of its own, so that a signal reaches it through here and only once; ended, too, when this process is killed outright. */
function run(node, file, args) {
  const child = spawn(node, [SOURCES, file, ...args], { stdio: 'inherit', detached: true });
  child.on('error', () => stop(`${node} could not be started.`));
  const guard = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -TERM "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.on('error', () => {});

  const heardAt = {};
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const again = Date.now() - (heardAt[signal] ?? 0) < SAME_SIGNAL_WITHIN_MS;
      heardAt[signal] = Date.now();
      if (!again) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    guard.kill('SIGKILL');
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

if (major(process.version) < 20) stop(`Node 20 or newer is needed; this is ${process.version}.`);
const [file, ...args] = process.argv.slice(2);
if (file === undefined) stop('Usage: node scripts/run.mjs <file.ts> [args…]');
if (!isInstalled()) install();
run(node24(), resolve(root, file), args);
