// Fault 35: a release whose workflows would decide otherwise than histories say, and its roll-back.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { RELEASE_CHECK_WORKFLOW } from '../../src/contract/names.ts';
import { INCOMPATIBLE, releaseWith } from '../support/releases.ts';
import { bundled } from '../support/replay.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import { openCourt } from './court.ts';

describe('a release that does not fit', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const failures = async (id: string) =>
    (await service.client.workflow.getHandle(id).fetchHistory()).events?.filter(
      ({ workflowTaskFailedEventAttributes: failed }) => /Nondeterminism/.test(failed?.failure?.message ?? ''),
    ).length ?? 0;

  for (const [what, change] of Object.entries(INCOMPATIBLE)) {
    fault(35, `${what}, deployed and rolled back while an order waits and its confirmation comes`, async (one) => {
      await service.place({ request: { reference: one.reference } });
      await service.see(one.id, 'the SMS', smsSent);
      const calls = service.simulator.ledger.calls(one.reference).length;
      await service.stopWorker();
      await service.startWorker({ workflowBundle: releaseWith(await bundled(), change) });
      service.simulator.confirm(one.reference);
      await until('a workflow task that fails', async () => (await failures(one.id)) > 0);
      one.proves('workflow tasks that failed', await failures(one.id));
      const waiting = await service.orders.get(one.id);
      assert.deepEqual([waiting?.status, waiting?.attention], ['awaiting_customer', null]);
      assert.equal(service.simulator.ledger.calls(one.reference).length, calls, 'nothing was sent');
      await assert.rejects(service.orders.sendSms(one.id, null), { name: 'OrderStuckError' });
      const check = { workflowId: `check ${one.reference}`, taskQueue: TASK_QUEUE };
      const { cause } = await service.client.workflow.execute(RELEASE_CHECK_WORKFLOW, check).then(
        () => assert.fail('its check passed'),
        (error: Error) => error,
      );
      assert.match((cause as Error).message, new RegExp(`decides otherwise than the histories of .*${one.id}`));
      await service.stopWorker();
      await service.startWorker();
      assert.equal((await service.see(one.id, 'the end', closed)).status, 'confirmed');
      assert.deepEqual(service.simulator.ledger.calls(one.reference, 'cancel'), []);
    });
  }
});
