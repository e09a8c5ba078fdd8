// Fault 45: one command of the server on many orders at once. Each of them ends right, or in front of a human.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe } from 'node:test';
import { promisify } from 'node:util';
import { findTemporalCli } from '../../src/dev/temporal.ts';
import type { OrderView } from '../../src/order/view.ts';
import { idOf, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, smsSent, until } from '../support/waits.ts';
import { attachedAndSigned, ends } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

const MANY = 12;
const STORE = { merchant: { id: 'merchant_1', store_ref: 'of the batch' } };

describe('a batch over many orders', () => {
  let service: Service;
  let cli: string;
  before(async () => {
    service = await startService({ policy: { settleSeconds: 1, sequraTimeoutMs: 4_000 } });
    cli = await findTemporalCli(console.error);
  });
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);
  const ledger = () => service.simulator.ledger;

  /** Some wait for their customer, some are under way to seQura. */
  async function orders(one: Case, store: string): Promise<{ waiting: string[]; creating: string[] }> {
    const all = Array.from({ length: MANY }, (_, number) => one.another(String(number)));
    const waiting = all.filter((_, number) => number % 3 > 0);
    const creating = all.filter((_, number) => number % 3 === 0);
    const place = (reference: string) =>
      one.posting((body) => service.api.place(body), { reference, merchant: { ...STORE.merchant, store_ref: store } });
    await Promise.all(waiting.map(place));
    for (const reference of waiting) await service.see(idOf(reference), 'the SMS', smsSent);
    for (const reference of creating)
      service.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 3_000, times: 1 });
    await Promise.all(creating.map(place));
    await until('the creates', () => creating.every((reference) => ledger().hits(reference, 'create') === 1));
    const listed = `WorkflowType = 'orderWorkflow' AND StoreRef = '${store}'`;
    await until(
      'the list',
      async () =>
        (
          await service.client.workflowService.countWorkflowExecutions({ namespace: 'default', query: listed })
        ).count?.toString() === String(MANY),
    );
    return { waiting, creating };
  }

  /** As typed: `temporal workflow VERB --query …`, and the job has come to its end. */
  async function batch(one: Case, store: string, verb: string, ...options: string[]): Promise<void> {
    const query = `WorkflowType = 'orderWorkflow' AND StoreRef = '${store}' AND ExecutionStatus = 'Running'`;
    const words = ['workflow', verb, '--query', query, '--reason', 'a mistake', '--yes', ...options];
    await promisify(execFile)(cli, [...words, '--address', service.address]);
    const { workflowService: temporal } = service.client;
    const done = await until('the batch', async () => {
      const { operationInfo } = await temporal.listBatchOperations({ namespace: 'default' });
      const jobId = operationInfo?.[0]?.jobId ?? '';
      const job = await temporal.describeBatchOperation({ namespace: 'default', jobId });
      return (job.state as number) === COMPLETED ? Number(job.completeOperationCount) : null;
    });
    one.proves(`${verb} reached every order`, done === MANY);
  }
  const COMPLETED = 2;

  const all = ({ waiting, creating }: { waiting: string[]; creating: string[] }) => [...waiting, ...creating];
  const see = (reference: string, what: string, holds: (order: OrderView) => boolean) =>
    service.see(idOf(reference), what, holds);

  fault(45, 'cancel: all are cancelled at seQura', async (one) => {
    const those = await orders(one, 'cancelled');
    await batch(one, 'cancelled', 'cancel');
    for (const reference of all(those)) await ends(service, idOf(reference), 'cancelled');
  });

  fault(45, 'terminate: all ask, and are carried on', async (one) => {
    const those = await orders(one, 'terminated');
    await batch(one, 'terminated', 'terminate');
    for (const reference of all(those)) {
      const { attention } = await see(reference, 'the stop', asksHuman);
      assert.equal(attention?.reason, 'workflow_stopped');
      assert.equal((await service.api.act(idOf(reference), 'resolve', resolution('retry'))).status, 200);
    }
    await until('the creates', () => those.creating.every((reference) => ledger().orders(reference).length === 1));
    for (const reference of all(those)) await attachedAndSigned(service, reference);
  });

  fault(45, 'reset: all go on where they were', async (one) => {
    const those = await orders(one, 'reset');
    await batch(one, 'reset', 'reset', '--type', 'FirstWorkflowTask');
    await until('the creates', () => those.creating.every((reference) => ledger().orders(reference).length === 1));
    for (const reference of all(those)) await attachedAndSigned(service, reference);
    for (const reference of those.waiting) assert.equal(ledger().calls(reference, 'send_sms').length, 1);
  });

  fault(45, 'signal: all hear it', async (one) => {
    const those = await orders(one, 'signalled');
    await batch(one, 'signalled', 'signal', '--name', 'sequra_event', '--input', '{"event":"order/teleported"}');
    for (const reference of those.waiting) {
      const { attention } = await see(reference, 'the question', asksHuman);
      assert.equal(attention?.reason, 'unrecognised_event');
      assert.equal((await service.api.act(idOf(reference), 'resolve', resolution('dismiss'))).status, 200);
    }
    for (const reference of those.creating) {
      await see(reference, 'both', (order) => order.attention !== null && order.status === 'awaiting_customer');
      assert.equal((await service.api.act(idOf(reference), 'resolve', resolution('dismiss'))).status, 200);
    }
    for (const reference of all(those)) await attachedAndSigned(service, reference);
  });
});
