// seQura is called for a merchant only so often in a second, by all workers together, and that delays no other merchant.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { orderRequest } from '../support/orders.ts';
import { npmRun } from '../support/programs.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { until } from '../support/waits.ts';

const PER_SECOND = 5;
const ORDERS = 30;
/** A create and an SMS for each. */
const CALLS = 2 * ORDERS;
/** A second's worth may come at once; and the first calls may have been long on their way. */
const LEAST_SECONDS = (0.8 * (CALLS - PER_SECOND)) / PER_SECOND;
const NEIGHBOUR = 'neighbour';

describe('a limit on calls to seQura', () => {
  let site: Site;
  before(async () => {
    const neighbour = { id: NEIGHBOUR, webhookToken: randomBytes(32).toString('base64url') };
    const settings = { SEQURA_CALLS_PER_SECOND: String(PER_SECOND) };
    site = await openSite({ temporal: 'in memory', workers: 4, others: [neighbour], settings });
  });
  after(() => site.close());

  async function place(merchant: string, reference: string): Promise<void> {
    const order = orderRequest({ reference, merchant: { id: merchant, store_ref: 'store_1' } });
    assert.equal((await site.api.place(order)).status, 202, reference);
  }
  /** In the order in which they came. */
  const calls = () => site.simulator.ledger.calls();

  it('holds over all workers, and holds back no other merchant', async () => {
    const program = npmRun('setup:temporal', site.settings);
    assert.deepEqual([await program.ended(), program.stderr()], [0, '']);
    assert.match(program.stdout(), /calls to seQura for each merchant, at most 5 a second/);
    await Promise.all(site.workers.map((worker) => worker.end()));
    await Promise.all(Array.from({ length: ORDERS }, (_, number) => place('merchant_1', `many-${number}`)));
    await Promise.all(site.workers.map((worker) => worker.start()));
    await until('the first calls', () => calls().length >= PER_SECOND);
    await place(NEIGHBOUR, 'other');
    const all = await until('every call', () => (calls().length >= CALLS + 2 ? calls() : null));

    const busy = all.filter(({ reference }) => reference !== 'other');
    const [first, last] = [busy[0]?.at, busy.at(-1)?.at];
    const seconds = (Date.parse(last ?? '') - Date.parse(first ?? '')) / 1_000;
    assert.ok(seconds >= LEAST_SECONDS, `${busy.length} calls in ${seconds} s`);
    const after = CALLS + 1 - all.findLastIndex(({ reference }) => reference === 'other');
    assert.ok(after > CALLS / 2, `${after} calls of the busy merchant came after those of the other one`);
  });
});
