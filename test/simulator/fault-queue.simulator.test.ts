// Which fault meets which call: one queue for each reference and call, and `*` for the others.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { create, simulate } from './setup.ts';

describe('the queue of faults', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await simulate();
  });
  after(() => simulator.close());

  async function statuses(reference: string, calls: number): Promise<(number | null)[]> {
    const list = [];
    for (let made = 0; made < calls; made += 1) list.push((await create(simulator, { reference })).status);
    return list;
  }

  test('a fault takes effect as often as it says, after those it skips', async () => {
    simulator.faults.set('a', 'create', { kind: 'http_503', times: 2, skip: 1 });
    assert.deepEqual(await statuses('a', 4), [200, 503, 503, 200]);
    assert.equal(simulator.ledger.hits('a', 'create', 'http_503'), 2);
  });

  test('faults that are added wait for their turn, one that is set replaces them', async () => {
    simulator.faults.add('b', 'create', { kind: 'http_500' });
    simulator.faults.add('b', 'create', { kind: 'http_502' });
    assert.deepEqual(await statuses('b', 3), [500, 502, 200]);
    simulator.faults.add('b', 'create', { kind: 'http_500' });
    simulator.faults.set('b', 'create', { kind: 'http_504' });
    assert.deepEqual(await statuses('b', 2), [504, 200]);
  });

  test('without a number it stays until it is cleared', async () => {
    simulator.faults.set('c', 'create', { kind: 'http_500', times: null });
    assert.deepEqual(await statuses('c', 3), [500, 500, 500]);
    simulator.faults.clear({ reference: 'c' });
    assert.deepEqual(await statuses('c', 1), [200]);
    assert.equal(simulator.ledger.hits('c'), 3);
  });

  test('a fault of the order goes before one for all', async () => {
    simulator.faults.set('*', 'create', { kind: 'http_500', times: null });
    simulator.faults.set('d', 'create', { kind: 'http_502' });
    assert.deepEqual(await statuses('d', 2), [502, 500]);
    assert.deepEqual(await statuses('e', 1), [500]);
    assert.deepEqual([simulator.ledger.hits('d'), simulator.ledger.hits('e')], [2, 1]);
    simulator.faults.clear();
  });

  const WRONG: [string, Record<string, unknown>][] = [
    ['cancel', { kind: 'other_total' }],
    ['create', { kind: 'duplicate' }],
    ['webhook', { kind: 'cut_body' }],
    ['create', { kind: 'no_such_fault' }],
    ['create', { kind: 'redirect' }],
    ['create', { kind: 'refuse', status: 200 }],
    ['create', { kind: 'refuse', colour: 'red' }],
    ['create', { kind: 'http_500', times: 0 }],
  ];
  for (const [call, fault] of WRONG) {
    test(`refuses ${JSON.stringify(fault)} for ${call}`, () => {
      assert.throws(() => simulator.faults.set('f', call as 'create', fault as FaultInput<'create'>), {
        name: 'ZodError',
      });
      assert.deepEqual(simulator.faults.list(), []);
    });
  }
});
