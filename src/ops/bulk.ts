// Carries out changes of many orders in a terminal: with a bar and a result for each, and with a file of those that failed.
import { writeFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import type { Done } from './carry-out.ts';
import { carryOutAll, sumOf } from './carry-out.ts';
import { failedCsv } from './change-file.ts';
import type { Change, Changer } from './change.ts';
import type { Here } from './here.ts';
import { EXIT } from './here.ts';
import { table } from './in-words.ts';

type BulkOptions = { perSecond: number; json: boolean; failedFile: string };

/** What is not begun when Ctrl-C comes counts as failed. */
export async function inBulk(
  here: Here,
  changes: readonly Change[],
  change: Changer,
  { perSecond, json, failedFile }: BulkOptions,
): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort('stopped by Ctrl-C');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const bar = changes.length > 1 && process.stderr.isTTY ? newBar(changes.length) : null;
  const shown: Done[] = [];
  const results = await carryOutAll(changes, change, {
    perSecond,
    stopped,
    done(result) {
      shown.push(result);
      bar?.increment();
      if (bar === null) say(here, result, json);
    },
  });
  bar?.stop();
  if (bar !== null) for (const result of shown) say(here, result, json);
  conclude(here, results, failedFile);
}

function newBar(total: number): SingleBar {
  const bar = new SingleBar({ format: '{bar} {value} of {total}, {eta_formatted} left', clearOnComplete: true });
  bar.start(total, 0);
  return bar;
}

function say(here: Here, { id, action, outcome, what, order }: Done, json: boolean): void {
  if (json)
    here.out(
      JSON.stringify({ id, action, outcome, what, status: order?.status ?? null, attention: order?.attention ?? null }),
    );
  else here.out([outcome.padEnd(11), id, what].join('  '));
}

/** Sums up, and writes the file of those that failed, in the form in which `apply` reads it. */
function conclude(here: Here, results: readonly Done[], failedFile: string): void {
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  if (results.length > 1) here.err(sumOf(results));
  if (failed.length === 0) return;
  here.exitCode = failed.length === results.length ? EXIT.failed : EXIT.some;
  if (results.length === 1) return;
  here.exitCode = EXIT.some;
  const csv = failedCsv(failed);
  try {
    writeFileSync(failedFile, csv, { flag: 'wx', mode: 0o600 });
    here.err(`Those that failed are in ${failedFile}: \`temporal orders apply ${failedFile}\` tries them again.`);
  } catch {
    here.err(`${failedFile} cannot be written; those that failed are:`);
    for (const line of csv.trimEnd().split('\n')) here.err(line);
  }
}

/** What would be done, for `--dry-run`. */
export function sayWouldBe(
  here: Here,
  rows: readonly { change: Change; refusal: string | null }[],
  json: boolean,
): void {
  if (json) {
    for (const { change, refusal } of rows)
      here.out(JSON.stringify({ id: change.id, action: change.action, would: refusal === null, why: refusal }));
    return;
  }
  const cells = rows.map(({ change, refusal }) => [
    change.id,
    change.action,
    refusal === null ? 'would be done' : refusal,
  ]);
  for (const line of table(cells)) here.out(line);
}
