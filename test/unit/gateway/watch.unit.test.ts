// Orders that somebody waits for: one watcher for each, whatever becomes of it, and nothing left when nobody waits any more.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { TypedSearchAttributes } from '@temporalio/common';
import fc from 'fast-check';
import { TemporalUnavailableError } from '../../../src/gateway/errors.ts';
import type { Poll } from '../../../src/temporal/follow-history.ts';
import { NOTHING_YET } from '../../../src/temporal/history-times.ts';
import type { Watching, WatchingOptions } from '../../../src/gateway/watch.ts';
import { watchOrders } from '../../../src/gateway/watch.ts';
import { parseOrderId } from '../../../src/order/ids.ts';
import type { Order } from '../../../src/order/order.ts';
import type { OrderView } from '../../../src/order/view.ts';
import { after, awaiting, happen, newOrder, seenAs } from '../../support/orders.ts';
import { until } from '../../support/waits.ts';

/** What was about to happen has, also what pauses for others on the way. */
async function soon(): Promise<void> {
  await turn();
  await turn();
}

type Run = Awaited<ReturnType<WatchingOptions['read']>>;
const ORDER = awaiting();
const SMS_UNDER_WAY = after(newOrder(), happen.createStarted, happen.created);

function own(order: Order, id: string, revision: number): Order {
  return { ...order, id, ...parseOrderId(id), revision };
}

type Told = { newsMs?: number | null; taskMs?: number | null; published?: Order };

/** A Temporal that records what it is told, and holds its polls until then. `newsMs`, `taskMs`: what each answer with news says; `published`: the order in it. */
function aTemporal({ newsMs = null, taskMs = null, published = ORDER }: Told = {}) {
  let revision = 1;
  let running = true;
  let paused = false;
  type Outcome = 'news' | 'none' | 'due' | 'fail';
  const waiting = new Set<(outcome: Outcome) => void>();
  const counts = { reads: 0, polls: 0 };
  const answer = (outcome: Outcome) => [...waiting].forEach((poll) => poll(outcome));
  const poll: Poll = ({ id, after }, signal) =>
    new Promise((resolve, reject) => {
      counts.polls += 1;
      const settle = (outcome: Outcome) => {
        waiting.delete(settle);
        if (outcome === 'fail') reject(new Error('cut'));
        else
          resolve({
            taskMs: outcome === 'news' ? taskMs : null,
            isNewsDue: outcome === 'due',
            published:
              outcome !== 'news'
                ? null
                : { event: revision, order: own(published, id, revision), attributes: new TypedSearchAttributes([]) },
            newsMs: outcome === 'news' ? newsMs : null,
            isUnclear: paused,
            token: running ? { page: new Uint8Array(1), soFar: NOTHING_YET } : null,
          });
      };
      if (revision > after || paused) return settle('news');
      waiting.add(settle);
      signal.addEventListener('abort', () => settle('fail'));
    });
  return {
    counts,
    waiting,
    poll,
    fails: null as Error | null,
    runId: 'run',
    async read(this: { fails: Error | null; runId: string }): Promise<Run> {
      counts.reads += 1;
      if (this.fails !== null) throw this.fails;
      const seen = { ...seenAs({ ...ORDER, revision }), running, paused, runId: this.runId };
      await soon();
      return seen;
    },
    record(isRunning = true) {
      revision += 1;
      running = isRunning;
      answer('news');
      return revision;
    },
    pause() {
      paused = true;
      answer('news');
    },
    /** Something has happened, and nothing is published yet. */
    stir: (isNewsDue: boolean) => answer(isNewsDue ? 'due' : 'none'),
    cut: () => answer('fail'),
    revision: () => revision,
  };
}

function watched(temporal: ReturnType<typeof aTemporal>, options: Partial<WatchingOptions> = {}) {
  return watchOrders({ read: () => temporal.read(), poll: temporal.poll, lingerMs: 0, ...options });
}

