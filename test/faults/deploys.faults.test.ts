// Fault 35: a release whose workflows would decide otherwise than histories say, and its roll-back.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { Stack } from '../support/stack.ts';
import { bundled, startDevServerStack } from '../support/stack.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import { INCOMPATIBLE, releaseWith } from '../support/releases.ts';
import { openCourt, sceneOf } from './court.ts';
import { confirmation } from '../support/orders.ts';

describe('a release that does not fit', () => {
  let stack: Stack;
  before(async () => (stack = await startDevServerStack()));
  after(() => stack.close());
  const fault = openCourt(import.meta.url, () => sceneOf(stack));

  const failures = async (id: string) =>
    (await stack.client.workflow.getHandle(id).fetchHistory()).events?.filter(
      ({ workflowTaskFailedEventAttributes: failed }) => /Nondeterminism/.test(failed?.failure?.message ?? ''),
    ).length ?? 0;

  for (const [what, change] of Object.entries(INCOMPATIBLE)) {
    fault(35, `${what}, deployed and rolled back while an order waits and its confirmation comes`, async (one) => {
      await stack.place({ request: { reference: one.reference } });
      await stack.see(one.id, 'the SMS', smsSent);
      const calls = stack.simulator.ledger.calls(one.reference).length;
      await stack.stopWorker();
      await stack.startWorker({ workflowBundle: releaseWith(await bundled(), change) });
      stack.simulator.confirm(one.reference);
      await stack.orders.webhook('merchant_1', one.reference, confirmation);
      await until('a workflow task that fails', async () => (await failures(one.id)) > 0);
      one.proves('workflow tasks that failed', await failures(one.id));
      const waiting = await stack.orders.get(one.id);
      assert.deepEqual([waiting?.status, waiting?.attention], ['awaiting_customer', null]);
      assert.equal(stack.simulator.ledger.calls(one.reference).length, calls, 'nothing was sent');
      await assert.rejects(stack.orders.sendSms(one.id, null), { name: 'OrderStuckError' });
      await stack.stopWorker();
      await stack.startWorker();
      assert.equal((await stack.see(one.id, 'the end', closed, 30_000)).status, 'confirmed');
      assert.deepEqual(stack.simulator.ledger.calls(one.reference, 'cancel'), []);
    });
  }
});
