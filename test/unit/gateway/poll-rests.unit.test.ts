// How long a long poll rests: little where workflow tasks are quick, longer where Temporal is busy, and soon little again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TypedSearchAttributes } from '@temporalio/common';
import { pollRests } from '../../../src/gateway/poll-rests.ts';

const NEWS = { event: 1, order: {}, attributes: new TypedSearchAttributes([]) };

/** What it rests before news where so many tasks have taken so long, one after the other. */
function after(...tasks: readonly { taskMs: number; times: number }[]): number {
  const rests = pollRests();
  for (const { taskMs, times } of tasks)
    for (let time = 0; time < times; time += 1) rests.afterMs({ published: time % 2 === 0 ? NEWS : null, taskMs });
  const restMs = rests.beforeNewsMs();
  assert.equal(rests.afterMs({ published: null, taskMs: null }), restMs);
  return restMs;
}

describe('the rest of a long poll', () => {
  it('is 100 ms before the first and after news, however long tasks take', () => {
    const rests = pollRests();
    assert.equal(rests.firstMs, 100);
    for (const taskMs of [null, 15, 60_000]) assert.equal(rests.afterMs({ published: NEWS, taskMs }), 100);
  });

  for (const [what, tasks, restMs] of [
    ['20 ms where nothing is known', [], 20],
    ['20 ms where tasks are quick', [{ taskMs: 15, times: 50 }], 20],
    ['half of what tasks take', [{ taskMs: 200, times: 50 }], 100],
    ['250 ms at most', [{ taskMs: 60_000, times: 50 }], 250],
    [
      'as before, where one task has waited for a worker',
      [
        { taskMs: 15, times: 50 },
        { taskMs: 3_600_000, times: 1 },
        { taskMs: 15, times: 10 },
      ],
      20,
    ],
    [
      'short again soon',
      [
        { taskMs: 60_000, times: 50 },
        { taskMs: 15, times: 20 },
      ],
      20,
    ],
  ] as const)
    it(`is ${what}`, () => assert.equal(Math.round(after(...tasks)), restMs));
});
