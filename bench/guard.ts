// What an order leaves in Temporal must be as `expected.json` says: events, actions and writes exactly, bytes within a few per cent, since ids and times
// differ in length.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Figures } from './measure.ts';

const BYTES_MAY_DIFFER = 0.05;

type Expected = Record<string, Figures['history']>;
type Found = Pick<Figures, 'shape' | 'history'>;

const WORDS = [
  ['events', "events in an order's history"],
  ['actions', 'billable actions of an order'],
  ['bytes', "bytes in an order's history"],
  ['stateWrites', "writes of an order's state"],
  ['visibilityWrites', 'writes of the visibility store for an order'],
] as const satisfies readonly (readonly [keyof Figures['history'], string])[];

const file = new URL('expected.json', import.meta.url);

export const readExpected = () => JSON.parse(readFileSync(file, 'utf8')) as Expected;

export function accept(found: readonly Found[]): void {
  const expected = Object.fromEntries(found.map(({ shape, history }) => [shape, history]));
  writeFileSync(file, `${JSON.stringify(expected, null, 2)}\n`);
}

/** In sentences; none where all is as expected. */
export function unexpected(found: readonly Found[], expected: Expected): string[] {
  return found.flatMap(({ shape, history }) => {
    const wanted = expected[shape];
    if (wanted === undefined) return [`${shape}: nothing is expected of it yet`];
    return WORDS.flatMap(([what, inWords]) => {
      const [its, expects] = [history[what], wanted[what]];
      if (its === null) return [];
      const mayDiffer = what === 'bytes' ? wanted.bytes * BYTES_MAY_DIFFER : 0;
      const isExpected = expects !== null && Math.abs(its - expects) <= mayDiffer;
      return isExpected ? [] : [`${shape}: ${its} ${inWords}, expected ${expects}`];
    });
  });
}
