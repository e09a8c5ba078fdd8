// A reminder that no worker takes in time is not sent: Temporal itself says that it was never begun.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NativeConnection, Worker } from '@temporalio/worker';
import { dataConverter } from '../../src/temporal/connection.ts';
import { bundled } from '../support/replay.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { closed, smsSent, until } from '../support/waits.ts';

/** The last tenth begins after 18 s. */
const POLICY = { smsReminderAfterSeconds: 2, confirmWithinSeconds: 20, settleSeconds: 1 };
const LAST_TENTH_MS = 2_000;

describe('a reminder', () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());

  it('is sent once where a worker is there', async () => {
    const { id, reference } = await service.place({ policy: POLICY });
    const order = await service.see(id, 'the reminder', ({ sms }) => sms.sent === 2);
    assert.deepEqual(
      order.timeline.map(({ event }) => event),
      ['accepted', 'created', 'sms_sent', 'sms_sent'],
    );
    await service.pass(3_000);
    service.simulator.confirm(reference);
    assert.equal((await service.see(id, 'the end', closed)).sms.sent, 2);
  });

  it('is not sent where no worker has taken it before the last tenth of the time', async () => {
    const { id, reference } = await service.place({ policy: POLICY });
    const { confirm_by: confirmBy } = await service.see(id, 'the SMS', smsSent);
    await service.stopWorker();
    const connection = await NativeConnection.connect({ address: service.address });
    // It decides, and does nothing.
    const deciding = await Worker.create({
      connection,
      namespace: 'default',
      taskQueue: TASK_QUEUE,
      workflowBundle: await bundled(),
      dataConverter: dataConverter(service.payloadKeys, { replaceCorrupted: true }),
    });
    const done = deciding.run();
    const happened = async () => {
      const { events } = await service.client.workflow.getHandle(id).fetchHistory();
      const is = (name: 'activityTaskScheduledEventAttributes' | 'activityTaskTimedOutEventAttributes') =>
        (events ?? []).filter((event) => event[name] != null).length;
      return [is('activityTaskScheduledEventAttributes'), is('activityTaskTimedOutEventAttributes')].join();
    };
    await until('the reminder waits for a worker', async () => (await happened()) === '3,0');
    await until('it is given up', async () => (await happened()) === '3,1');
    assert.ok(Date.now() >= Date.parse(confirmBy ?? '') - LAST_TENTH_MS - 500);
    deciding.shutdown();
    await done;
    await service.startWorker();
    const end = await service.see(id, 'the end', closed);
    assert.deepEqual([end.status, end.sms.sent], ['expired', 1]);
    assert.equal(service.simulator.ledger.orders(reference)[0]?.sms.length, 1);
    await connection.close();
  });
});
