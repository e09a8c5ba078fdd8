// The tables of `npm run bench`: what stands for several rounds.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Figures } from '../../../bench/measure.ts';
import { sectionsOf } from '../../../bench/table.ts';

function figures(shape: string, actions: number): Figures {
  const history = { events: 26, actions, bytes: 1_000, stateWrites: 12, visibilityWrites: 4 };
  return { shape, server: '', measured: [], history, heapBytesPerWaitingOrder: null, database: null };
}

/** The row of the billable actions, whose rounds were these for ours, beside 10 each for the bare shape. */
function row(...ours: number[]): string[] | undefined {
  const rounds = ours.map((actions) => [figures('ours', actions), figures('bare', 10)]);
  return sectionsOf(rounds, 'bare')
    .flatMap(({ rows }) => rows)
    .find(([name]) => name === 'billable actions');
}

describe('the tables of the bench', () => {
  for (const [rounds, cell, ratio] of [
    [[20], '20', '2.00'],
    [[20, 60, 30], '30 (20–60)', '3.00'],
    [[20, 60], '40 (20–60)', '4.00'],
    [[60, 20, 90, 40], '50 (20–90)', '5.00'],
  ] as const)
    it(`say ${cell} for ${rounds.join(', ')}`, () => {
      assert.deepEqual(row(...rounds), ['billable actions', '10', cell, ratio]);
    });
});
