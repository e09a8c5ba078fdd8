// Work in turns, reads that are shared, and poll slots that are shared out.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import fc from 'fast-check';
import { TooManyAtOnceError } from '../../../src/gateway/errors.ts';
import { pollSlots } from '../../../src/gateway/poll-slots.ts';
import { shared } from '../../../src/gateway/shared-read.ts';
import { turns } from '../../../src/gateway/turns.ts';

describe('turns', () => {
  it('never run more at once than they may, and run everything that they take', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        async (groups, atOnce, perGroup) => {
          const inTurn = turns({ atOnce, perGroup, waiting: 100, patienceMs: 10_000 });
          const running = new Map<string, number>();
          const sum = () => [...running.values()].reduce((all, one) => all + one, 0);
          const ended = await Promise.all(
            groups.map((group, number) =>
              inTurn(group, async () => {
                running.set(group, (running.get(group) ?? 0) + 1);
                assert.ok((running.get(group) ?? 0) <= perGroup && sum() <= atOnce);
                await soon();
                running.set(group, (running.get(group) ?? 0) - 1);
                if (number % 5 === 0) throw new Error('failed');
              }).catch((error: Error) => error.message),
            ),
          );
          assert.deepEqual(
            ended,
            groups.map((_, number) => (number % 5 === 0 ? 'failed' : undefined)),
          );
        },
      ),
      { numRuns: 50 },
    ));

  it('serve who comes late before the rest of a neighbour’s queue', async () => {
    const inTurn = turns({ atOnce: 2, perGroup: 2, waiting: 1_000, patienceMs: 10_000 });
    const served: string[] = [];
    const work = (name: string) => async () => {
      await soon();
      served.push(name);
    };
    const flood = Array.from({ length: 500 }, () => inTurn('greedy', work('greedy')));
    await Promise.all([inTurn('modest', work('modest')), ...flood]);
    assert.ok(served.indexOf('modest') < 6, `after ${served.indexOf('modest')} others`);
  });

  it('are shared by the groups that ask at the same time; a group alone has them all', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 12 }),
        async (others, leastPerGroup, more) => {
          const perGroup = leastPerGroup + more;
          const inTurn = turns({ perGroup, leastPerGroup, waiting: 1_000, patienceMs: 10_000 });
          const { promise, resolve } = Promise.withResolvers<void>();
          const most = new Map<string, number>();
          const running = new Map<string, number>();
          const work = (group: string, until: Promise<void>) => () => {
            running.set(group, (running.get(group) ?? 0) + 1);
            most.set(group, Math.max(most.get(group) ?? 0, running.get(group) ?? 0));
            return until.then(() => void running.set(group, (running.get(group) ?? 0) - 1));
          };
          const alone = Array.from({ length: perGroup }, () => inTurn('alone', work('alone', Promise.resolve())));
          assert.equal(most.get('alone') ?? 0, 0);
          await Promise.all(alone);
          assert.equal(most.get('alone'), perGroup);

          const groups = Array.from({ length: others }, (_, number) => `group ${number}`);
          await Promise.all(groups.map((group) => inTurn(group, work(group, Promise.resolve()))));
          most.clear();
          const floods = groups.flatMap((group) =>
            Array.from({ length: 2 * perGroup }, () => inTurn(group, work(group, promise))),
          );
          await soon();
          const share = Math.max(leastPerGroup, Math.floor(perGroup / (others + 1)));
          assert.deepEqual(
            [...most.values()],
            groups.map(() => share),
          );
          resolve();
          await Promise.all(floods);
        },
      ),
      { numRuns: 50 },
    ));

  it('refuse what exceeds a queue, and what waits too long, and are free again afterwards', async () => {
    const inTurn = turns({ perGroup: 1, waiting: 1, patienceMs: 20 });
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = inTurn('a', () => promise);
    const late = inTurn('a', () => Promise.resolve('late'));
    await assert.rejects(
      inTurn('a', () => Promise.resolve('too many')),
      TooManyAtOnceError,
    );
    assert.equal(await inTurn('b', () => Promise.resolve('of another')), 'of another');
    await assert.rejects(late, TooManyAtOnceError);
    resolve('first');
    assert.equal(await first, 'first');
    assert.equal(await inTurn('a', () => Promise.resolve('again')), 'again');
  });
});

describe('a shared read', () => {
  it('began after each of those who get it asked, and is made twice at most for all who ask at once', async () => {
    let clock = 0;
    let reads = 0;
    const read = shared(async () => {
      reads += 1;
      const begunAt = clock;
      await soon();
      return begunAt;
    });
    const asked: Promise<void>[] = [];
    for (let round = 1; round <= 5; round += 1) {
      clock = round;
      const askedAt = clock;
      for (let each = 0; each < 20; each += 1)
        asked.push(read('key').then((begunAt) => assert.ok(begunAt >= askedAt, `${begunAt} for ${askedAt}`)));
      await Promise.resolve();
    }
    await Promise.all(asked);
    assert.equal(reads, 2);
  });

  it('does not pass a failure on to who asks afterwards', async () => {
    let fails = true;
    const read = shared(async () => {
      await soon();
      if (fails) throw new Error('failed');
      return 'read';
    });
    const first = read('key');
    const second = read('key');
    await assert.rejects(first, /failed/);
    fails = false;
    assert.equal(await second, 'read');
    assert.equal(await read('key'), 'read');
  });
});

describe('poll slots', () => {
  it('are never more than there are; nobody loses one to who has as many', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 80 }),
        fc.integer({ min: 1, max: 12 }),
        (merchants, most) => {
          const slots = pollSlots(most);
          const has: Record<string, number> = {};
          for (const merchantId of merchants) {
            const before = has[merchantId] ?? 0;
            let fromMerchant = '';
            const follower = (owner: string) => ({
              merchantId: owner,
              giveWay() {
                has[owner] = (has[owner] ?? 0) - 1;
                fromMerchant = owner;
              },
            });
            const taken = slots.take(follower(merchantId));
            if (taken) has[merchantId] = before + 1;
            if (fromMerchant !== '') assert.ok((has[fromMerchant] ?? 0) >= before + 1);
            const all = Object.values(has);
            assert.equal(
              slots.taken(),
              all.reduce((sum, one) => sum + one, 0),
            );
            assert.ok(slots.taken() <= most);
            if (!taken) assert.ok(slots.taken() === most && Math.max(...all) <= before + 1);
          }
        },
      ),
    ));
});
