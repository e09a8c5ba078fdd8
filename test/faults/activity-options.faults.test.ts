// Fault 41: what an operator's commands on an activity make of a create and an SMS, in flight and with their worker dying.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { heldUpLooks } from '../../src/gateway/find-held-up.ts';
import type { ActivityCommand, Which } from '../support/activity-commands.ts';
import { moreAttempts, pause, pendingActivity, resetActivity, unpause, update } from '../support/activity-commands.ts';
import { idOf, resolution } from '../support/orders.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { call } from '../support/till.ts';
import { closed, until } from '../support/waits.ts';
import { killWorker, lookUp, post, signs, waiting } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

const each = (references: Map<string, string>, work: (name: string, reference: string) => Promise<void>) =>
  Promise.all([...references].map(([name, reference]) => work(name, reference)));
const TASK_QUEUE = 'part-payment-orders';

const hour = { seconds: 3_600 as never };

/** What is done while the call is in flight; then its worker dies. `late`: what is done once another one is there. */
const COMMANDS: Record<string, { now: ActivityCommand[]; late?: ActivityCommand }> = {
  attempts: { now: [moreAttempts] },
  paused: { now: [pause] },
  unpaused: { now: [moreAttempts, pause], late: unpause },
  reset: { now: [moreAttempts, pause], late: resetActivity },
  'attempts and reset': { now: [moreAttempts, resetActivity] },
  'attempts far apart': {
    now: [
      update(
        { retryPolicy: { maximumAttempts: 5, initialInterval: hour, maximumInterval: hour } },
        'retry_policy.maximum_attempts',
        'retry_policy.initial_interval',
        'retry_policy.maximum_interval',
      ),
    ],
  },
  'another queue': { now: [moreAttempts, update({ taskQueue: { name: 'nobody' } }, 'task_queue.name')] },
  hours: { now: [update({ startToCloseTimeout: hour }, 'start_to_close_timeout')] },
};

describe('commands on an activity', () => {
  let site: Site;
  before(async () => {
    site = await openSite({ merchant: { sms_limit: 3 }, settings: { SEQURA_TIMEOUT_MS: '12000' } });
  });
  after(() => site.close());
  const fault = openCourt(import.meta.url, () => site);
  const calls = (reference: string, kind: 'create' | 'send_sms') => site.simulator.ledger.calls(reference, kind).length;
  const faults = () => site.simulator.faults;

  /** Every command on an activity of its own, one worker that dies, and another. */
  async function commanded(one: Case, kind: 'create' | 'send_sms', references: Map<string, string>): Promise<void> {
    const before = new Map([...references.values()].map((reference) => [reference, calls(reference, kind) - 1]));
    const done = new Map<string, Which>();
    await each(references, async (name, reference) => {
      const which = await pendingActivity(site.client, idOf(reference));
      done.set(name, which);
      for (const command of COMMANDS[name]?.now ?? []) await command(site.client, which);
    });
    await killWorker(site, one);
    await site.worker.start();
    await each(references, async (name) => {
      const which = done.get(name);
      if (which !== undefined) await COMMANDS[name]?.late?.(site.client, which);
    });
    await heldUpLooks({ client: site.client, taskQueue: TASK_QUEUE })(Date.now() + 90_000);
    for (const [reference, earlier] of before)
      one.proves(`${reference}: it had been sent`, calls(reference, kind) > earlier);
  }

  const named = (one: Case) => new Map(Object.keys(COMMANDS).map((name) => [name, one.another(name)]));
  const asks = (reason: string) => (order: OrderView) => order.attention?.reason === reason;

  fault(41, 'creates in flight, their worker dies', async (one) => {
    const references = named(one);
    await each(references, async (_name, reference) => {
      faults().set(reference, 'create', { kind: 'timeout_after_effect' });
      await post(site, one, reference);
      await until('the create', () => site.simulator.ledger.hits(reference, 'create') === 1);
    });
    await commanded(one, 'create', references);
    for (const reference of references.values()) {
      await site.api.see(idOf(reference), 'the question', asks('create_outcome_unknown'), 90_000);
      assert.equal(calls(reference, 'create'), 1, reference);
      await lookUp(site, idOf(reference));
      await signs(site, reference);
      assert.equal(calls(reference, 'create'), 1, reference);
    }
  });

  fault(41, 'SMS in flight, their worker dies', async (one) => {
    const references = named(one);
    await each(references, async (_name, reference) => {
      faults().set(reference, 'send_sms', { kind: 'timeout_after_effect', times: 1 });
      await post(site, one, reference);
      await until('the SMS', () => site.simulator.ledger.hits(reference, 'send_sms') === 1);
    });
    await commanded(one, 'send_sms', references);
    for (const reference of references.values()) {
      const answered = ({ sms, attention }: OrderView) => attention !== null || sms.last_outcome === 'sent';
      const { sms } = await site.api.see(idOf(reference), 'a sent one, or a question', answered, 90_000);
      // One whose answer was lost is repeated once, by the order and not by Temporal.
      assert.equal(calls(reference, 'send_sms'), sms.sent, reference);
      assert.ok(sms.sent <= 2, reference);
      await signs(site, reference);
    }
  });

  fault(41, 'a cancel in flight, reset: what may have arrived is still known', async (one) => {
    await waiting(site, one);
    faults().set(one.reference, 'cancel', { kind: 'timeout_after_effect', times: 1 });
    const cancel = site.api.act(one.id, 'cancel');
    await until('the cancel', () => site.simulator.ledger.hits(one.reference, 'cancel') === 1);
    await resetActivity(site.client, await pendingActivity(site.client, one.id));
    await cancel;
    const { status } = await site.api.see(one.id, 'the end', closed);
    assert.equal(status, 'cancelled');
    one.proves('it was tried again', site.simulator.ledger.calls(one.reference, 'cancel').length >= 2);
    assert.deepEqual(site.simulator.ledger.calls(one.reference, 'cancel').at(-1)?.http_status, 422);
  });

  fault(41, 'a paused create is retried after an operator has looked', async (one) => {
    faults().set(one.reference, 'create', { kind: 'timeout_before_effect', times: 1 });
    await post(site, one);
    await until('the create', () => site.simulator.ledger.hits(one.reference, 'create') === 1);
    await pause(site.client, await pendingActivity(site.client, one.id));
    await killWorker(site, one);
    await site.worker.start();
    await site.api.see(one.id, 'the question', asks('create_outcome_unknown'));
    const metrics = await call<string>(`${site.worker.now.admin}/metrics`);
    assert.match(metrics.body, /^orders_held_up_total [1-9]/m);

    const { status } = await site.api.act(one.id, 'resolve', resolution('retry'));
    assert.equal(status, 200);
    await signs(site, one.reference);
    assert.equal(calls(one.reference, 'create'), 2);
  });
});
