// The faults that the service is made for, by number, and the table of docs/reliability.md over the tests that make them happen.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { INVARIANTS } from '../oracle/judge.ts';
import type { Row } from './court.ts';
import { readRows, TABLE_DIR } from './court.ts';

const FAULTS: Readonly<Record<number, string>> = {
  1: 'create: connection refused, or no DNS',
  2: 'create: timeout before effect',
  3: 'create: timeout after effect',
  4: 'create: connection reset',
  5: 'create: 2xx with a cut or unreadable body',
  6: 'create: 2xx with another reference or total',
  7: 'create: 500, 502, 503, 504 with and without effect',
  8: 'create: 429 with Retry-After in seconds, as a date, absurd',
  9: '401 and 403, in mid-life too',
  10: 'create: 422, 404, 409 in all four shapes of errors',
  11: 'create: redirect to another host',
  12: 'create: an answer that drips past the timeout',
  13: 'create: an answer of 50 MB',
  14: 'SMS: outcome unknown',
  15: 'SMS: 422, 429, 401',
  16: 'cancel: answer lost, then 422',
  17: 'cancel: meets a confirmation',
  18: 'cancel: 401 for this order only',
  19: 'cancel: unanswered for longer than `cancel_overdue_seconds`',
  20: 'webhook: the same event ten times, and again later',
  21: 'webhook: out of order',
  22: 'webhook: before the create’s answer',
  23: 'webhook: after deadline, cancel, close',
  24: 'webhook: unknown, malformed, empty, repeated, huge, not UTF-8',
  25: 'webhook: forged token',
  26: 'webhook: our answer lost after we accepted',
  27: 'webhook: all ten tries fall into our outage',
  28: 'a worker killed before, during, after a provider call',
  29: 'the API killed between accepting and answering',
  30: 'every worker dead',
  31: 'Temporal killed, or hanging',
  32: 'Temporal’s database stopped',
  33: 'the network cut, silent or slow between any two hosts',
  34: 'a deploy under load',
  35: 'a non-deterministic deploy and its roll-back',
  36: 'a payload key missing, rotated, wrong; ciphertext corrupted',
  37: 'a burst of ten times the load',
  38: 'an operator’s cancel, terminate, reset or repeated signal',
  39: 'a merchant’s endpoint down, slow, or answering 410',
  40: 'the clock of one host off by an hour',
  41: 'an activity’s options changed, paused, unpaused, reset, with its worker dying',
  42: 'a workflow paused',
  43: 'more updates or signals of an order than Temporal takes',
  44: 'lists refused by Temporal',
  45: 'a batch of the server over many orders: cancel, terminate, reset, signal',
  46: 'an old backup restored',
  47: 'legal answers that nobody asked for',
  48: 'a proxy in front, and one between',
  49: 'a payload put in the place of another order’s',
  50: 'the way to the API closed while deadlines pass',
};

const COLUMNS = ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11', 'I12', 'I13', 'I14', 'I15'];

/** Throws where a test file has left nothing, or a fault has no test. */
export function faultTable(): string {
  const folders = ['.', '../burst'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const files = folders.flatMap((folder) => readdirSync(folder)).filter((name) => name.endsWith('.faults.test.ts'));
  const missing = files.filter((name) => !existsSync(`${TABLE_DIR}${name}.json`));
  if (missing.length > 0)
    throw new Error(`Run \`npm test -- faults burst\` first: nothing is known of ${missing.join(', ')}.`);
  const rows = readRows(files);
  const lines = Object.entries(FAULTS).map(([number, what]) => line(Number(number), what, rows));
  const head = ['', 'fault', ...COLUMNS, 'tests'];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function line(number: number, what: string, all: readonly Row[]): string[] {
  const rows = all.filter(({ fault }) => fault === number);
  if (rows.length === 0) throw new Error(`Fault ${number} has no test: ${what}.`);
  const judged = new Set(rows.flatMap(({ invariants }) => invariants));
  const files = Map.groupBy(rows, ({ file }) => file);
  const tests = [...files].map(([file, its]) => `${file} ${its.length}`).toSorted();
  return [String(number), what, ...COLUMNS.map((invariant) => (judged.has(invariant) ? '✓' : '')), tests.join(', ')];
}

/** In words, for those that evidence shows; the others are measured by the tests themselves. */
export const IN_WORDS: Readonly<Record<string, string>> = {
  ...INVARIANTS,
  I11: 'no personal datum or secret in any output, or in the clear in Temporal’s database',
  I12: 'in a burst, webhooks are answered within 5 s, and within 2 s at p99',
  I13: 'the histories of all its orders replay',
  I14: 'memory and handles come back after a burst',
};
