// `npm test [-- (tier | file | folder)… --grep words]`: runs tiers, or what of them is named, one tier after the other, and ends with one line of sums.
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** How many files run at a time: one where a file measures time or keeps the machine busy; more where it mostly waits. */
const TIERS = {
  unit: availableParallelism(),
  provider: availableParallelism(),
  simulator: availableParallelism(),
  workflow: 2,
  integration: 2,
  clients: 1,
  browser: 1,
  replay: 1,
  faults: 3,
  burst: 1,
  hostile: 1,
  alerts: 1,
};
type Tier = keyof typeof TIERS;
/** Not run unless named: one measures time on a machine that it floods, one needs Prometheus. */
const BY_NAME: readonly Tier[] = ['hostile', 'alerts'];
const STARTS_PROCESSES: readonly Tier[] = ['integration', 'faults', 'burst', 'hostile', 'alerts'];

// Longer than any single test may take; a tier that is silent for this long hangs.
const SILENCE_MS = 5 * 60_000;

type Sums = { passed: number; failed: number; skipped: number };
type TestEnd = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

const root = fileURLToPath(new URL('..', import.meta.url));
const interrupted = new AbortController();

/** Counts leaves: a suite, or a test that holds tests, counts only where it fails by itself, in a hook for example. */
function count(ends: readonly TestEnd[]): Sums {
  const sums: Sums = { passed: 0, failed: 0, skipped: 0 };
  const parents = new Set(ends.map(({ data }) => `${entryFile(data)} ${data.parentId}`));
  for (const { type, data } of ends) {
    const holdsTests = data.details.type === 'suite' || parents.has(`${entryFile(data)} ${data.testId}`);
    if (data.skip || data.todo) sums.skipped += holdsTests ? 0 : 1;
    else if (type === 'test:fail')
      sums.failed += holdsTests && failureType(data.details.error) === 'subtestsFailed' ? 0 : 1;
    else if (entryFile(data) !== null) sums.passed += holdsTests ? 0 : 1;
  }
  return sums;
}

function failureType(error: object): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}

/** The test file that a test is part of; null where the file reports as a whole: it failed as a file, or holds no test. */
function entryFile(data: object): string | null {
  return 'entryFile' in data ? String(data.entryFile) : null;
}

async function runTier(tier: Tier): Promise<Sums> {
  const dir = join(root, 'test', tier);
  const all = existsSync(dir) ? globSync('**/*.test.ts', { cwd: dir }) : [];
  const chosen = [...new Set(namedFiles.filter(({ tier: its }) => its === tier).map(({ file }) => file))];
  const files = namedTiers.includes(tier) || chosen.length === 0 ? all : chosen;
  console.log(`\n# ${tier}`);
  if (files.length === 0) return complain(`test/${tier} holds no *.test.ts file.`);

  const stop = new AbortController();
  const ends: TestEnd[] = [];
  const events = run({
    files: files.toSorted().map((name) => join(dir, name)),
    concurrency: TIERS[tier],
    ...(grep !== undefined && { testNamePatterns: [new RegExp(grep.replaceAll(/[^\w\s]/g, '\\$&'), 'i')] }),
    signal: AbortSignal.any([stop.signal, interrupted.signal]),
  });

  async function* shown(): AsyncGenerator<TestEvent> {
    let silence = setTimeout(() => stop.abort(), SILENCE_MS);
    for await (const event of events as AsyncIterable<TestEvent>) {
      silence.refresh();
      if (event.type === 'test:pass' || event.type === 'test:fail') ends.push(event);
      if (!isSum(event)) yield event;
    }
    clearTimeout(silence);
  }
  await pipeline(Readable.from(shown()), new spec(), async (lines) => {
    for await (const line of lines) process.stdout.write(line);
  });

  const sums = count(ends);
  const empty = ends
    .filter(({ type, data }) => type === 'test:pass' && entryFile(data) === null)
    .map(({ data }) => data.file);
  for (const file of empty) add(sums, complain(`${file} holds no test.`));
  if (stop.signal.aborted) complain(`${tier} was stopped: nothing happened for ${SILENCE_MS / 60_000} minutes.`);
  else if (sums.passed + sums.failed === 0) add(sums, complain(`${tier} ran no test.`));
  return sums;
}

/** The reporter's own sums of a tier, which count differently. */
function isSum(event: TestEvent): boolean {
  return event.type === 'test:summary' || (event.type === 'test:diagnostic' && event.data.file === undefined);
}

function complain(sentence: string): Sums {
  console.log(`✖ ${sentence}`);
  return { passed: 0, failed: 1, skipped: 0 };
}

function add(total: Sums, { passed, failed, skipped }: Sums): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

const isTier = (name: string): name is Tier => Object.hasOwn(TIERS, name);

/** Test files by a path, or by that of their folder, from where the command was typed or from the root; none where it is of no tier. */
function testFiles(name: string): { tier: Tier; file: string }[] {
  const path = [resolve(process.env['INIT_CWD'] ?? root, name), resolve(root, name)].find((path) => existsSync(path));
  if (path === undefined) return [];
  const [tier = '', ...below] = relative(join(root, 'test'), path).split(sep);
  if (!isTier(tier)) return [];
  const file = join(...below);
  if (file.endsWith('.test.ts')) return [{ tier, file }];
  return globSync(join(file, '**/*.test.ts'), { cwd: join(root, 'test', tier) }).map((file) => ({ tier, file }));
}

const { values, positionals: named } = parseArgs({ options: { grep: { type: 'string' } }, allowPositionals: true });
const { grep } = values;
const namedTiers = named.filter(isTier);
const namedFiles = named.filter((name) => !isTier(name)).flatMap(testFiles);
const unknown = named.filter((name) => !isTier(name) && testFiles(name).length === 0);
if (unknown.length > 0) {
  console.error(
    `No tier, test file or folder of tests is called ${unknown.join(', ')}; tiers: ${Object.keys(TIERS).join(', ')}.`,
  );
  process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());

// A tier that nobody asked for by name may not exist yet; one that exists may not be empty.
const tiers = Object.keys(TIERS)
  .filter(isTier)
  .filter((tier) =>
    named.length > 0
      ? namedTiers.includes(tier) || namedFiles.some((file) => file.tier === tier)
      : !BY_NAME.includes(tier) && existsSync(join(root, 'test', tier)),
  );
const total: Sums = { passed: 0, failed: 0, skipped: 0 };
if (tiers.some((tier) => STARTS_PROCESSES.includes(tier))) {
  const { buildForTests } = await import('./build.ts');
  await buildForTests();
}
for (const tier of tiers) if (!interrupted.signal.aborted) add(total, await runTier(tier));

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || interrupted.signal.aborted ? 1 : 0;
