// How long a long poll rests: little where news come soon, longer where Temporal is busy, and soon little again.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TypedSearchAttributes } from '@temporalio/common';
import { pollRests } from '../../../src/gateway/poll-rests.ts';

const NEWS = { published: { event: 1, order: {}, attributes: new TypedSearchAttributes([]) }, hasMoved: true };
const MOVED = { published: null, hasMoved: true };
const QUIET = { published: null, hasMoved: false };

/** `lead`: an order whose news take so long from the first event that leads to them; says how many polls that were. */
function anApi() {
  let nowMs = 0;
  const restsOfRun = pollRests(() => nowMs);
  return {
    restsOfRun,
    pass: (ms: number) => (nowMs += ms),
    lead(newsTakeMs: number, { eventEveryMs = newsTakeMs / 8, times = 100 } = {}): number {
      let polls = 0;
      for (let time = 0; time < times; time += 1) {
        const rests = restsOfRun();
        const newsAtMs = nowMs + newsTakeMs;
        polls = 1;
        let restMs = rests.afterMs(MOVED);
        for (; nowMs + restMs < newsAtMs; polls += 1) {
          nowMs = Math.ceil((nowMs + restMs) / eventEveryMs) * eventEveryMs;
          restMs = rests.afterMs(nowMs < newsAtMs ? MOVED : NEWS);
        }
        nowMs = Math.max(nowMs + restMs, newsAtMs);
        rests.afterMs(NEWS);
      }
      return polls;
    },
  };
}

describe('the rest of a long poll', () => {
  it('is 100 ms before the first and after news, and 20 ms where something is under way', () => {
    const rests = anApi().restsOfRun();
    assert.deepEqual(
      [rests.firstMs, rests.afterMs(MOVED), rests.afterMs(NEWS), rests.afterMs(MOVED)],
      [100, 20, 100, 20],
    );
  });

  it('grows where news take long, for every order, and is never more than 250 ms', () => {
    const api = anApi();
    assert.ok(api.lead(1_200, { times: 1 }) >= 8);
    assert.ok(api.lead(1_200) <= 6);
    assert.equal(api.restsOfRun().afterMs(MOVED), 250);
    api.lead(60_000, { times: 5 });
    assert.equal(api.restsOfRun().afterMs(MOVED), 250);
  });

  it('is short again soon after', () => {
    const api = anApi();
    api.lead(60_000);
    api.lead(15, { times: 100 });
    assert.equal(api.restsOfRun().afterMs(MOVED), 20);
  });

  it('does not count how long nothing happens, as while a customer reads', () => {
    const api = anApi();
    for (let time = 0; time < 100; time += 1) {
      const rests = api.restsOfRun();
      rests.afterMs(NEWS);
      for (let minutes = 0; minutes < 5; minutes += 1) {
        api.pass(60_000);
        rests.afterMs(QUIET);
      }
      rests.afterMs(MOVED);
      api.pass(15);
      rests.afterMs(NEWS);
    }
    assert.equal(api.restsOfRun().afterMs(MOVED), 20);
  });
});
