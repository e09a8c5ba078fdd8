// A merchant with many orders queued does not hold back those of another.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { randomBytes } from 'node:crypto';
import { orderRequest } from '../support/orders.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { until } from '../support/waits.ts';

const QUEUED = 300;
/** Its turn is the second. Meanwhile a worker has up to 40 workflow tasks in hand, in no order; without turns it was the 251st. */
const BEFORE_IT = 60;
/** The longest id of a merchant that the settings allow. */
const NEIGHBOUR = 'n'.repeat(64);

describe('orders that wait for a worker', () => {
  let site: Site;
  before(async () => {
    const neighbour = { id: NEIGHBOUR, webhookToken: randomBytes(32).toString('base64url') };
    const settings = { RATE_LIMIT_PER_SECOND: '0' };
    site = await openSite({ temporal: 'in memory', others: [neighbour], settings });
  });
  after(() => site.close());

  async function place(merchant: string, reference: string): Promise<string> {
    const order = orderRequest({ reference, merchant: { id: merchant, store_ref: 'store_1' } });
    const { status, body } = await site.api.place(order);
    assert.equal(status, 202, reference);
    return body.id;
  }
  const creates = () => site.simulator.ledger.calls(undefined, 'create').map(({ reference }) => reference);

  it('are taken from each merchant in turn', async () => {
    await site.worker.end();
    const numbers = Array.from({ length: QUEUED }, (_, number) => number);
    for (let from = 0; from < QUEUED; from += 20)
      await Promise.all(numbers.slice(from, from + 20).map((number) => place('merchant_1', `queued-${number}`)));
    const last = await place(NEIGHBOUR, 'last');
    await site.worker.start();
    await until('every create', () => creates().length > QUEUED, 120_000);
    const before = creates().indexOf('last');
    assert.ok(before < BEFORE_IT, `${before} of ${QUEUED} orders came before it`);

    const { raw } = await site.client.workflow.getHandle(last).describe();
    assert.equal(raw.workflowExecutionInfo?.priority?.fairnessKey, NEIGHBOUR);
  });
});
