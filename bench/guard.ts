// What an order leaves in Temporal must be as `expected.json` says: events and actions exactly, bytes within a few per cent, since ids and times
// differ in length.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Figures } from './measure.ts';

const BYTES_MAY_DIFFER = 0.05;

type Expected = Record<string, Figures['history']>;
type Found = Pick<Figures, 'shape' | 'history'>;

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
    return (['events', 'actions', 'bytes'] as const).flatMap((what) => {
      const mayDiffer = what === 'bytes' ? wanted.bytes * BYTES_MAY_DIFFER : 0;
      const differs = Math.abs(history[what] - wanted[what]) > mayDiffer;
      return differs ? [`${shape}: ${history[what]} ${what} in an order's history, expected ${wanted[what]}`] : [];
    });
  });
}
