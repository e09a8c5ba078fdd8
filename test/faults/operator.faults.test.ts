// Fault 38: what an operator's hand in the Temporal UI can do to an order, at the worst moment for it.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { resolution } from '../support/orders.ts';
import { LEAVE_OUT, reset } from '../support/resets.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';
import { attachedAndSigned, ends, waiting } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

/** How long a call is under way, while a test does what it is to meet. */
const UNDER_WAY_MS = 6_000;

describe('an operator', () => {
  let service: Service;
  before(async () => (service = await startService({ policy: { settleSeconds: 1, sequraTimeoutMs: 10_000 } })));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  const ledger = () => service.simulator.ledger;
  const handle = (one: Case) => service.client.workflow.getHandle(one.id);
  const post = (one: Case, headers: Record<string, string> = { prefer: 'wait=20' }) =>
    one.posting((body) => service.api.place(body, headers));
  const asks = (one: Case, reason: string) =>
    service.see(one.id, reason, ({ attention }) => attention?.reason === reason);
  const answers = async (one: Case, answer: ReturnType<typeof resolution>) =>
    assert.equal((await service.api.act(one.id, 'resolve', answer)).status, 200);

  async function terminates(one: Case): Promise<void> {
    await handle(one).terminate('by mistake');
    one.proves('terminated', (await handle(one).describe()).status.name === 'TERMINATED');
  }

  /** At once: `signs` of `acts.ts` waits until the order knows of its SMS. */
  async function signs(one: Case): Promise<void> {
    service.simulator.confirm(one.reference);
    await ends(service, one.id, 'confirmed');
  }

  async function isFound(one: Case): Promise<void> {
    await asks(one, 'create_outcome_unknown');
    await attachedAndSigned(service, one.reference);
  }

  async function held(one: Case): Promise<void> {
    service.simulator.faults.set(one.reference, 'create', { kind: 'reset_after_effect' });
    await post(one, {});
    await asks(one, 'create_outcome_unknown');
  }

  /** To the `nth` workflow task. */
  async function resets(one: Case, nth: number, leaveOut: number[] = [], run?: string): Promise<void> {
    const { runId } = await handle(one).describe();
    await reset(service.client, one.id, () => nth, leaveOut, run);
    one.proves('a reset', (await handle(one).describe()).runId !== runId);
  }

  /** The create is under way, and a webhook since made a workflow task to which one can reset. */
  async function creating(one: Case): Promise<void> {
    service.simulator.faults.set(one.reference, 'create', { kind: 'delay', delay_ms: UNDER_WAY_MS });
    await post(one, {});
    await until('the create', () => ledger().hits(one.reference, 'create', 'delay') === 1);
    await service.webhook({ event: 'order/account_in_debt', event_id: 'n', order_ref_1: one.reference });
    await service.see(one.id, 'the webhook', ({ timeline }) => timeline.length > 1);
  }

  describe('side by side', { concurrency: 6 }, () => {
    fault(38, 'presses Request Cancellation while the create is under way', async (one) => {
      await creating(one);
      await handle(one).cancel();
      await ends(service, one.id, 'cancelled');
      one.proves('it was under way', ledger().calls(one.reference, 'create')[0]?.fault === 'delay');
      assert.equal(ledger().orders(one.reference)[0]?.status, 'cancelled');
    });

    fault(38, 'presses Request Cancellation twice while the customer signs', async (one) => {
      await waiting(service, one);
      service.simulator.faults.set(one.reference, 'cancel', {
        kind: 'delay',
        delay_ms: UNDER_WAY_MS,
        before_effect: true,
      });
      await handle(one).cancel();
      await until('the cancel', () => ledger().calls(one.reference, 'cancel').length === 1);
      service.simulator.confirm(one.reference);
      await handle(one).cancel();
      await asks(one, 'confirm_cancel_crossed');
      one.proves('they met', ledger().hits(one.reference, 'cancel', 'delay'));
      await answers(one, resolution('mark_cancelled'));
      await ends(service, one.id, 'cancelled');
    });

    fault(38, 'terminates while the create is under way, and carries on', async (one) => {
      await creating(one);
      await terminates(one);
      await asks(one, 'workflow_stopped');
      assert.equal((await post(one)).status, 200);
      await answers(one, resolution('retry'));
      await isFound(one);
    });

    fault(38, 'terminates while the create is under way, and its order is signed by then', async (one) => {
      await creating(one);
      await service.webhook({ event: 'order/confirmed', event_id: 'c', order_ref_1: one.reference });
      await service.see(one.id, 'the webhook', ({ timeline }) => timeline.length > 2);
      await terminates(one);
      await answers(one, resolution('retry'));
      await ends(service, one.id, 'confirmed');
      await until('the create', () => ledger().orders(one.reference).length === 1);
      await signs(one);
      await service.simulator.idle();
      assert.equal(ledger().calls(one.reference, 'create').length, 1);
    });

    fault(38, 'terminates while the create is held, and carries on twice at once: one answer counts', async (one) => {
      await held(one);
      await terminates(one);
      const both = await Promise.all(
        ['ana', 'ben'].map((operator) => service.api.act(one.id, 'resolve', { ...resolution('retry'), operator })),
      );
      assert.deepEqual(
        both.map(({ status }) => status).toSorted((a, b) => a - b),
        [200, 409],
      );
      await isFound(one);
    });

    fault(38, 'resets the run before a late confirmation: what the later one knew still holds', async (one) => {
      await waiting(service, one);
      assert.equal((await service.api.act(one.id, 'cancel')).status, 200);
      await ends(service, one.id, 'cancelled');
      const { runId } = await handle(one).describe();
      await service.webhook({ event: 'order/confirmed', event_id: 'c', order_ref_1: one.reference });
      await asks(one, 'confirm_cancel_crossed');
      await resets(one, 1, [], runId);
      await service.see(one.id, 'what it knew', ({ attention, timeline }) => attention !== null && timeline.length > 6);
      await asks(one, 'confirm_cancel_crossed');
      await answers(one, resolution('mark_cancelled'));
      await ends(service, one.id, 'cancelled');
      const before = await service.see(one.id, 'the end', closed);
      await until('its close', async () => (await handle(one).describe()).status.name === 'COMPLETED');
      await resets(one, 1, [LEAVE_OUT.signals], runId);
      const again = await service.see(one.id, 'what it knew', ({ revision }) => revision > before.revision);
      assert.deepEqual([again.status, again.attention], ['cancelled', null]);
    });

    fault(38, 'terminates while the last SMS that is allowed is under way', async (one) => {
      await waiting(service, one);
      assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
      service.simulator.faults.set(one.reference, 'send_sms', { kind: 'delay', delay_ms: UNDER_WAY_MS });
      const sms = service.api.act(one.id, 'send_sms');
      await until('the SMS', () => ledger().hits(one.reference, 'send_sms', 'delay') === 1);
      await terminates(one);
      await sms;
      await answers(one, resolution('retry'));
      await asks(one, 'sms_not_sent');
      assert.equal((await service.api.act(one.id, 'send_sms')).body.code, 'sms_limit_reached');
      await signs(one);
    });

    fault(38, 'terminates while the cancel is under way, and a webhook carries on', async (one) => {
      await waiting(service, one);
      service.simulator.faults.set(one.reference, 'cancel', { kind: 'timeout_after_effect', hold_ms: 2_000 });
      const cancel = service.api.act(one.id, 'cancel');
      await until('the cancel', () => ledger().hits(one.reference, 'cancel') === 1);
      await terminates(one);
      assert.equal((await cancel).status, 202);
      assert.equal(
        await service.webhook({ event: 'order/account_in_debt', event_id: 'n', order_ref_1: one.reference }),
        200,
      );
      await ends(service, one.id, 'cancelled');
      assert.equal(ledger().orders(one.reference)[0]?.status, 'cancelled');
    });

    fault(
      38,
      'terminates while a refused cancel waits for a confirmation: the next 422 is no success either',
      async (one) => {
        service.simulator.faults.set(one.reference, 'cancel', { kind: 'refuse', status: 422, times: null });
        await waiting(service, one);
        const cancel = service.api.act(one.id, 'cancel');
        await until('the refusal', () => ledger().hits(one.reference, 'cancel', 'refuse') === 1);
        const pending = async () => (await handle(one).describe()).raw.pendingActivities ?? [];
        await until('it is recorded', async () => (await pending()).length === 0);
        await terminates(one);
        await cancel;
        await answers(one, resolution('retry'));
        await asks(one, 'cancel_refused');
        service.simulator.faults.clear({ reference: one.reference });
        await answers(one, resolution('retry'));
        await ends(service, one.id, 'cancelled');
      },
    );

    fault(38, 'resets to before the create', async (one) => {
      await waiting(service, one);
      await resets(one, 0);
      await signs(one);
      assert.equal(ledger().calls(one.reference, 'create').length, 1);
    });

    fault(38, 'resets to where the create was under way: it is not sent once more', async (one) => {
      await creating(one);
      await service.see(one.id, 'the SMS', smsSent);
      await resets(one, 1);
      await service.pass(1_500);
      await signs(one);
      assert.equal(ledger().calls(one.reference, 'create').length, 1);
      assert.equal(ledger().calls(one.reference, 'send_sms').length, 1);
    });

    fault(38, 'resets while the create is under way', async (one) => {
      await creating(one);
      await resets(one, 1);
      await isFound(one);
    });

    fault(38, 'resets a confirmed order at its deadline, without its signals: it is not cancelled', async (one) => {
      await service.place({ request: { reference: one.reference }, policy: { confirmWithinSeconds: 2 } });
      await service.see(one.id, 'the SMS', smsSent);
      await signs(one);
      await service.pass(2_000);
      await resets(one, 2, [LEAVE_OUT.signals, LEAVE_OUT.updates]);
      await service.pass(500);
      await ends(service, one.id, 'confirmed');
      assert.deepEqual(ledger().calls(one.reference, 'cancel'), []);
    });

    fault(38, 'resets an order whose confirmation and cancel crossed: it asks again', async (one) => {
      await waiting(service, one);
      service.simulator.faults.set(one.reference, 'cancel', {
        kind: 'delay',
        delay_ms: UNDER_WAY_MS,
        before_effect: true,
      });
      const cancel = service.api.act(one.id, 'cancel');
      await until('the cancel', () => ledger().calls(one.reference, 'cancel').length === 1);
      service.simulator.confirm(one.reference);
      await cancel;
      await asks(one, 'confirm_cancel_crossed');
      await resets(one, 0);
      await service.pass(1_000);
      await asks(one, 'confirm_cancel_crossed');
      await answers(one, resolution('mark_cancelled'));
      await ends(service, one.id, 'cancelled');
    });

    fault(
      38,
      'resets a confirmed order whose cancel had been refused: the cancel that comes again is none',
      async (one) => {
        await waiting(service, one);
        service.simulator.faults.set(one.reference, 'cancel', { kind: 'refuse', status: 422 });
        const cancel = service.api.act(one.id, 'cancel');
        await until('the refusal', () => ledger().hits(one.reference, 'cancel', 'refuse') === 1);
        service.simulator.confirm(one.reference);
        await cancel;
        await ends(service, one.id, 'confirmed');
        await resets(one, 2);
        await service.pass(1_000);
        await ends(service, one.id, 'confirmed');
        assert.equal(ledger().calls(one.reference, 'cancel').length, 1);
      },
    );

    fault(38, 'terminates, then resets: no two states have the same revision', async (one) => {
      await waiting(service, one);
      await terminates(one);
      const stopped = await service.see(one.id, 'the stop', asksHuman);
      await resets(one, 0);
      const again = await service.see(one.id, 'it again', ({ attention, sms }) => attention === null && sms.sent > 0);
      assert.ok(again.revision > stopped.revision, `${again.revision} after ${stopped.revision}`);
      await signs(one);
    });

    fault(38, 'sends the same signal by hand, again and again', async (one) => {
      await waiting(service, one);
      for (let times = 0; times < 3; times += 1)
        await handle(one).signal('sequra_event', { event: 'order/teleported', event_id: 'u' });
      await asks(one, 'unrecognised_event');
      for (let times = 0; times < 3; times += 1)
        await handle(one).signal('sequra_event', { event: 'order/teleported', event_id: 'x', kind: 'confirm' });
      const repeats = ({ timeline }: OrderView) => timeline.filter(({ event }) => event === 'webhook_duplicate').length;
      one.proves('repeats', repeats(await service.see(one.id, 'every repeat', (order) => repeats(order) === 4)));
      await answers(one, resolution('dismiss'));
      await ends(service, one.id, 'confirmed');
      service.simulator.confirm(one.reference);
      await service.simulator.idle();
    });

    fault(38, 'starts a workflow by hand under the id of an order that is still to come', async (one) => {
      await service.client.workflow.start('orderWorkflow', { workflowId: one.id, taskQueue: TASK_QUEUE, args: [] });
      await until('its failure', async () => (await handle(one).describe()).status.name === 'FAILED');
      one.proves('the id is taken', (await handle(one).describe()).type === 'orderWorkflow');
      assert.equal((await post(one)).status, 201);
      assert.equal((await post(one)).status, 200);
      await signs(one);
    });

    fault(38, 'answers twice at once: one answer counts', async (one) => {
      service.simulator.faults.set(one.reference, 'create', { kind: 'timeout_before_effect', hold_ms: 2_000 });
      await post(one);
      one.proves('held', ledger().hits(one.reference, 'create'));
      const both = await Promise.all(
        ['retry', 'give_up'].map((action) => service.api.act(one.id, 'resolve', resolution(action))),
      );
      assert.deepEqual(
        both.map(({ status }) => status).toSorted((a, b) => a - b),
        [200, 409],
      );
      if (both[0]?.status === 200) {
        await service.see(one.id, 'the SMS', smsSent);
        service.simulator.confirm(one.reference);
      }
      await service.see(one.id, 'the end', closed);
    });
  });

  describe('one at a time', () => {
    async function sendsUnreadable(one: Case): Promise<void> {
      const payload = { metadata: { encoding: Buffer.from('json/protobuf') }, data: Buffer.from('{') };
      await service.client.workflowService.signalWorkflowExecution({
        namespace: service.client.options.namespace,
        workflowExecution: { workflowId: one.id },
        signalName: 'sequra_event',
        input: { payloads: [payload] },
      });
    }
    const isAccepted = (one: Case) =>
      ledger()
        .webhooks(one.reference)
        .some(({ state }) => state === 'delivered');

    fault(38, 'terminates before a worker has taken up the confirmation: it counts', async (one) => {
      await service.place({ request: { reference: one.reference }, policy: { confirmWithinSeconds: 4 } });
      await service.see(one.id, 'the SMS', smsSent);
      await service.stopWorker();
      service.simulator.confirm(one.reference);
      await until('the confirmation', () => isAccepted(one));
      await terminates(one);
      const stopped = await service.see(one.id, 'the stop', asksHuman);
      assert.deepEqual([stopped.status, stopped.attention?.reason], ['confirmed', 'workflow_stopped']);
      await service.pass(4_000);
      await service.startWorker();
      await answers(one, resolution('retry'));
      await ends(service, one.id, 'confirmed');
      assert.deepEqual(ledger().calls(one.reference, 'cancel'), []);
    });

    fault(38, 'terminates an order that a late confirmation has opened again, before it is taken up', async (one) => {
      await waiting(service, one);
      service.simulator.faults.set(one.reference, 'webhook', { kind: 'late', delay_ms: 4_000 });
      service.simulator.confirm(one.reference);
      assert.equal((await service.api.act(one.id, 'cancel')).status, 200);
      await ends(service, one.id, 'cancelled');
      await service.stopWorker();
      one.proves('it is late', !isAccepted(one));
      await until('the confirmation', () => isAccepted(one));
      await terminates(one);
      assert.equal((await service.see(one.id, 'the stop', asksHuman)).attention?.reason, 'workflow_stopped');
      const listed = async () => (await service.api.call('/v1/orders?attention=workflow_stopped')).body.data ?? [];
      await until('the list', async () => (await listed()).some(({ id }) => id === one.id));
      await service.startWorker();
      await answers(one, resolution('retry'));
      await asks(one, 'confirm_cancel_crossed');
      await answers(one, resolution('mark_cancelled'));
      await ends(service, one.id, 'cancelled');
    });

    fault(38, 'resets without its signals before a worker has taken up the confirmation: it counts', async (one) => {
      await waiting(service, one);
      await service.stopWorker();
      service.simulator.confirm(one.reference);
      await until('the confirmation', () => isAccepted(one));
      await resets(one, 0, [LEAVE_OUT.signals, LEAVE_OUT.updates]);
      await service.startWorker();
      await ends(service, one.id, 'confirmed');
    });

    for (const stopped of [true, false]) {
      fault(
        38,
        `answers a ${stopped ? 'stopped' : 'held'} create without workers, and again with them`,
        async (one) => {
          await held(one);
          if (stopped) await terminates(one);
          await service.stopWorker();
          service.simulator.faults.set(one.reference, 'create', { kind: 'reset_after_effect' });
          const early = await Promise.all([1, 2].map(() => service.api.act(one.id, 'resolve', resolution('retry'))));
          one.proves(
            'nobody was there',
            early.every(({ status, body }) => status === 503 && body.code === 'no_worker'),
          );
          await service.startWorker();
          const askedAgain = ({ attention, timeline }: OrderView) =>
            attention?.reason === 'create_outcome_unknown' && timeline.some(({ event }) => event === 'resolved');
          await service.see(one.id, 'the answer', askedAgain);
          await service.pass(1_000);
          const creates = ledger().calls(one.reference, 'create').length;
          for (let repeat = 0; repeat < 2; repeat += 1) {
            const { status, body } = await service.api.act(one.id, 'resolve', resolution('retry'));
            assert.deepEqual([status, body.code], [409, 'action_not_allowed']);
            assert.match(body.detail ?? '', /carried out at .* look at the order again/);
          }
          await service.pass(1_000);
          assert.equal(ledger().calls(one.reference, 'create').length, creates);
          service.simulator.faults.clear({ reference: one.reference });
          await answers(one, { ...resolution('retry'), note: 'looked once more' });
          await service.see(one.id, 'the SMS', smsSent);
          await signs(one);
        },
      );
    }

    fault(38, 'terminates before a worker has taken up that seQura refuses the cancel', async (one) => {
      const { faults } = service.simulator;
      faults.set(one.reference, 'webhook', { kind: 'never' });
      faults.set(one.reference, 'cancel', { kind: 'delay', delay_ms: 1_000, before_effect: true });
      await waiting(service, one);
      service.simulator.confirm(one.reference);
      service.simulator.complete(one.reference);
      const cancel = service.api.act(one.id, 'cancel');
      await until('the cancel', () => ledger().hits(one.reference, 'cancel', 'delay') === 1);
      await service.stopWorker();
      assert.equal(ledger().calls(one.reference, 'cancel')[0]?.http_status, 422);
      await terminates(one);
      await cancel;
      await service.startWorker();
      await answers(one, resolution('retry'));
      await asks(one, 'cancel_refused');
      await answers(one, resolution('mark_confirmed'));
      await ends(service, one.id, 'confirmed');
    });

    fault(38, 'starts a run by hand under the id of a closed order, and a confirmation comes to that', async (one) => {
      await waiting(service, one);
      assert.equal((await service.api.act(one.id, 'cancel')).status, 200);
      await ends(service, one.id, 'cancelled');
      await service.stopWorker();
      await service.client.workflow.start('orderWorkflow', { workflowId: one.id, taskQueue: TASK_QUEUE, args: [] });
      const { runId } = await handle(one).describe();
      assert.equal(await service.webhook({ event: 'order/confirmed', event_id: 'c', order_ref_1: one.reference }), 200);
      await service.startWorker();
      await until('its failure', async () => (await handle(one).describe()).status.name === 'FAILED');
      one.proves('it had the id', (await handle(one).describe()).runId === runId);
      await asks(one, 'workflow_stopped');
      await answers(one, resolution('retry'));
      await asks(one, 'confirm_cancel_crossed');
      await answers(one, resolution('mark_cancelled'));
      await ends(service, one.id, 'cancelled');
    });

    fault(
      38,
      'starts a run by hand in place of a stopped one, which gets the confirmation, and resets that',
      async (one) => {
        await service.place({ request: { reference: one.reference }, policy: { confirmWithinSeconds: 8 } });
        await service.see(one.id, 'the SMS', smsSent);
        const { runId } = await handle(one).describe();
        await terminates(one);
        await service.stopWorker();
        await service.client.workflow.start('orderWorkflow', { workflowId: one.id, taskQueue: TASK_QUEUE, args: [] });
        service.simulator.confirm(one.reference);
        await until('the confirmation', () => isAccepted(one));
        await service.startWorker();
        await until('its failure', async () => (await handle(one).describe()).status.name === 'FAILED');
        await resets(one, 1, [], runId);
        await ends(service, one.id, 'confirmed');
        assert.deepEqual(ledger().calls(one.reference, 'cancel'), []);
      },
    );

    fault(
      38,
      'sends a signal that nobody can read, and terminates: the order can be read and carried on',
      async (one) => {
        await waiting(service, one);
        await service.stopWorker();
        await sendsUnreadable(one);
        await terminates(one);
        await asks(one, 'workflow_stopped');
        const { status, body } = await service.api.call('/v1/orders?attention=true');
        assert.deepEqual([status, body.data?.some(({ id }) => id === one.id)], [200, true]);
        await service.startWorker();
        await answers(one, resolution('retry'));
        await asks(one, 'unrecognised_event');
        await answers(one, resolution('dismiss'));
        await signs(one);
      },
    );

    fault(38, 'sends a signal that nobody can read', async (one) => {
      await waiting(service, one);
      await sendsUnreadable(one);
      await asks(one, 'unrecognised_event');
      one.proves('it was taken up', (await handle(one).describe()).status.name === 'RUNNING');
      await answers(one, resolution('dismiss'));
      await signs(one);
    });

    fault(38, 'resets a confirmed order, and terminates it before it has recovered', async (one) => {
      await service.place({ request: { reference: one.reference }, policy: { confirmWithinSeconds: 3 } });
      await service.see(one.id, 'the SMS', smsSent);
      await signs(one);
      await service.stopWorker();
      await resets(one, 1, [LEAVE_OUT.signals, LEAVE_OUT.updates]);
      await terminates(one);
      const stopped = await service.see(one.id, 'the stop', asksHuman);
      assert.deepEqual([stopped.status, stopped.attention?.reason], ['confirmed', 'workflow_stopped']);
      await service.pass(3_000);
      await service.startWorker();
      await answers(one, resolution('retry'));
      await ends(service, one.id, 'confirmed');
      assert.deepEqual(ledger().calls(one.reference, 'cancel'), []);
      assert.equal(ledger().calls(one.reference, 'create').length, 1);
    });

    fault(
      38,
      'resets an order to which an update and then a signal come again, and its worker restarts',
      async (one) => {
        await waiting(service, one);
        assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
        await service.webhook({ event: 'order/account_in_debt', event_id: 'n', order_ref_1: one.reference });
        await service.see(one.id, 'the webhook', ({ timeline }) => timeline.at(-1)?.event === 'webhook_noted');
        await resets(one, 2);
        await service.see(one.id, 'what it knew', ({ sms }) => sms.sent === 2);
        await service.stopWorker();
        await service.startWorker();
        await signs(one);
        assert.equal(ledger().orders(one.reference)[0]?.sms.length, 2);
      },
    );

    fault(38, 'resets, with every worker stopped, and resets again', async (one) => {
      await waiting(service, one);
      assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
      await service.stopWorker();
      await resets(one, 0);
      await service.startWorker();
      await service.see(one.id, 'what it knew', ({ sms }) => sms.sent === 2);
      await resets(one, 1);
      await service.see(one.id, 'what it knew', ({ sms }) => sms.sent === 2);
      assert.equal((await service.api.act(one.id, 'send_sms')).status, 200);
      assert.equal((await service.api.act(one.id, 'send_sms')).body.code, 'sms_limit_reached');
      await signs(one);
    });
  });
});
