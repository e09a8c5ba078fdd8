// How long a long poll rests: little where workflow tasks and steps are quick, longer where Temporal or seQura is slow, and soon little again.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PollRests } from '../../../src/gateway/poll-rests.ts';
import { pollRests } from '../../../src/gateway/poll-rests.ts';
import type { Order } from '../../../src/order/order.ts';
import { after, awaiting, happen, newOrder } from '../../support/orders.ts';

const CREATING = after(newOrder(), happen.createStarted);
const SMS_UNDER_WAY = after(CREATING, happen.created);
const WAITING = awaiting();

function learnt(rests: PollRests, what: { taskMs?: number; newsMs?: number }, times: number, before?: Order): void {
  for (let time = 0; time < times; time += 1) rests.learn({ taskMs: null, newsMs: null, ...what }, before);
}

describe('the rest of a long poll', () => {
  for (const [what, tasks, restMs] of [
    ['20 ms where nothing is known', [], 20],
    ['20 ms where too little is known', [{ taskMs: 200, times: 4 }], 20],
    ['20 ms where tasks are quick', [{ taskMs: 15, times: 50 }], 20],
    ['as long as tasks take', [{ taskMs: 200, times: 5 }], 200],
    ['250 ms at most', [{ taskMs: 60_000, times: 50 }], 250],
    [
      'as before, where some tasks have waited for a worker',
      [
        { taskMs: 15, times: 50 },
        { taskMs: 3_600_000, times: 7 },
      ],
      20,
    ],
    [
      'short again soon',
      [
        { taskMs: 60_000, times: 50 },
        { taskMs: 15, times: 8 },
      ],
      20,
    ],
  ] as const)
    it(`is ${what}, before news`, () => {
      const rests = pollRests();
      for (const { taskMs, times } of tasks) learnt(rests, { taskMs }, times);
      assert.equal(rests.beforeNewsMs(), restMs);
      for (const order of [undefined, CREATING, SMS_UNDER_WAY, WAITING])
        assert.deepEqual([rests.afterNoNewsMs(order, 0), rests.afterNewsMs(order)], [restMs, 100]);
    });

  for (const [what, order] of [
    ['is created', CREATING],
    ['gets its SMS', SMS_UNDER_WAY],
  ] as const)
    it(`lasts, while an order ${what}, nine tenths of the time that this lately took for its merchant`, () => {
      const rests = pollRests();
      learnt(rests, { newsMs: 400 }, 15, order);
      assert.deepEqual([rests.afterNewsMs(order), rests.afterNoNewsMs(order, 300)], [360, 90]);
      assert.deepEqual([rests.afterNoNewsMs(order, 390), rests.afterNoNewsMs(order, 3_600_000)], [20, 20]);
      const others = [CREATING, SMS_UNDER_WAY, WAITING].filter((other) => other !== order);
      for (const other of [...others, { ...order, merchantId: 'another' }, undefined])
        assert.deepEqual([rests.afterNewsMs(other), rests.afterNoNewsMs(other, 0)], [100, 20]);
      learnt(rests, { newsMs: 20_000 }, 7, order);
      assert.equal(rests.afterNewsMs(order), 360, 'some that took long say nothing about the others');
      learnt(rests, { newsMs: 20_000 }, 1, order);
      assert.equal(rests.afterNewsMs(order), 1_000, 'a second at most');
    });

  it('forgets within a minute', (t: TestContext) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const rests = pollRests();
    const restsMs = () => [rests.beforeNewsMs(), rests.afterNewsMs(CREATING)];
    learnt(rests, { taskMs: 200, newsMs: 400 }, 15, CREATING);
    t.mock.timers.tick(59_999);
    assert.deepEqual(restsMs(), [200, 360]);
    t.mock.timers.tick(1);
    assert.deepEqual(restsMs(), [20, 100]);
  });

  it('is never shorter than 20 ms, nor longer than a second, whatever was learnt and whatever the clock says', () => {
    const ms = fc.oneof(fc.constant(null), fc.integer({ min: -10_000, max: 10_000_000 }));
    const order = fc.constantFrom(undefined, CREATING, SMS_UNDER_WAY, WAITING);
    fc.assert(
      fc.property(fc.array(fc.tuple(ms, ms, order), { maxLength: 40 }), order, fc.integer(), (all, its, sinceMs) => {
        const rests = pollRests();
        for (const [taskMs, newsMs, before] of all) rests.learn({ taskMs, newsMs }, before);
        const { beforeNewsMs, afterNewsMs, afterNoNewsMs } = rests;
        const restMs = [beforeNewsMs(), afterNewsMs(its), afterNoNewsMs(its, sinceMs)] as const;
        for (const rest of restMs) assert.ok(rest >= 20 && rest <= 1_000, String(rest));
        assert.ok(restMs[1] >= 100 && restMs[0] <= 250);
      }),
    );
  });
});
