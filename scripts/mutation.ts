// `npm run mutation [-- --since REV] [--seconds N] [FILE…]`: breaks `src/order` in every small way, one at a time, and the unit tests must notice.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import type { Mutant } from './mutation-reporter.ts';
import { planned, tested } from './mutation-reporter.ts';

/** At least as many in a hundred are noticed, of a few changed lines fewer; what a handful of survivors may be is looked at, not counted. */
const LEAST_PERCENT = { whole: 90, changed: 75 };
const HANDFUL = 3;

const PROGRESS_MS = 20_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = join(root, '.cache', 'mutation');

/** An example for the documentation. */
const ALL = ['src/order/*.ts', '!src/order/example.ts'];

/** Those that kill most come first; each is run only for what it reaches. */
const KILLERS = ['records', 'decider', 'keyed', 'read-messages', 'names', 'words', 'unvouched', 'spellings', 'tidy'];

const { values, positionals } = parseArgs({
  options: { since: { type: 'string' }, seconds: { type: 'string' }, threads: { type: 'string' } },
  allowPositionals: true,
});

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** A clone may not reach so far back: then from where it begins. */
function reached(rev: string): string {
  try {
    return git('rev-parse', '--verify', `${rev}^{commit}`).trim();
  } catch {
    return git('rev-list', '--reverse', 'HEAD').split('\n', 1)[0] ?? 'HEAD';
  }
}

/** The lines that are there now and were not then, as `file:first-last`. */
function changedLines(rev: string): string[] {
  const lines: string[] = [];
  let file = '';
  for (const line of git('diff', '--unified=0', '--no-prefix', reached(rev), '--', 'src/order').split('\n')) {
    if (line.startsWith('+++ ')) file = line.slice('+++ '.length);
    const [, first, count = '1'] = /^@@ \S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (first === undefined || count === '0' || file === 'src/order/example.ts') continue;
    lines.push(`${file}:${first}-${Number(first) + Number(count) - 1}`);
  }
  return lines;
}

function chosen(): string[] {
  if (values.since !== undefined) return changedLines(values.since);
  if (positionals.length === 0) return ALL;
  return positionals.map((file) => relative(root, resolve(process.env['INIT_CWD'] ?? root, file)));
}

function isNoticed({ status }: Mutant): boolean {
  return status === 'Killed' || status === 'Timeout';
}

function inWords({ fileName, location, mutatorName, replacement }: Mutant): string {
  const lines = readFileSync(fileName, 'utf8').split('\n');
  const { start, end } = location;
  const first = (lines[start.line - 1] ?? '').slice(
    start.column - 1,
    start.line === end.line ? end.column - 1 : undefined,
  );
  const was = start.line === end.line ? first : `${first} …`;
  return `${relative(root, fileName)}:${start.line} ${mutatorName}: ${was} → ${replacement.replaceAll(/\s+/g, ' ')}`;
}

/** What was tried, and what nobody noticed; the exit code follows. */
function report(mutants: readonly Mutant[], isComplete: boolean): void {
  const counted = mutants.filter(({ status }) => ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status));
  const survivors = counted.filter((mutant) => !isNoticed(mutant));
  const noticed = counted.length - survivors.length;
  const percent = counted.length === 0 ? 100 : (100 * noticed) / counted.length;
  console.log('');
  for (const survivor of survivors) console.log(`survived: ${inWords(survivor)}`);
  const end = isComplete ? 'complete' : 'NOT COMPLETE, the time is up';
  console.log(
    `\n${counted.length} mutants: ${noticed} killed (${percent.toFixed(1)} %), ${survivors.length} survived; ${end}`,
  );
  const least = values.since === undefined ? LEAST_PERCENT.whole : LEAST_PERCENT.changed;
  if (percent < least && survivors.length > HANDFUL) process.exitCode = 1;
}

/** Runners that are under way, too. */
function endGroup(): void {
  process.once('SIGTERM', () => {});
  try {
    process.kill(-process.pid);
  } catch {
    // Started without a group of its own.
  }
}

const mutate = chosen();
if (mutate.length === 0) {
  console.log(`Nothing of src/order has changed since ${values.since}.`);
  process.exit();
}

process.chdir(root);
// The runner starts `node` by its name, once for each mutant: what is compiled once need not be again.
process.env['PATH'] = [dirname(process.execPath), process.env['PATH']].join(delimiter);
process.env['NODE_COMPILE_CACHE'] = join(scratch, 'compiled');
rmSync(join(scratch, 'sandbox'), { recursive: true, force: true });

if (values.seconds !== undefined) {
  const atEnd = () => {
    report(tested, false);
    endGroup();
    process.exit();
  };
  setTimeout(atEnd, Number(values.seconds) * 1000).unref();
}

const progress = () => console.log(`… ${tested.length} of ${planned.mutants} mutants tested`);
setInterval(progress, PROGRESS_MS).unref();

const stryker = new Stryker({
  mutate,
  testRunner: 'tap',
  tap: {
    testFiles: KILLERS.map((name) => `test/unit/order/${name}.unit.test.ts`),
    nodeArgs: ['--test-reporter=tap', '-r', '{{hookFile}}', '{{testFile}}'],
  },
  plugins: ['@stryker-mutator/tap-runner', join(root, 'scripts', 'mutation-reporter.ts')],
  reporters: ['tested'],
  coverageAnalysis: 'perTest',
  concurrency: Number(values.threads ?? availableParallelism()),
  // On a machine that is busy elsewhere.
  timeoutMS: 30_000,
  tempDirName: join(scratch, 'sandbox'),
  // Without tsconfig.json, which it would rewrite.
  ignorePatterns: [
    '*',
    '!package.json',
    '!src',
    '!src/**',
    '!test',
    '!test/unit',
    '!test/unit/order/**',
    '!test/support',
    '!test/support/**',
  ],
  disableTypeChecks: false,
  logLevel: 'warn',
} as ConstructorParameters<typeof Stryker>[0]);
report(await stryker.runMutationTest(), true);
