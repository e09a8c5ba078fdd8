// `npm run soak -- --minutes M [--per-second N] [--record]`: a steady load of orders on the service as processes; what they take, and how soon they
// answer, has to stay as it is. `--record` writes docs/soak.md and its picture.
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { comparison } from '../../scripts/written-page.ts';
import { openSite } from '../support/site.ts';
import { judge, LEAST_POINTS } from './flat.ts';
import type { Load } from './people.ts';
import { startLoad } from './people.ts';
import { plot } from './plot.ts';
import type { Series } from './samples.ts';
import { samples } from './samples.ts';

const EVERY_MS = 10_000;
/** Short enough for an abandoned order to end soon. */
const MERCHANT = { confirm_within_seconds: 20, settle_seconds: 2 };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'per-second': { type: 'string', default: '2' },
    record: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const perSecond = Number(values['per-second']);
if (!(minutes > 0 && perSecond > 0)) throw new Error('--minutes and --per-second are numbers above 0');

async function soak(): Promise<{ load: Load; series: Series[] }> {
  const site = await openSite({
    temporal: 'in memory',
    merchant: MERCHANT,
    settings: { RATE_LIMIT_PER_SECOND: '0', LOG_LEVEL: 'warn' },
  });
  try {
    const endsAt = Date.now() + minutes * 60_000;
    const load = startLoad(site, perSecond);
    const taken = samples(site, load);
    while (Date.now() < endsAt) {
      await sleep(Math.min(EVERY_MS, Math.max(0, endsAt - Date.now())));
      await taken.take();
    }
    await load.stop();
    return { load, series: taken.series() };
  } finally {
    await site.close();
  }
}

const shown = (value: number) => value.toFixed(Math.abs(value) < 10 ? 1 : 0);

function row({ name, unit, points, limit }: Series): string {
  const verdict = judge(points, limit);
  if (verdict === null) return `| ${name} | ${unit} | ${shown(points.at(-1)?.value ?? NaN)} | | | too few points |`;
  const { median, rise, limit: most, flat } = verdict;
  return `| ${name} | ${unit} | ${shown(median)} | ${shown(rise)} | ${shown(most)} | ${flat ? 'flat' : '**rises**'} |`;
}

function report({ load, series }: { load: Load; series: readonly Series[] }): string {
  const ended = [...load.ended].map(([fate, count]) => `${count} ${fate}`).join(', ');
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return [
    `${minutes} minutes, ${perSecond} orders a second, ${load.placed} orders: ${ended}; ${load.wrong.length} went otherwise. Node.js ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${gigabytes} GiB, shared with Temporal, the simulator and the load.`,
    '',
    '| what | unit | median | rise | at most | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...series.map(row),
  ].join('\n');
}

const result = await soak();
const text = report(result);
console.log(text);
for (const one of result.load.wrong.slice(0, 10)) console.log(one);
const rises = result.series.filter(({ points, limit }) => judge(points, limit)?.flat === false);
if (values.record) {
  const fromRoot = (path: string) => fileURLToPath(new URL(`../../docs/${path}`, import.meta.url));
  writeFileSync(fromRoot('soak.svg'), plot(result.series));
  const written = () => `${text}\n\n![Each series over the run](soak.svg)`;
  writeFileSync(fromRoot('soak.md'), (await comparison({ path: 'soak.md', command: 'soak', written })).next);
} else if (minutes * 60_000 < 2 * LEAST_POINTS * EVERY_MS) console.log('Too short to tell whether it is flat.');
process.exit(rises.length === 0 && result.load.wrong.length === 0 ? 0 : 1);
