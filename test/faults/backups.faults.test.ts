// Fault 46: an old backup of Temporal's database is put back. What was created, sent and heard since is known to seQura only, and what was
// under way is dispatched again.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { idOf, resolution } from '../support/orders.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import { ends, lookUp, post, signs, waiting } from './acts.ts';
import { openCourt } from './court.ts';

const asks = (reason: string) => (order: OrderView) => order.attention?.reason === reason;

describe('a backup', () => {
  let site: Site;
  before(async () => {
    site = await openSite({ merchant: { sms_limit: 5 }, settings: { SEQURA_TIMEOUT_MS: '4000' } });
  });
  after(() => site.close());
  const fault = openCourt(import.meta.url, () => site);
  const calls = (reference: string, kind: 'create' | 'send_sms' | 'cancel') =>
    site.simulator.ledger.calls(reference, kind);

  /** As a snapshot of its disk would be. */
  function backUp(): void {
    site.temporal.pause();
    for (const part of ['', '-wal'])
      if (existsSync(site.dbFile + part)) copyFileSync(site.dbFile + part, `${site.dbFile}.backup${part}`);
    site.temporal.resume();
  }

  async function putBack(): Promise<void> {
    await site.temporal.kill();
    for (const part of ['', '-wal', '-shm']) rmSync(site.dbFile + part, { force: true });
    for (const part of ['', '-wal'])
      if (existsSync(`${site.dbFile}.backup${part}`)) copyFileSync(`${site.dbFile}.backup${part}`, site.dbFile + part);
    await site.temporal.start();
  }

  fault(46, 'made with orders at every point of their lives, and put back', async (one) => {
    const { faults } = site.simulator;
    const [signed, cancelled, creating, accepted, texting, cancelling, forgotten, sold, dropped] = [
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
    for (const reference of [signed, cancelled, texting, cancelling]) await waiting(site, one, reference);
    faults.set(creating, 'create', { kind: 'timeout_after_effect', times: 1 });
    faults.set(texting, 'send_sms', { kind: 'timeout_after_effect', times: 1 });
    faults.set(cancelling, 'cancel', { kind: 'timeout_after_effect', times: 1 });
    const asked = [
      post(site, one, creating),
      site.api.act(idOf(texting), 'send_sms'),
      site.api.act(idOf(cancelling), 'cancel'),
    ];
    await until('all three are there', () =>
      [creating, texting, cancelling].every((reference) => site.simulator.ledger.hits(reference) === 1),
    );
    await site.worker.kill();
    await Promise.allSettled(asked);
    await post(site, one, accepted);
    backUp();

    await site.worker.start();
    await site.api.see(idOf(accepted), 'the SMS', smsSent);
    await site.api.see(idOf(texting), 'its repeat', ({ sms }) => sms.sent >= 3);
    await site.api.see(idOf(cancelling), 'the end', closed);
    await site.api.see(idOf(creating), 'the question', asks('create_outcome_unknown'));
    await signs(site, signed);
    await site.api.act(idOf(cancelled), 'cancel');
    await site.api.see(idOf(cancelled), 'the end', closed);
    for (const reference of [forgotten, sold, dropped]) {
      await site.api.post(reference);
      await site.api.see(idOf(reference), 'the SMS', smsSent);
    }
    await signs(site, sold);

    for (const part of [site.worker, site.api]) await part.kill();
    await site.simulator.idle();
    const before = { sms: calls(texting, 'send_sms').length, cancels: calls(cancelling, 'cancel').length };
    await putBack();
    const restoredAt = new Date().toISOString();
    // What only seQura knows, from its back office: what was signed since is told to the orders before any worker looks at their deadlines.
    await site.client.workflow.getHandle(idOf(signed)).signal('sequra_event', { event: 'order/confirmed' });
    await site.api.start();
    await site.worker.start({
      RESTORED_AT: restoredAt,
      FORGOTTEN_ORDERS: [forgotten, sold, dropped].map(idOf).join('\n'),
    });
    one.proves('it has forgotten', (await site.read(idOf(forgotten))) === null);
    one.proves('seQura has not', site.simulator.ledger.orders(forgotten).length === 1);

    for (const reference of [forgotten, sold, dropped]) {
      await post(site, one, reference);
      await site.api.see(idOf(reference), 'the question', asks('create_outcome_unknown'));
      assert.equal(calls(reference, 'create').length, 1, `${reference} is not created again`);
    }
    await lookUp(site, idOf(forgotten));
    await signs(site, forgotten);
    await site.client.workflow.getHandle(idOf(sold)).signal('sequra_event', { event: 'order/confirmed' });
    await ends(site, idOf(sold), 'confirmed');
    assert.equal(calls(sold, 'send_sms').length, 1, 'nobody is sent a link who has signed');
    faults.set(dropped, 'webhook', { kind: 'never', times: 1 });
    site.simulator.cancel(dropped);
    await site.api.act(idOf(dropped), 'resolve', resolution('retry'));
    await signs(site, dropped);
    assert.equal(calls(dropped, 'create').length, 2, 'an operator’s word is enough');
    await ends(site, idOf(signed), 'confirmed');
    await ends(site, idOf(cancelling), 'cancelled');
    one.proves('the cancel was sent again', calls(cancelling, 'cancel').length > before.cancels);
    for (const reference of [creating, accepted]) {
      await site.api.see(idOf(reference), 'the question', asks('create_outcome_unknown'));
      assert.equal(calls(reference, 'create').length, 1, `${reference} is not created again`);
      await lookUp(site, idOf(reference));
      await signs(site, reference);
    }
    const { sms } = await site.api.see(idOf(texting), 'the question', asks('sms_not_sent'));
    // The one in flight counts, and so does its repeat, which was sent in the life that is forgotten.
    assert.deepEqual([sms.sent, sms.last_outcome], [before.sms, 'unknown']);
    assert.equal(calls(texting, 'send_sms').length, before.sms, 'no SMS is sent again');
    await site.api.act(idOf(texting), 'resolve', resolution('retry'));
    await site.api.see(idOf(texting), 'what an operator asks for', (order) => order.sms.last_outcome === 'sent');
    await signs(site, texting);
    await site.api.act(idOf(cancelled), 'cancel');
    await site.api.see(idOf(cancelled), 'the question', asks('cancel_refused'));
    await site.api.act(idOf(cancelled), 'resolve', resolution('mark_cancelled'));
    await ends(site, idOf(cancelled), 'cancelled');
  });
});
