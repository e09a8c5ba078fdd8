// Keeps the ledger in a file of lines, so that it outlives this process. A line is one record as it was then, under its key; the last line of a
// key counts.
import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Call, Delivery, FaultHit, ProviderOrder } from './records.ts';

/** What is kept of each kind; the calls of an order are kept as calls only. */
export type Rows = {
  order: Omit<ProviderOrder, 'calls'> & { calls?: undefined };
  call: Call;
  webhook: Delivery;
  hit: FaultHit;
};
export type Key = number | string;
export type Entry =
  { [K in keyof Rows]: [kind: K, key: Key, row: Rows[K]] }[keyof Rows] | [kind: 'last_id', id: number];

type Journal = {
  /** Kept when it returns; not kept where it throws. */
  write(entry: Entry): void;
  /** Replaces all that was written. */
  replace(entries: readonly Entry[]): void;
  close(): void;
};

export type Kept = { entries: readonly Entry[]; journal: Journal };

/** Nothing is kept. */
export const IN_MEMORY: Kept = { entries: [], journal: { write() {}, replace() {}, close() {} } };

const FILE = 'ledger.jsonl';

const key = z.union([z.int(), z.string()]);
const row = z.record(z.string(), z.unknown());
const entry = z.union([
  z.tuple([z.enum(['order', 'call', 'webhook', 'hit']), key, row]),
  z.tuple([z.literal('last_id'), z.int()]),
]);

/** Makes the folder where it is missing, and closes it to other users: it has customers' data. */
export function openJournal(folder: string, log: (line: string) => void): Kept {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const file = join(folder, FILE);
  return { entries: readEntries(file, log), journal: createJournal(file) };
}

function createJournal(file: string): Journal {
  let fd: number | null = null;

  function close(): void {
    if (fd !== null) closeSync(fd);
    fd = null;
  }

  return {
    close,
    write(entry) {
      if (fd === null) throw new Error('the ledger is closed');
      // Only one process may write to a ledger: the last one that was started.
      if (fstatSync(fd).nlink === 0) throw new Error(`${file} was deleted, or another simulator has taken it over`);
      try {
        writeFileSync(fd, line(entry));
      } catch (error) {
        // Nothing may follow a line that was written in part: the next start drops it only where it is the last.
        close();
        throw error;
      }
    },
    replace(entries) {
      const next = `${file}.new`;
      rmSync(next, { force: true });
      // `s`: it is on the disk before it replaces the other file.
      writeFileSync(next, entries.map(line).join(''), { flag: 'as', mode: 0o600 });
      renameSync(next, file);
      close();
      fd = openSync(file, 'a');
    },
  };
}

const line = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

function readEntries(file: string, log: (line: string) => void): Entry[] {
  const lines = readLines(file);
  return lines.flatMap((text, index) => {
    const parsed = parseEntry(text);
    if (parsed !== null) return [parsed];
    if (index < lines.length - 1)
      throw new Error(`${file}: line ${index + 1} is not one of a ledger. Mend it, or start without that file.`);
    log(`${file}: the last line, ${index + 1}, was cut off and is dropped; nobody has been told of what it said`);
    return [];
  });
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((text) => text !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function parseEntry(text: string): Entry | null {
  try {
    return entry.parse(JSON.parse(text)) as unknown as Entry;
  } catch {
    return null;
  }
}
