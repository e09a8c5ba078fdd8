// Carries out changes of many orders: at a rate, with a bar and a result for each, and with a file of those that failed.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { parseOrderId } from '../order/ids.ts';
import type { Change, Changer, Result } from './change.ts';
import { writeCsv } from './csv.ts';
import type { Here } from './here.ts';
import { EXIT } from './here.ts';
import { table } from './in-words.ts';

type Done = Change & Result;

/** However slow they are: a merchant's tills have the workers, too. */
const AT_ONCE = 20;
/** So many in a row that Temporal did not answer end the run. */
const MOST_AWAY = 5;

type BulkOptions = { perSecond: number; json: boolean; failedFile: string };

/** What is not begun when Ctrl-C comes, or when Temporal stays away, counts as failed. */
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
  const results: Done[] = [];
  let away = 0;

  async function one(wanted: Change): Promise<void> {
    const result: Done = { ...wanted, ...(await change(wanted)) };
    away = result.what.startsWith('Temporal does not answer') ? away + 1 : 0;
    if (away >= MOST_AWAY) stopped.abort('Temporal does not answer');
    results.push(result);
    bar?.increment();
    if (bar === null) say(here, result, json);
  }

  const running = new Set<Promise<void>>();
  for (const [index, wanted] of changes.entries()) {
    if (index > 0) await sleep(1_000 / perSecond, undefined, { signal: stopped.signal }).catch(() => {});
    while (running.size >= AT_ONCE) await Promise.race(running);
    if (stopped.signal.aborted) break;
    const work: Promise<void> = one(wanted).finally(() => running.delete(work));
    running.add(work);
  }
  await Promise.all(running);
  const begun = new Set(results.map(({ id, action }) => `${id} ${action}`));
  const left = changes.filter(({ id, action }) => !begun.has(`${id} ${action}`));
  const untried = left.map((wanted): Done => ({ ...wanted, ...notTried(String(stopped.signal.reason)) }));
  bar?.stop();
  if (bar !== null) for (const result of results) say(here, result, json);
  conclude(here, [...results, ...untried], failedFile);
}

function notTried(why: string): Result {
  return { outcome: 'failed', what: `Not tried: ${why}.`, order: null };
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
  const counts = Map.groupBy(results, ({ outcome }) => outcome);
  const failed = counts.get('failed') ?? [];
  if (results.length > 1)
    here.err(
      ['done', 'done before', 'failed']
        .map((word) => `${counts.get(word as Done['outcome'])?.length ?? 0} ${word}`)
        .join(', '),
    );
  if (failed.length === 0) return;
  here.exitCode = failed.length === results.length ? EXIT.failed : EXIT.some;
  if (results.length === 1) return;
  here.exitCode = EXIT.some;
  const csv = failedCsv(failed);
  try {
    writeFileSync(failedFile, csv, { flag: 'wx' });
    here.err(`Those that failed are in ${failedFile}: \`temporal orders apply ${failedFile}\` tries them again.`);
  } catch {
    here.err(`${failedFile} cannot be written; those that failed are:`);
    for (const line of csv.trimEnd().split('\n')) here.err(line);
  }
}

function failedCsv(failed: readonly Done[]): string {
  const rows = failed.map(({ id, action, number = '', what }) => {
    const named = parseOrderId(id);
    return [named?.merchantId ?? '', named?.reference ?? id, action, number, what];
  });
  return writeCsv(['merchant', 'reference', 'action', 'sequra_order_id', 'reason'], rows);
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