const LONG_MS = 60_000;

async function isLeft(watching: Watching): Promise<void> {
  await until('nobody is watched', () => watching.counts().watched === 0);
  assert.deepEqual(watching.counts(), { watched: 0, followed: 0 });
}

/** Time passes only as the test says. */
function inTestTime(t: TestContext, what: Told = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const temporal = aTemporal(what);
  const leaving = new AbortController();
  t.after(() => leaving.abort());
  return { temporal, watching: watched(temporal), leaving };
}

async function isFollowed({ mock }: TestContext, temporal: ReturnType<typeof aTemporal>): Promise<void> {
  await until('its long poll', () => {
    mock.timers.tick(REST_MS);
    return temporal.waiting.size === 1;
  });
  await sleep(REST_MS);
}

/** How many polls come within the next so many ms. */
function pollCounter({ mock }: TestContext, { counts }: ReturnType<typeof aTemporal>) {
  return async (ms: number) => {
    const { polls } = counts;
    mock.timers.tick(ms);
    await soon();
    return counts.polls - polls;
  };
}

const WAITERS = 300;
/** More than what is between two looks at the least. */
const REST_MS = 120;

describe('a watched order', () => {
  it('is read and polled for once, however many wait, and all of them see its last change', async () => {
    const temporal = aTemporal();
    const watching = watched(temporal);
    const leaving = new AbortController();
    const seen = Array.from({ length: WAITERS }, () => 0);
    const readers = seen.map(async (_, index) => {
      for await (const order of watching.changes('order:m:1', leaving.signal)) seen[index] = order?.revision ?? -1;
    });
    await until('all see it', () => seen.every((revision) => revision === 1));
    await until('it is followed', () => temporal.waiting.size === 1);
    const before = { ...temporal.counts };
    assert.ok(before.reads <= 3, `${before.reads} reads for ${WAITERS} who wait`);
    const last = temporal.record();
    await until('all see the change', () => seen.every((revision) => revision === last));
    assert.ok(temporal.counts.reads - before.reads <= 2);
    assert.deepEqual(watching.counts(), { watched: 1, followed: 1 });
    leaving.abort();
    await Promise.all(readers);
    await isLeft(watching);
    assert.equal(temporal.waiting.size, 0);
    const { reads } = temporal.counts;
    await soon();
    assert.equal(temporal.counts.reads, reads);
  });

  it('is never shown to anybody as it was before he came, or before what he has', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ isRecorded: fc.boolean(), isKnown: fc.boolean() }), { minLength: 1, maxLength: 12 }),
        async (visits) => {
          const temporal = aTemporal();
          const watching = watched(temporal);
          const leaving = new AbortController();
          const readers: Promise<void>[] = [];
          for (const { isRecorded, isKnown } of visits) {
            if (isRecorded) temporal.record();
            const known = isKnown ? watching.note(seenAs({ ...ORDER, revision: temporal.revision() })) : undefined;
            let last = temporal.revision();
            readers.push(
              (async () => {
                for await (const order of watching.changes('order:m:1', leaving.signal, known)) {
                  assert.ok((order?.revision ?? 0) >= last, `${order?.revision} is older than ${last}`);
                  last = order?.revision ?? 0;
                  if (last === temporal.revision()) return;
                }
              })(),
            );
            await Promise.resolve();
          }
          temporal.record();
          await Promise.all(readers);
          leaving.abort();
          await isLeft(watching);
        },
      ),
      { numRuns: 50 },
    ));

  it('is read for nobody who has its latest state and comes for the next', async () => {
    const temporal = aTemporal();
    const watching = watched(temporal, { lingerMs: LONG_MS });
    let order: OrderView | null = watching.note(seenAs({ ...ORDER, revision: temporal.revision() }));
    for (let changes = 0; changes < 5; changes += 1) {
      const leaving = new AbortController();
      const following = watching.changes(ORDER.id, leaving.signal, order ?? undefined);
      const next = following.next();
      const last = temporal.record();
      ({ value: order } = (await next) as { value: OrderView | null });
      await following.return(undefined);
      assert.equal(order?.revision, last);
      assert.equal(watching.latest(ORDER.id), order);
    }
    assert.deepEqual([temporal.counts.reads, watching.counts()], [0, { watched: 1, followed: 1 }]);
    temporal.record(false);
    await isLeft(watching);
  });

  it('has no latest state where its next one would not be noticed', async () => {
    const temporal = aTemporal();
    const watching = watched(temporal, { lingerMs: LONG_MS });
    assert.equal(watching.latest(ORDER.id), null);
    const leaving = new AbortController();
    const iterator = watching.changes(ORDER.id, leaving.signal);
    const { value: order } = (await iterator.next()) as { value: OrderView };
    await until('its long poll', () => temporal.waiting.size === 1);
    assert.equal(watching.latest(ORDER.id), order);
    temporal.fails = new TemporalUnavailableError('away');
    temporal.cut();
    await until('the cut', () => watching.counts().followed === 0);
    assert.equal(watching.latest(ORDER.id), null);
    leaving.abort();
    await iterator.return(undefined);
    await isLeft(watching);
  });

  for (const [what, trouble] of [
    ['its run has ended', (temporal: ReturnType<typeof aTemporal>) => void temporal.record(false)],
    ['its poll is cut', (temporal: ReturnType<typeof aTemporal>) => temporal.cut()],
  ] as const) {
    it(`is looked at from time to time when ${what}, and followed again`, async () => {
      const temporal = aTemporal();
      const watching = watched(temporal);
      const leaving = new AbortController();
      let seen = 0;
      const reader = (async () => {
        for await (const order of watching.changes('order:m:1', leaving.signal)) seen = order?.revision ?? -1;
      })();
      await until('it is followed', () => temporal.waiting.size === 1);
      trouble(temporal);
      await until('it is not followed', () => watching.counts().followed === 0);
      const polls = temporal.counts.polls;
      const last = temporal.record();
      await until('its next change is seen', () => seen === last);
      await until('it is followed again', () => temporal.waiting.size === 1);
      assert.ok(temporal.counts.polls - polls <= 2);
      leaving.abort();
      await reader;
    });
  }

  it('is polled where news is due before its rest is over, as long afterwards as before any news', async (t) => {
    const { temporal, watching, leaving } = inTestTime(t);
    const known = watching.note(seenAs({ ...ORDER, revision: temporal.revision() }));
    const next = watching.changes(ORDER.id, leaving.signal, known).next();
    const polledWithin = pollCounter(t, temporal);
    watching.newsIsDue('order:m:nobody follows it');
    assert.equal(await polledWithin(50), 0);
    watching.newsIsDue(ORDER.id);
    assert.equal(await polledWithin(10), 0);
    // Another one makes it neither earlier nor later.
    watching.newsIsDue(ORDER.id);
    assert.deepEqual([await polledWithin(9), await polledWithin(1)], [0, 1]);
    const last = temporal.record();
    assert.equal(((await next) as { value: OrderView }).value.revision, last);
    await soon();
    watching.newsIsDue(ORDER.id);
    assert.deepEqual([await polledWithin(19), await polledWithin(1), await polledWithin(LONG_MS)], [0, 1, 0]);
  });

  /** Tells of each call how many ms after its follower a new order is polled first, with these words on the way. */
  function firstPolls(t: TestContext) {
    const { temporal, watching, leaving } = inTestTime(t);
    let orders = 0;
    return async ({ webhooksAtMs, commandsAtMs = [] }: { webhooksAtMs: number[]; commandsAtMs?: number[] }) => {
      const { polls } = temporal.counts;
      const id = `order:m:${(orders += 1)}`;
      const order = { ...ORDER, id, revision: temporal.revision() };
      void watching.changes(id, leaving.signal, watching.note(seenAs(order))).next();
      let atMs = 0;
      for (; temporal.counts.polls === polls; atMs += 1) {
        for (const webhookAtMs of webhooksAtMs) if (webhookAtMs === atMs) watching.newsIsDue(id);
        if (commandsAtMs.includes(atMs)) watching.newsIsThere(id);
        t.mock.timers.tick(1);
        await soon();
      }
      return atMs;
    };
  }

  const firstPollByWebhooks = (webhooksAtMs: readonly number[]) => {
    const early = webhooksAtMs.filter((webhookAtMs) => webhookAtMs < 100);
    return early.length === 0 ? 100 : Math.min(...early) + 20;
  };

  it('is polled 20 ms after the first word that news is due, and after 100 ms without one, however many come and when', async (t) => {
    const firstPoll = firstPolls(t);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(150), { maxLength: 12 }), async (webhooksAtMs) => {
        assert.equal(await firstPoll({ webhooksAtMs }), firstPollByWebhooks(webhooksAtMs));
      }),
    );
  });

  it('is polled at once where a command is the first to come, and otherwise as without, whatever comes when', async (t) => {
    const firstPoll = firstPolls(t);
    const times = fc.array(fc.nat(150), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(times, times, async (commandsAtMs, webhooksAtMs) => {
        const withoutMs = firstPollByWebhooks(webhooksAtMs);
        const atMs = Math.min(withoutMs, ...commandsAtMs.map((commandAtMs) => commandAtMs + 1));
        assert.equal(await firstPoll({ webhooksAtMs, commandsAtMs }), atMs);
      }),
    );
  });

  it('is polled where news is due of its next run, which began while the poll of the one before rested', async (t) => {
    const { temporal, watching, leaving } = inTestTime(t);
    const polledWithin = pollCounter(t, temporal);
    const known = watching.note(seenAs({ ...ORDER, revision: temporal.revision() }));
    void watching.changes(ORDER.id, leaving.signal, known).next();
    temporal.runId = 'next run';
    await watching.changes(ORDER.id, leaving.signal).next();
    await soon();
    watching.newsIsDue(ORDER.id);
    assert.deepEqual([await polledWithin(19), await polledWithin(1), await polledWithin(80)], [0, 1, 0]);
  });

  /** Of a merchant whose creates have taken `newsMs`, and his workflow tasks `taskMs`. */
  async function amongSlowCreates(t: TestContext, taskMs: number | null = null, newsMs = 500) {
    const { temporal, watching, leaving } = inTestTime(t, { newsMs, taskMs, published: SMS_UNDER_WAY });
    const polledWithin = pollCounter(t, temporal);
    const known = new Map<string, OrderView>();
    /** Who comes first has it as it was just accepted. `endsInMs`: when the wait is over. */
    const follow = (id: string, endsInMs?: number) => {
      const timeline: Order['timeline'] = [{ event: 'accepted', at: new Date().toISOString() }];
      if (!known.has(id))
        known.set(id, watching.note(seenAs({ ...own(newOrder(), id, temporal.revision()), timeline })));
      const endsAtMs = endsInMs === undefined ? undefined : Date.now() + endsInMs;
      const left = new AbortController();
      const changes = watching.changes(id, AbortSignal.any([leaving.signal, left.signal]), known.get(id), endsAtMs);
      const leave = () => {
        left.abort();
        return changes.return(undefined);
      };
      return { next: changes.next(), leave };
    };
    for (let order = 0; order < 5; order += 1) {
      const { next, leave } = follow(`order:m:slow%20${order}`);
      assert.equal(await polledWithin(100), 1, 'while nothing is known');
      temporal.record(false);
      await next;
      await leave();
      await isLeft(watching);
    }
    temporal.record();
    return { temporal, watching, polledWithin, follow };
  }

  for (const [endsInMs, restMs] of [
    [undefined, 600],
    [1_000, 600],
    [600, 350],
    [260, 20],
    [0, 20],
  ] as const)
    it(`is polled in ${restMs} ms while it is created, where a wait for it ends ${endsInMs === undefined ? 'at no known time' : `in ${endsInMs} ms`}`, async (t) => {
      const { temporal, watching, polledWithin, follow } = await amongSlowCreates(t, 100);
      const answerWithoutNews = async () => {
        temporal.stir(false);
        await soon();
      };
      follow('order:m:1', 30_000);
      watching.newsIsDue('order:m:1');
      assert.equal(await polledWithin(100), 1);
      const { leave } = follow('order:m:1', endsInMs);
      follow('order:m:1');
      await answerWithoutNews();
      assert.deepEqual([await polledWithin(restMs - 1), await polledWithin(1)], [0, 1]);
      await leave();
      await answerWithoutNews();
      const leftMs = Math.max(100, 600 - restMs);
      assert.deepEqual(
        [await polledWithin(leftMs - 1), await polledWithin(1)],
        [0, 1],
        'whoever has left is not waited for',
      );
    });

  it('is polled every 20 ms before a wait is over, whenever it began', async (t) => {
    const { temporal, watching, polledWithin, follow } = await amongSlowCreates(t, 250, 10_000);
    let orders = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(2_100), fc.nat(500), fc.option(fc.nat(3_000)), async (beginsAtMs, longerMs, wordAtMs) => {
        const id = `order:m:${(orders += 1)}`;
        const first = follow(id);
        let waits: ReturnType<typeof follow> | undefined;
        const endsAtMs = beginsAtMs + 1_000 + longerMs;
        let polledAtMs = 0;
        for (let atMs = 0; atMs < endsAtMs; atMs += 1) {
          if (atMs === beginsAtMs) waits = follow(id, 1_000 + longerMs);
          if (atMs === wordAtMs) watching.newsIsDue(id);
          if ((await polledWithin(1)) > 0) {
            polledAtMs = atMs + 1;
            temporal.stir(false);
            await soon();
          }
          const leftMs = endsAtMs - atMs - 1;
          if (leftMs <= 230) assert.ok(atMs + 1 - polledAtMs <= 20, `${leftMs} ms before: ${atMs + 1 - polledAtMs} ms`);
        }
        await Promise.all([first.leave(), waits?.leave()]);
        await polledWithin(1);
      }),
      // More would outlast what was learnt.
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('is polled no later for a word that comes where a wait is nearly over', async (t) => {
    const { watching, polledWithin, follow } = await amongSlowCreates(t, 100);
    follow('order:m:1', 300);
    watching.newsIsDue('order:m:1');
    assert.deepEqual([await polledWithin(49), await polledWithin(1)], [0, 1]);
  });

  it('is not polled early for whoever has been told what he waited for', async (t) => {
    const { temporal, polledWithin, follow } = await amongSlowCreates(t);
    const { next, leave } = follow('order:m:1', 260);
    follow('order:m:1');
    assert.equal(await polledWithin(20), 1);
    temporal.record();
    await next.then(leave);
    await soon();
    assert.deepEqual([await polledWithin(99), await polledWithin(1)], [0, 1]);
  });

  it('is polled, while it is created, when that is usually over for its merchant, or where news is due', async (t) => {
    const { temporal, watching, polledWithin, follow } = await amongSlowCreates(t);
    for (const id of ['order:another:1', 'order:m:1', 'order:m:2', 'order:m:3']) follow(id);
    assert.equal(await polledWithin(100), 1, 'what is another’s');
    for (const id of ['order:m:2', 'order:m:3']) watching.newsIsDue(id);
    assert.deepEqual([await polledWithin(19), await polledWithin(1)], [0, 2]);
    // An answer without news: the rest of its step is left, but for the other merchant's, of which nothing is known.
    temporal.stir(false);
    await soon();
    assert.deepEqual([await polledWithin(20), await polledWithin(399)], [1, 0]);
    assert.equal(await polledWithin(1), 3);
    temporal.stir(true);
    await soon();
    assert.deepEqual([await polledWithin(19), await polledWithin(1)], [0, 4], 'news is due');
    // A word that comes while a poll is under way is for the rest after it.
    watching.newsIsDue('order:m:3');
    temporal.record();
    await soon();
    assert.deepEqual([await polledWithin(19), await polledWithin(1)], [0, 1]);
    assert.deepEqual([await polledWithin(79), await polledWithin(1)], [0, 3], 'those that are created by now');
  });

  it('is polled at once where news is there, and rests as ever after that', async (t) => {
    const { temporal, watching, polledWithin, follow } = await amongSlowCreates(t);
    for (const id of ['order:m:1', 'order:m:2']) follow(id);
    assert.equal(await polledWithin(300), 0);
    watching.newsIsThere('order:m:nobody follows it');
    watching.newsIsThere('order:m:1');
    assert.deepEqual([await polledWithin(0), await polledWithin(1)], [1, 0]);
    // Its poll is under way, and is answered with something else.
    watching.newsIsThere('order:m:1');
    const { polls } = temporal.counts;
    temporal.stir(false);
    await soon();
    assert.equal(temporal.counts.polls - polls, 1);
    temporal.stir(false);
    await soon();
    assert.deepEqual([await polledWithin(238), await polledWithin(1)], [0, 2]);
    // This time the answer brings it.
    watching.newsIsThere('order:m:1');
    temporal.record();
    await soon();
    assert.deepEqual([await polledWithin(99), await polledWithin(1)], [0, 2]);
    // What a webhook makes due need not be in it.
    watching.newsIsThere('order:m:1');
    watching.newsIsDue('order:m:1');
    temporal.record();
    await soon();
    assert.deepEqual([await polledWithin(19), await polledWithin(1), await polledWithin(79)], [0, 1, 0]);
  });

  it('is looked at where its run has ended while it rested, and a command has come for the next one', async (t) => {
    const { temporal, watching, leaving } = inTestTime(t);
    const polledWithin = pollCounter(t, temporal);
    const known = watching.note(seenAs({ ...ORDER, revision: temporal.revision() }));
    void watching.changes(ORDER.id, leaving.signal, known).next();
    temporal.record(false);
    watching.newsIsThere(ORDER.id);
    assert.deepEqual([temporal.counts.reads, await polledWithin(0)], [0, 1]);
    await soon();
    assert.equal(temporal.counts.reads, 1);
  });

  it('is polled soon where news was due of a run whose rest was broken off', async (t) => {
    const { temporal, watching, leaving } = inTestTime(t);
    const polledWithin = pollCounter(t, temporal);
    const known = watching.note(seenAs({ ...ORDER, revision: temporal.revision() }));
    void watching.changes(ORDER.id, leaving.signal, known).next();
    watching.newsIsDue(ORDER.id);
    temporal.runId = 'next run';
    await watching.changes(ORDER.id, leaving.signal).next();
    await soon();
    assert.deepEqual([await polledWithin(19), await polledWithin(1), await polledWithin(80)], [0, 1, 0]);
  });

  it('is polled as late after a word as tasks take, but within 500 ms of the news before', async (t) => {
    const { temporal, watching, leaving } = inTestTime(t, { taskMs: 500 });
    const polledWithin = pollCounter(t, temporal);
    const known = watching.note(seenAs({ ...ORDER, revision: temporal.revision() }));
    void watching.changes(ORDER.id, leaving.signal, known).next();
    for (let news = 0; news < 5; news += 1) {
      assert.equal(await polledWithin(100), 1);
      temporal.record();
      await soon();
    }
    assert.equal(await polledWithin(60), 0);
    watching.newsIsDue(ORDER.id);
    assert.deepEqual([await polledWithin(439), await polledWithin(1)], [0, 1]);
  });

  it('costs nothing but its long poll while nothing happens', async (t) => {
    const { temporal, watching, leaving } = inTestTime(t);
    const readers = Array.from({ length: WAITERS }, async () => {
      for await (const order of watching.changes('order:m:1', leaving.signal)) assert.ok(order !== null);
    });
    await isFollowed(t, temporal);
    const { reads, polls } = temporal.counts;
    for (let minutes = 0; minutes < 60; minutes += 1) {
      t.mock.timers.tick(60_000);
      await soon();
    }
    assert.deepEqual(temporal.counts, { reads, polls });
    leaving.abort();
    await Promise.all(readers);
  });

  for (const [what, trouble] of [
    ['which has ended', (temporal: ReturnType<typeof aTemporal>) => void temporal.record(false)],
    ['which is paused', (temporal: ReturnType<typeof aTemporal>) => temporal.pause()],
  ] as const) {
    it(`is looked at three times a minute at most, ${what}, while nothing happens`, async (t) => {
      const { temporal, watching, leaving } = inTestTime(t);
      const reader = (async () => {
        for await (const order of watching.changes('order:m:1', leaving.signal)) assert.ok(order !== null);
      })();
      await isFollowed(t, temporal);
      trouble(temporal);
      await until('it is not followed', () => watching.counts().followed === 0);
      const passed = async (ms: number) => {
        const before = temporal.counts.reads;
        await sleep(REST_MS);
        t.mock.timers.tick(ms);
        await sleep(REST_MS);
        return temporal.counts.reads - before;
      };
      for (let looks = 0; looks < 12; looks += 1) await passed(20_000);
      assert.deepEqual([await passed(19_900), await passed(200), await passed(19_000)], [0, 1, 0]);
      watching.newsIsThere('order:m:1');
      assert.equal(await passed(0), 1, 'news is there');
      assert.equal(watching.counts().followed, 0);
      leaving.abort();
      await reader;
    });
  }

  it('survives a short outage of Temporal, and tells of a long one', async () => {
    const temporal = aTemporal();
    const watching = watched(temporal);
    const iterator = watching.changes('order:m:1', new AbortController().signal);
    assert.equal((await iterator.next()).value?.revision, 1);
    const away = new TemporalUnavailableError('away');
    const isPolled = () => until('its long poll', () => temporal.waiting.size === 1);
    await isPolled();
    temporal.fails = away;
    temporal.cut();
    const before = temporal.counts.reads;
    await until('a look that failed', () => temporal.counts.reads > before);
    temporal.fails = null;
    const last = temporal.record();
    await until('its change', async () => (await iterator.next()).value?.revision === last);
    await isPolled();
    temporal.fails = away;
    temporal.cut();
    await assert.rejects(async () => {
      for (;;) await iterator.next();
    }, TemporalUnavailableError);
    assert.deepEqual(watching.counts(), { watched: 0, followed: 0 });
  });

  it('is looked at where there is no place to follow it, and gets one of a merchant who has many', async () => {
    const temporal = aTemporal();
    const watching = watched(temporal, { mostFollowed: 4 });
    const leaving = new AbortController();
    const seen = new Map<string, number>();
    const watch = async (id: string) => {
      for await (const order of watching.changes(id, leaving.signal)) seen.set(id, order?.revision ?? -1);
    };
    const readers = Array.from({ length: 12 }, (_, number) => watch(`order:greedy:${number}`));
    await until('the places are taken', () => temporal.waiting.size === 4);
    readers.push(watch('order:modest:1'));
    await until('it is watched', () => seen.has('order:modest:1'));
    const last = temporal.record();
    await until('all see the change', () => [...seen.values()].filter((revision) => revision === last).length === 13);
    assert.deepEqual(watching.counts(), { watched: 13, followed: 4 });
    leaving.abort();
    await Promise.all(readers);
    await isLeft(watching);
    assert.equal(temporal.waiting.size, 0);
  });
});
