// `npm run explore [-- --bounds small|large] [--webhooks 2 …] [--seconds N] [--threads N] [--only WORDS]`: every reachable state of an order, within bounds.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Bounds, Scenario } from './bounds.ts';
import { BOUND_NAMES, SCENARIOS } from './bounds.ts';
import type { Report } from './explore.ts';
import type { Walk, Walked } from './walk.ts';

const PROGRESS_MS = 20_000;

const { values } = parseArgs({
  options: {
    bounds: { type: 'string', default: 'small' },
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    threads: { type: 'string', default: String(availableParallelism()) },
    ...Object.fromEntries(BOUND_NAMES.map((name) => [name, { type: 'string' as const }])),
  },
});

const size = values.bounds === 'large' ? 'large' : 'small';
const chosen = SCENARIOS[size].filter(({ name }) => name.includes(values.only)).map(widened);
const threads = Math.min(Number(values.threads), chosen.length);
const startedAt = Date.now();
const until = values.seconds === undefined ? Infinity : startedAt + Number(values.seconds) * 1000;

function widened(scenario: Scenario): Scenario {
  const given = BOUND_NAMES.flatMap((name) => {
    const value = (values as Record<string, unknown>)[name];
    return typeof value === 'string' ? [[name, Number(value)] as const] : [];
  });
  return { ...scenario, bounds: { ...scenario.bounds, ...(Object.fromEntries(given) as Partial<Bounds>) } };
}

function boundsInWords(bounds: Bounds): string {
  return BOUND_NAMES.filter((name) => bounds[name] > 0)
    .map((name) => `${name} ${bounds[name]}`)
    .join(', ');
}

function sums({ states, transitions, depth, rests, complete, counterExample }: Report): string {
  return `${states} states, ${transitions} transitions, depth ${depth}, ${rests} at rest: ${counterExample !== null ? `ended by a counter-example: ${counterExample.what}` : complete ? 'complete' : 'NOT COMPLETE, the time is up'}`;
}

/** In a thread of its own. What one set of lives leaves of its share of the time, the others get. */
async function walk(scenario: Scenario, share: number): Promise<Report> {
  const lines = [
    scenario.name,
    `  policy: ${JSON.stringify(scenario.policy)}`,
    `  bounds: ${boundsInWords(scenario.bounds)}`,
  ];
  const given: Walk = { scenario, until: Math.min(until, Date.now() + share) };
  const thread = new Worker(new URL('walk.ts', import.meta.url), { workerData: given });
  let shownAt = Date.now();
  const report = await new Promise<Report>((resolve, reject) => {
    thread.once('error', reject);
    thread.on('message', ({ report, isLast }: Walked) => {
      if (isLast) return resolve(report);
      if (Date.now() - shownAt < PROGRESS_MS) return;
      shownAt = Date.now();
      lines.push(`  … depth ${report.depth}: ${report.states} states, ${report.transitions} transitions`);
    });
  });
  console.log(`\n${[...lines, `  ${sums(report)}`].join('\n')}`);
  return report;
}

const reports: Report[] = [];
const waiting = [...chosen];
async function walkOn(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    reports.push(await walk(next, ((until - Date.now()) * threads) / (waiting.length + threads)));
}
await Promise.all(Array.from({ length: threads }, walkOn));

const failed = reports
  .flatMap(({ scenario, counterExample }) => (counterExample === null ? [] : [{ scenario, ...counterExample }]))
  .toSorted((a, b) => a.story.length - b.story.length);
const told = new Set<string>();
for (const { scenario, what, story } of failed) {
  if (told.has(what)) continue;
  told.add(what);
  console.log(`\n✖ ${what}\n  in: ${scenario}`);
  for (const [index, line] of story.entries()) console.log(`  ${String(index + 1).padStart(2)}. ${line}`);
}
const sum = (what: 'states' | 'transitions') => reports.reduce((total, report) => total + report[what], 0);
const incomplete = reports.filter(({ complete }) => !complete).length + chosen.length - reports.length;
const seconds = Math.max(1, Math.round((Date.now() - startedAt) / 1000));
console.log(
  `\n${sum('states')} states, ${sum('transitions')} transitions, depth ${Math.max(0, ...reports.map(({ depth }) => depth))}, in ${seconds} s; ` +
    `${failed.length} counter-examples; ${incomplete === 0 ? 'complete' : `NOT COMPLETE in ${incomplete} of ${chosen.length}: the time was up`}`,
);
if (failed.length > 0 || chosen.length === 0) process.exitCode = 1;
