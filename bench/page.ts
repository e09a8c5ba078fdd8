// Writes docs/performance.md, between its marks, and its plot.
import { writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { percentile } from '../test/support/percentile.ts';
import { writeOrCheck } from '../scripts/written-page.ts';
import type { Line } from './plot.ts';
import { plot } from './plot.ts';
import type { ServerName } from './servers.ts';
import type { Round, Section } from './table.ts';
import { markdown, median } from './table.ts';

const COLOURS = ['#1b6ca8', '#c8501e', '#3a7d44', '#7a4fa3'];

/** The machine, and what ran on it, as the beginning of a sentence. */
export function machine(server: string): string {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  const processors = `${availableParallelism()} processors`;
  const day = new Date().toISOString().slice(0, 10);
  return `Measured on ${day}: ${processors}, ${memory}, ${process.platform} ${process.arch}, Node.js ${process.version}, Temporal server ${server}`;
}

export function circumstances(rounds: readonly Round[]): string {
  return `${machine(rounds[0]?.[0]?.server ?? '')}; rounds: ${rounds.length}.`;
}

/** Of one processor, on average over a load. */
const OTHERS_MAY_USE = 0.1;

/** Whether anything else used the machine; null: hardly. */
export function warning(rounds: readonly Round[]): string | null {
  const used = rounds.flat().flatMap(({ measured }) => measured.map(({ busy }) => busy.others));
  const most = Math.max(...used);
  if (most <= OTHERS_MAY_USE) return null;
  const mean = used.reduce((sum, one) => sum + one, 0) / used.length;
  return `Something else used the machine meanwhile: ${mean.toFixed(1)} processors on average, ${most.toFixed(1)} during the worst load. Orders/s and latencies, and their ratios, tell as much of that as of the service; what an order leaves, its heap, and to a lesser degree its CPU do not depend on it.`;
}

/** Which command writes, and to which picture, for each server. */
const PLACES = {
  dev: { command: 'bench', picture: 'performance.svg' },
  postgres: { command: 'bench -- --server postgres', picture: 'performance-postgres.svg' },
} as const satisfies Record<ServerName, object>;

export async function writePage(
  server: ServerName,
  rounds: readonly Round[],
  sections: readonly Section[],
): Promise<void> {
  const { command, picture } = PLACES[server];
  writeFileSync(new URL(`../docs/${picture}`, import.meta.url), latencyPlot(rounds));
  const warned = warning(rounds);
  const tables = sections.map(({ title, rows }) => `**${title}**\n\n${markdown(rows)}`);
  await writeOrCheck({
    path: 'performance.md',
    command,
    written: () =>
      [
        circumstances(rounds),
        ...(warned === null ? [] : [`**Warning.** ${warned}`]),
        `![Latency of an order, from the request to its end, against the orders that are under way at a time](${picture})`,
        ...tables,
      ].join('\n\n'),
  });
}

function latencyPlot(rounds: readonly Round[]): string {
  const shapes = rounds[0]?.map(({ shape }) => shape) ?? [];
  const lines = shapes.flatMap((shape, at): Line[] =>
    [0.5, 0.99].map((share) => ({
      name: `${shape}, p${share * 100}`,
      colour: COLOURS[at % COLOURS.length] ?? '',
      dashed: share !== 0.5,
      points: pointsOf(rounds, shape, share),
    })),
  );
  return plot(lines, 'orders at a time', 'from the request to the end, ms');
}

function pointsOf(rounds: readonly Round[], shape: string, share: number): Line['points'] {
  const measured = rounds.flat().flatMap((figures) => (figures.shape === shape ? figures.measured : []));
  const loads = new Set(measured.flatMap(({ atATime, followed }) => (followed ? [] : [atATime])));
  return [...loads].map((x) => {
    const its = measured.filter(({ atATime, followed }) => atATime === x && !followed);
    return { x, y: median(its.map(({ endMs }) => percentile(endMs, share))) };
  });
}
