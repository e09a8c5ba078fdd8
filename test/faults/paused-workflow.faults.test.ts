// Fault 42: a workflow that somebody paused in Temporal carries nothing on, and takes no command: it asks a human, loses nothing, and goes on.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe } from 'node:test';
import { countPaused } from '../../src/gateway/count-orders.ts';
import { resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';
import { ends, sawTheEnd, waiting, watches } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

describe('a paused workflow', { concurrency: 4 }, () => {
  let service: Service;
  before(async () => {
    // Experimental in this server, and off unless the operator turns it on.
    service = await startService({
      policy: { settleSeconds: 1 },
      dynamicConfig: { 'frontend.WorkflowPauseEnabled': true },
    });
  });
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const handle = (one: Case) => service.client.workflow.getHandle(one.id);
  async function pauses(one: Case): Promise<void> {
    const { namespace, identity } = service.client.options;
    const which = { namespace, workflowId: one.id, identity, reason: 'a mistake', requestId: randomUUID() };
    await service.client.workflowService.pauseWorkflowExecution(which);
    one.proves('it is paused', (await handle(one).describe()).status.name === 'PAUSED');
    const { status, attention } = await service.see(one.id, 'the question', asksHuman);
    assert.deepEqual([status, attention?.reason], ['awaiting_customer', 'workflow_stopped']);
  }
  async function carriesOn(one: Case): Promise<void> {
    assert.equal((await service.api.act(one.id, 'resolve', resolution('retry'))).status, 200);
    await until('it runs', async () => (await handle(one).describe()).status.name !== 'PAUSED');
  }

  fault(42, 'is shown and listed, and takes no command but the one that carries it on', async (one) => {
    await waiting(service, one);
    const reader = watches(service, one.id);
    await reader.sees('the SMS', smsSent);
    await pauses(one);
    await reader.sees('the question', asksHuman);
    for (const action of ['cancel', 'send_sms']) {
      const answer = await service.api.act(one.id, action);
      assert.deepEqual([answer.status, answer.body.code], [503, 'order_stuck'], action);
      assert.ok(answer.headers['retry-after'] !== undefined);
    }
    const answer = await service.api.act(one.id, 'resolve', resolution('give_up'));
    assert.deepEqual([answer.status, answer.body.code], [409, 'action_not_allowed']);
    for (const attention of ['true', 'workflow_stopped']) {
      const listed = async () => (await service.api.call(`/v1/orders?attention=${attention}`)).body.data ?? [];
      await until('the list', async () => (await listed()).some(({ id }) => id === one.id));
    }
    const counted = () => countPaused(service.client);
    await until('the count for the alert', async () => (await counted()) > 0);
    await carriesOn(one);
    await service.see(one.id, 'no question', ({ attention }) => attention === null);
    assert.equal((await service.api.act(one.id, 'cancel')).status, 200);
    await ends(service, one.id, 'cancelled');
    await sawTheEnd(service, reader, one.id);
  });

  fault(42, 'takes a confirmation, and ends with it', async (one) => {
    await service.place({ request: { reference: one.reference }, policy: { confirmWithinSeconds: 6 } });
    await service.see(one.id, 'the SMS', smsSent);
    await pauses(one);
    service.simulator.confirm(one.reference);
    const seen = await service.see(one.id, 'the confirmation', ({ status }) => status === 'confirmed');
    assert.equal(seen.attention?.reason, 'workflow_stopped');
    await service.pass(6_000);
    await carriesOn(one);
    assert.equal((await service.see(one.id, 'the end', closed)).status, 'confirmed');
    assert.deepEqual(service.simulator.ledger.calls(one.reference, 'cancel'), []);
  });

  fault(42, 'past its deadline: it is cancelled once it goes on', async (one) => {
    await service.place({ request: { reference: one.reference }, policy: { confirmWithinSeconds: 4 } });
    await service.see(one.id, 'the SMS', smsSent);
    await pauses(one);
    await service.pass(4_500);
    assert.deepEqual(service.simulator.ledger.calls(one.reference, 'cancel'), []);
    await carriesOn(one);
    assert.equal((await service.see(one.id, 'the end', closed)).status, 'expired');
  });
});
