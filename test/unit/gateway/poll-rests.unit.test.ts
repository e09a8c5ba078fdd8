// How long a long poll rests: little where workflow tasks and calls are quick, longer where Temporal or seQura is slow, and soon little again.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { TypedSearchAttributes } from '@temporalio/common';
import fc from 'fast-check';
import type { PollRests } from '../../../src/gateway/poll-rests.ts';
import { pollRests } from '../../../src/gateway/poll-rests.ts';
import type { Order } from '../../../src/order/order.ts';
import { after, awaiting, cancelling, happen, newOrder } from '../../support/orders.ts';

const NEW = newOrder();
const CREATING = after(NEW, happen.createStarted);
const HELD = after(CREATING, happen.createUnknown);
const SMS_UNDER_WAY = after(CREATING, happen.created);
const SMS_LATER = after(SMS_UNDER_WAY, happen.smsNotSent);
const WAITING = awaiting();
const CANCELLED_EARLY = after(SMS_UNDER_WAY, happen.cancelRequested);
const BY_THEMSELVES = [CREATING, SMS_UNDER_WAY];
const WAIT_FOR_OTHERS = [HELD, SMS_LATER, WAITING, CANCELLED_EARLY, cancelling()];

const PUBLISHED = { event: 1, order: {}, attributes: new TypedSearchAttributes([]) };
const NEWS = { published: PUBLISHED, isNewsDue: false };
const NO_NEWS = { published: null, isNewsDue: false };
const NEWS_DUE = [
  { published: null, isNewsDue: true },
  { published: PUBLISHED, isNewsDue: true },
];

function learnt(rests: PollRests, what: { taskMs?: number; newsMs?: number }, times: number, order: Order): void {
  for (let time = 0; time < times; time += 1) rests.learn({ taskMs: null, newsMs: null, ...what }, order, WAITING);
}

const beforeNewsMs = (rests: PollRests, order?: Order) => rests.wordMs(order, 1_000, 0);

/** As long after the last entry of its timeline. */
function itIs(order: Order, ms: number): void {
  mock.timers.setTime(Math.max(...order.timeline.map((entry) => Date.parse(entry.at))) + ms);
}

