// The figures of all rounds as a table: a row for each thing that is measured, a column for each shape, each beside the bare one.
import { percentile } from '../test/support/percentile.ts';
import type { Measured } from './load.ts';
import type { Figures, MeasuredLoad } from './measure.ts';

/** Of one round. */
export type Round = readonly Figures[];

/** What was measured together. */
export type Section = { title: string; rows: string[][] };

type Row = { name: string; of: (figures: Figures) => number | null; digits: number };

/** The parts that are ours, or the bare shape's. */
const OF_US = ['api', 'worker', 'all', 'bare'];

const titleOf = ({ atATime, followed }: Measured) =>
  `${atATime} at a time, ${followed ? 'and the shop follows each to its end' : 'their ends seen by others'}`;
const sumOf = (cpu: Record<string, number>, parts: readonly string[]) =>
  parts.reduce((sum, part) => sum + (cpu[part] ?? 0), 0);

type LoadRow = { name: string; of: (measured: MeasuredLoad) => number | null; digits: number };

const percentiles = (name: string, times: (measured: Measured) => readonly number[]): LoadRow[] =>
  [0.5, 0.99].map((share) => ({
    name: `${name} p${share * 100}, ms`,
    of: (measured) => (times(measured).length === 0 ? null : percentile(times(measured), share)),
    digits: 0,
  }));

const LOAD_ROWS: readonly LoadRow[] = [
  { name: 'orders/s', of: ({ ordersPerSecond }) => ordersPerSecond, digits: 1 },
  ...percentiles('POST', ({ postMs, followed }) => (followed ? [] : postMs)),
  ...percentiles('created, told', ({ createdMs }) => createdMs),
  ...percentiles('webhook', ({ webhookMs }) => webhookMs),
  { name: 'webhooks that seQura had to repeat', of: ({ webhooksRepeated }) => webhooksRepeated || null, digits: 0 },
  ...percentiles('end', ({ endMs }) => endMs),
  { name: 'CPU of Temporal per order, ms', of: ({ cpuMsPerOrder: cpu }) => cpu['Temporal'] ?? null, digits: 1 },
  { name: 'CPU of PostgreSQL per order, ms', of: ({ cpuMsPerOrder: cpu }) => cpu['PostgreSQL'] ?? null, digits: 1 },
  { name: 'CPU of our processes per order, ms', of: ({ cpuMsPerOrder: cpu }) => sumOf(cpu, OF_US), digits: 1 },
  { name: '– of them the API, ms', of: ({ cpuMsPerOrder: cpu }) => cpu['api'] ?? null, digits: 1 },
  { name: 'long polls of Temporal per order', of: ({ pollsPerOrder }) => pollsPerOrder, digits: 1 },
];

const ORDER_ROWS: readonly Row[] = [
  { name: 'history events', of: ({ history }) => history.events, digits: 0 },
  { name: 'billable actions', of: ({ history }) => history.actions, digits: 0 },
  { name: 'history as JSON, KB', of: ({ history }) => history.bytes / 1_000, digits: 1 },
  {
    name: 'worker heap per waiting order, KiB',
    of: ({ heapBytesPerWaitingOrder: bytes }) => (bytes === null ? null : bytes / 1_024),
    digits: 0,
  },
  { name: "writes of the order's state", of: ({ history }) => history.stateWrites, digits: 0 },
  { name: 'commits, idle work included', of: ({ database }) => database?.commits ?? null, digits: 0 },
  { name: 'WAL, KB', of: ({ database }) => (database === null ? null : database.walBytes / 1_000), digits: 0 },
  {
    name: 'visibility writes',
    of: ({ database, history }) => database?.visibilityWrites ?? history.visibilityWrites,
    digits: 1,
  },
];

/** Of an even number: half way between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}

/** Each with a header; each row has its name first. */
export function sectionsOf(rounds: readonly Round[], bare: string): Section[] {
  const loads = rounds[0]?.[0]?.measured ?? [];
  const ofLoads = loads.map((load, at) => {
    const rows = LOAD_ROWS.map(({ name, of, digits }) => ({
      name,
      of: ({ measured }: Figures) => (measured[at] === undefined ? null : of(measured[at])),
      digits,
    }));
    return { title: titleOf(load), rows: rowsOf(rounds, bare, rows) };
  });
  return [...ofLoads, { title: 'One order', rows: rowsOf(rounds, bare, ORDER_ROWS) }];
}

function rowsOf(rounds: readonly Round[], bare: string, rows: readonly Row[]): string[][] {
  const shapes = [bare, ...(rounds[0] ?? []).map(({ shape }) => shape).filter((shape) => shape !== bare)];
  const header = ['', ...shapes.flatMap((shape) => (shape === bare ? [shape] : [shape, 'ratio']))];
  const cells = (row: Row) =>
    shapes.flatMap((shape) => {
      const pairs = rounds.map((round) => ({ its: valueOf(round, shape, row), bares: valueOf(round, bare, row) }));
      const ratios = pairs.flatMap(({ its, bares }) => (its === null || bares === null ? [] : its / bares));
      const value = spread(
        pairs.flatMap(({ its }) => its ?? []),
        row.digits,
      );
      return shape === bare ? [value] : [value, ratios.length === 0 ? '' : median(ratios).toFixed(2)];
    });
  return [header, ...rows.map((row) => [row.name, ...cells(row)]).filter(([, ...texts]) => texts.some(Boolean))];
}

function valueOf(round: Round, shape: string, { of }: Row): number | null {
  const figures = round.find((its) => its.shape === shape);
  return figures === undefined ? null : of(figures);
}

function spread(values: readonly number[], digits: number): string {
  if (values.length === 0) return '';
  const [least, middle, most] = [Math.min(...values), median(values), Math.max(...values)].map((value) =>
    value.toFixed(digits),
  );
  return least === most ? `${middle}` : `${middle} (${least}–${most})`;
}

export function print(rows: readonly string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}

/** The first row is the header. */
export function markdown([header = [], ...rows]: readonly string[][]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
