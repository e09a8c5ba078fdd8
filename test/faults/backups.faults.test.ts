// Fault 46: an old backup of Temporal's database is put back. What was created, sent and heard since is known to seQura only, and what was
// under way is dispatched again.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import { openCourt } from './court.ts';
import type { Hosts } from './hosts.ts';
import { openHosts } from './hosts.ts';
import { idOf, resolution } from '../support/orders.ts';

const asks = (reason: string) => (order: OrderView) => order.attention?.reason === reason;

describe('a backup', () => {
  let hosts: Hosts;
  before(async () => {
    hosts = await openHosts({ merchant: { sms_limit: 5 } }, [], { SEQURA_TIMEOUT_MS: '4000' });
  });
  after(() => hosts.close());
  const fault = openCourt(import.meta.url, () => hosts);
  const calls = (reference: string, kind: 'create' | 'send_sms' | 'cancel') => hosts.ledger.calls(reference, kind);

  /** As a snapshot of its disk would be. */
  function backUp(): void {
    process.kill(hosts.temporal.pid, 'SIGSTOP');
    for (const part of ['', '-wal'])
      if (existsSync(hosts.dbFile + part)) copyFileSync(hosts.dbFile + part, `${hosts.dbFile}.backup${part}`);
    process.kill(hosts.temporal.pid, 'SIGCONT');
  }

  async function putBack(): Promise<void> {
    process.kill(hosts.temporal.pid, 'SIGKILL');
    await hosts.temporal.exited;
    for (const part of ['', '-wal', '-shm']) rmSync(hosts.dbFile + part, { force: true });
    for (const part of ['', '-wal'])
      if (existsSync(`${hosts.dbFile}.backup${part}`))
        copyFileSync(`${hosts.dbFile}.backup${part}`, hosts.dbFile + part);
    await hosts.startTemporal();
  }

  fault(46, 'made with orders at every point of their lives, and put back', async (one) => {
    const { faults } = hosts.site.simulator;
    const [signed, cancelled, creating, waiting, texting, cancelling, forgotten, sold, dropped] = [
      'signed',
      'cancelled',
      'creating',
      'accepted',
      'texting',
      'cancelling',
      'forgotten',
      'sold',
      'dropped',
    ].map((name) => one.another(name)) as [string, string, string, string, string, string, string, string, string];
    for (const reference of [signed, cancelled, texting, cancelling]) await hosts.waiting(one, reference);
    faults.set(creating, 'create', { kind: 'timeout_after_effect', times: 1 });
    faults.set(texting, 'send_sms', { kind: 'timeout_after_effect', times: 1 });
    faults.set(cancelling, 'cancel', { kind: 'timeout_after_effect', times: 1 });
    const asked = [
      hosts.post(one, creating),
      hosts.act(idOf(texting), 'send_sms'),
      hosts.act(idOf(cancelling), 'cancel'),
    ];
    await until('all three are there', () =>
      [creating, texting, cancelling].every((reference) => hosts.ledger.hits(reference) === 1),
    );
    hosts.worker.kill();
    await hosts.worker.ended();
    await Promise.allSettled(asked);
    await hosts.post(one, waiting);
    backUp();

    await hosts.startWorker();
    await hosts.see(idOf(waiting), 'the SMS', smsSent);
    await hosts.see(idOf(texting), 'its repeat', ({ sms }) => sms.sent >= 3);
    await hosts.see(idOf(cancelling), 'the end', closed);
    await hosts.see(idOf(creating), 'the question', asks('create_outcome_unknown'));
    await hosts.signs(signed);
    await hosts.act(idOf(cancelled), 'cancel');
    await hosts.see(idOf(cancelled), 'the end', closed);
    for (const reference of [forgotten, sold, dropped]) {
      await hosts.api.post(reference);
      await hosts.see(idOf(reference), 'the SMS', smsSent);
    }
    await hosts.signs(sold);

    for (const program of [hosts.worker, hosts.api]) {
      program.kill();
      await program.ended();
    }
    await hosts.site.simulator.idle();
    const before = { sms: calls(texting, 'send_sms').length, cancels: calls(cancelling, 'cancel').length };
    await putBack();
    const restoredAt = new Date().toISOString();
    // What only seQura knows, from its back office: what was signed since is told to the orders before any worker looks at their deadlines.
    await hosts.client.workflow.getHandle(idOf(signed)).signal('sequra_event', { event: 'order/confirmed' });
    await hosts.startApi();
    await hosts.startWorker({
      RESTORED_AT: restoredAt,
      FORGOTTEN_ORDERS: [forgotten, sold, dropped].map(idOf).join('\n'),
    });
    one.proves('it has forgotten', (await hosts.read(idOf(forgotten))) === null);
    one.proves('seQura has not', hosts.ledger.orders(forgotten).length === 1);

    for (const reference of [forgotten, sold, dropped]) {
      await hosts.post(one, reference);
      await hosts.see(idOf(reference), 'the question', asks('create_outcome_unknown'));
      assert.equal(calls(reference, 'create').length, 1, `${reference} is not created again`);
    }
    await hosts.lookUp(idOf(forgotten));
    await hosts.signs(forgotten);
    await hosts.client.workflow.getHandle(idOf(sold)).signal('sequra_event', { event: 'order/confirmed' });
    assert.equal((await hosts.see(idOf(sold), 'the end', closed)).status, 'confirmed');
    assert.equal(calls(sold, 'send_sms').length, 1, 'nobody is sent a link who has signed');
    faults.set(dropped, 'webhook', { kind: 'never', times: 1 });
    hosts.site.simulator.cancel(dropped);
    await hosts.act(idOf(dropped), 'resolve', resolution('retry'));
    await hosts.signs(dropped);
    assert.equal(calls(dropped, 'create').length, 2, 'an operator’s word is enough');
    assert.equal((await hosts.see(idOf(signed), 'the end', closed)).status, 'confirmed');
    assert.equal((await hosts.see(idOf(cancelling), 'the end', closed)).status, 'cancelled');
    one.proves('the cancel was sent again', calls(cancelling, 'cancel').length > before.cancels);
    for (const reference of [creating, waiting]) {
      await hosts.see(idOf(reference), 'the question', asks('create_outcome_unknown'));
      assert.equal(calls(reference, 'create').length, 1, `${reference} is not created again`);
      await hosts.lookUp(idOf(reference));
      await hosts.signs(reference);
    }
    const { sms } = await hosts.see(idOf(texting), 'the question', asks('sms_not_sent'));
    // The one in flight counts, and so does its repeat, which was sent in the life that is forgotten.
    assert.deepEqual([sms.sent, sms.last_outcome], [before.sms, 'unknown']);
    assert.equal(calls(texting, 'send_sms').length, before.sms, 'no SMS is sent again');
    await hosts.act(idOf(texting), 'resolve', resolution('retry'));
    await hosts.see(idOf(texting), 'what an operator asks for', (order) => order.sms.last_outcome === 'sent');
    await hosts.signs(texting);
    await hosts.act(idOf(cancelled), 'cancel');
    await hosts.see(idOf(cancelled), 'the question', asks('cancel_refused'));
    await hosts.act(idOf(cancelled), 'resolve', resolution('mark_cancelled'));
    assert.equal((await hosts.see(idOf(cancelled), 'the end', closed)).status, 'cancelled');
  });
});