describe('the rest of a long poll', () => {
  beforeEach(() => mock.timers.enable({ apis: ['Date'] }));
  afterEach(() => mock.timers.reset());

  for (const [what, tasks, restMs] of [
    ['20 ms where nothing is known', [], 20],
    ['20 ms where too little is known', [{ taskMs: 200, times: 4 }], 20],
    ['20 ms where tasks are quick', [{ taskMs: 15, times: 50 }], 20],
    ['as long as tasks take', [{ taskMs: 200, times: 5 }], 200],
    ['500 ms at most', [{ taskMs: 60_000, times: 50 }], 500],
    [
      'as long as most tasks take, where some have waited for a worker',
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
    it(`is ${what}, and 100 ms after news and at first`, () => {
      const rests = pollRests();
      for (const { taskMs, times } of tasks) learnt(rests, { taskMs }, times, WAITING);
      const others = [undefined, { ...WAITING, merchantId: 'another' }];
      for (const order of others)
        assert.deepEqual([beforeNewsMs(rests, order), rests.afterMs(NO_NEWS, order)], [20, 20]);
      for (const order of [...BY_THEMSELVES, ...WAIT_FOR_OTHERS]) {
        assert.equal(beforeNewsMs(rests, order), restMs);
        assert.deepEqual([rests.afterMs(null, order), rests.afterMs(NEWS, order)], [100, 100]);
        for (const polled of [NO_NEWS, ...NEWS_DUE]) assert.equal(rests.afterMs(polled, order), restMs);
      }
    });

  for (const [what, order] of [
    ['the create', CREATING],
    ['the call for the SMS', SMS_UNDER_WAY],
  ] as const)
    it(`lasts until ${what} of an order is usually over for its merchant`, () => {
      const rests = pollRests();
      const restsMs = (its?: Order) => [null, NEWS, NO_NEWS].map((polled) => rests.afterMs(polled, its));
      itIs(order, 0);
      learnt(rests, { newsMs: 400 }, 15, order);
      assert.deepEqual(restsMs(order), [440, 440, 440], 'for as long, and two tasks');
      for (const polled of NEWS_DUE) assert.equal(rests.afterMs(polled, order), 20);
      const another = { ...order, merchantId: 'another' };
      const others = [...BY_THEMSELVES, ...WAIT_FOR_OTHERS].filter((other) => other !== order);
      for (const other of [undefined, another, ...others]) assert.deepEqual(restsMs(other), [100, 100, 20]);
      itIs(order, 300);
      assert.deepEqual(restsMs(order), [140, 140, 140], 'what is left of it');
      itIs(order, 59_000);
      assert.deepEqual(restsMs(order), [100, 100, 20]);
      itIs(order, -3_600_000);
      assert.deepEqual(restsMs(order), [440, 440, 440], 'clocks differ');
    });

  it('is over for the quarter that is quickest, however long the others take, and after 1,500 ms and two tasks', () => {
    const rests = pollRests();
    itIs(CREATING, 0);
    learnt(rests, { newsMs: 400 }, 15, CREATING);
    learnt(rests, { newsMs: 20_000 }, 11, CREATING);
    assert.equal(rests.afterMs(null, CREATING), 440);
    learnt(rests, { newsMs: 20_000 }, 1, CREATING);
    assert.equal(rests.afterMs(null, CREATING), 1_540);
    itIs(CREATING, 19_000);
    assert.equal(rests.afterMs(null, CREATING), 1_040);
  });

  it('learns nothing from those that waited for somebody, nor from what happens meanwhile', () => {
    const rests = pollRests();
    for (const order of WAIT_FOR_OTHERS) learnt(rests, { newsMs: 3_600_000 }, 15, order);
    for (const order of BY_THEMSELVES)
      for (let time = 0; time < 15; time += 1)
        rests.learn({ taskMs: null, newsMs: 600 }, order, after(order, happen.noted));
    for (const order of BY_THEMSELVES) assert.equal(rests.afterMs(null, order), 100);
  });

  it('counts from when the call began, whatever else was noted meanwhile', () => {
    const rests = pollRests();
    itIs(SMS_UNDER_WAY, 300);
    learnt(rests, { newsMs: 800 }, 15, SMS_UNDER_WAY);
    for (const order of [SMS_UNDER_WAY, after(SMS_UNDER_WAY, happen.noted)])
      assert.equal(rests.afterMs(null, order), 540);
    const again = {
      ...SMS_UNDER_WAY,
      timeline: [...SMS_UNDER_WAY.timeline, { event: 'sms_requested' as const, at: new Date().toISOString() }],
    };
    assert.equal(rests.afterMs(null, again), 840);
  });

  it('ends as before any news where a word comes, and a word makes it no longer than it was, or than 500 ms', () => {
    const rests = pollRests();
    learnt(rests, { taskMs: 200 }, 15, WAITING);
    const leftMs = (restMs: number, elapsedMs: number) => rests.wordMs(WAITING, restMs, elapsedMs);
    assert.deepEqual([leftMs(750, 0), leftMs(750, 550), leftMs(750, 740)], [200, 200, 10]);
    assert.deepEqual([leftMs(100, 0), leftMs(100, 99), leftMs(450, 400)], [200, 200, 100]);
    assert.equal(leftMs(750, -3_600_000), 200, 'the clock was set back');
  });

  it('lasts two tasks longer than the step, of 500 ms each at most', () => {
    const rests = pollRests();
    itIs(CREATING, 0);
    for (let newsMs = 100; newsMs <= 800; newsMs += 100) learnt(rests, { taskMs: 80, newsMs }, 1, CREATING);
    assert.equal(rests.afterMs(null, CREATING), 360, 'the second of eight');
    learnt(rests, { taskMs: 60_000 }, 15, CREATING);
    assert.equal(rests.afterMs(null, CREATING), 1_200);
  });

  it('is as if nothing was known after a minute', () => {
    const rests = pollRests();
    const restsMs = () => [beforeNewsMs(rests, CREATING), rests.afterMs(null, CREATING)];
    itIs(CREATING, -59_999);
    learnt(rests, { taskMs: 200, newsMs: 300 }, 15, CREATING);
    itIs(CREATING, 0);
    assert.deepEqual(restsMs(), [200, 700]);
    itIs(CREATING, 1);
    assert.deepEqual(restsMs(), [20, 100]);
  });

  it('is never shorter than 20 ms, nor longer than 1,500 and two tasks, whatever was learnt and whatever the clocks say', () => {
    const ms = fc.oneof(fc.constant(null), fc.integer({ min: -10_000, max: 10_000_000 }));
    const orders = fc.constantFrom(...BY_THEMSELVES, ...WAIT_FOR_OTHERS);
    const learning = fc.array(fc.tuple(ms, ms, orders), { maxLength: 40 });
    const polled = fc.constantFrom(null, NEWS, NO_NEWS, ...NEWS_DUE);
    fc.assert(
      fc.property(learning, polled, orders, fc.nat(10_000_000_000_000), (all, its, order, nowMs) => {
        mock.timers.setTime(nowMs);
        const rests = pollRests();
        for (const [taskMs, newsMs, before] of all) rests.learn({ taskMs, newsMs }, before, WAITING);
        assert.ok(beforeNewsMs(rests, order) >= 20 && beforeNewsMs(rests, order) <= 500);
        const restMs = rests.afterMs(its, order);
        assert.ok(restMs >= 20 && restMs <= 2_500, String(restMs));
      }),
    );
  });
});
