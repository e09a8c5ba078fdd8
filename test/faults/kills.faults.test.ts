// Faults 28, 29, 30 and 34: processes that are killed at the worst moment for a call, and deploys under load.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { idOf, orderPath } from '../support/orders.ts';
import type { Site } from '../support/site.ts';
import { openSite, probe, untilReady } from '../support/site.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import { ends, killWorker, lookUp, post, postOnce, sawTheEnd, signs, waiting, watches } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

describe('processes that are killed', () => {
  let site: Site;
  before(async () => (site = await openSite({ settings: { SEQURA_TIMEOUT_MS: '4000' } })));
  after(() => site.close());
  const fault = openCourt(import.meta.url, () => site);

  async function killApi(one: Case): Promise<void> {
    one.proves('the API was killed', (await site.api.kill()) === 'SIGKILL');
  }

  /** How a worker is brought to a point of a call and kept there; `reached` counts the calls that are there. */
  type Point = { hold: (references: string[]) => void; reached: () => number | Promise<number> };
  const effects = (references: string[], delayMs: number) => {
    const [creating = '', texting = '', cancelling = ''] = references;
    const { faults } = site.simulator;
    faults.set(creating, 'create', { kind: 'delay', delay_ms: delayMs });
    faults.set(texting, 'send_sms', { kind: 'delay', delay_ms: delayMs });
    faults.set(cancelling, 'cancel', { kind: 'delay', delay_ms: delayMs });
  };
  let held: string[] = [];
  const hits = () =>
    held.reduce((sum, reference) => sum + site.simulator.ledger.hits(reference, undefined, 'delay'), 0);
  const POINTS: Record<string, Point> = {
    'before the request': {
      hold() {
        site.worker.toSequra.watch((direction, data) => !(direction === 'there' && data.includes('POST ')));
      },
      reached: () => site.worker.toSequra.met.stalled,
    },
    'after it was sent': { hold: (references) => effects(references, 8_000), reached: hits },
    'after its answer, before it is recorded': {
      hold: (references) => effects(references, 2_000),
      async reached() {
        if (hits() < 3) return hits();
        site.worker.toTemporal.stall('there');
        const calls = held.flatMap((reference) => site.simulator.ledger.calls(reference));
        const answered = calls.filter(({ fault, outcome }) => fault === 'delay' && outcome === 'answered').length;
        // For the worker to read the last answer.
        if (answered === 3) await sleep(300);
        return answered;
      },
    },
  };

  for (const [point, { hold, reached }] of Object.entries(POINTS)) {
    fault(28, `a worker killed ${point}: a create, an SMS and a cancel`, async (one) => {
      const [creating, texting, cancelling] = (held = ['creating', 'texting', 'cancelling'].map((name) =>
        one.another(name),
      )) as [string, string, string];
      await waiting(site, one, texting);
      await waiting(site, one, cancelling);
      const before = await reached();
      hold(held);
      const asked = [
        post(site, one, creating),
        site.api.act(idOf(texting), 'send_sms'),
        site.api.act(idOf(cancelling), 'cancel'),
      ];
      await until('all three are there', async () => (await reached()) >= before + 3);
      await killWorker(site, one);
      for (const way of Object.values(site.ways)) way.healEmpty();
      await Promise.allSettled(asked);
      await site.worker.start();

      await ends(site, idOf(cancelling), 'cancelled');
      await site.api.see(
        idOf(creating),
        'the question',
        ({ attention }) => attention?.reason === 'create_outcome_unknown',
      );
      await lookUp(site, idOf(creating));
      await site.api.see(idOf(texting), 'the SMS', ({ sms }) => sms.sent >= 2 && sms.last_outcome === 'sent');
      for (const reference of [creating, texting]) await signs(site, reference);
      assert.equal(site.simulator.ledger.calls(creating, 'create').length, 1);
      assert.equal(site.simulator.ledger.orders(creating).length, 1);
    });
  }

  fault(29, 'an API killed between starting a workflow and answering', async (one) => {
    site.api.toTemporal.stall('back');
    const lost = postOnce(site, one).catch(() => 'lost');
    await until('the workflow', () =>
      site.client.workflow
        .getHandle(one.id)
        .describe()
        .then(
          () => true,
          () => null,
        ),
    );
    await killApi(one);
    assert.equal(await lost, 'lost');
    site.api.toTemporal.healEmpty();
    await site.api.start();
    assert.equal((await postOnce(site, one)).status, 200);
    await signs(site, one.reference);
    assert.equal(site.simulator.ledger.calls(one.reference, 'create').length, 1);
  });

  fault(29, 'an API killed between taking a webhook and answering', async (one) => {
    await waiting(site, one);
    const reader = watches(site, one.id);
    await reader.sees('the order', () => true);
    site.api.toTemporal.stall('back');
    site.simulator.confirm(one.reference);
    const signals = async () =>
      (await site.client.workflow.getHandle(one.id).fetchHistory()).events?.filter(
        (e) => e.workflowExecutionSignaledEventAttributes != null,
      ).length ?? 0;
    await until('the signal', async () => (await signals()) === 1);
    await killApi(one);
    site.api.toTemporal.healEmpty();
    await site.api.start();
    await ends(site, one.id, 'confirmed');
    await sawTheEnd(site, reader, one.id);
    await site.simulator.idle();
    const [delivery] = site.simulator.ledger.webhooks(one.reference);
    assert.deepEqual([delivery?.state, delivery?.tries[0]?.http_status], ['delivered', null]);
  });

  fault(30, 'every worker dead, while orders, webhooks and a deadline come', async (one) => {
    const hasty = site.settingsFor({ confirm_within_seconds: 4, settle_seconds: 1 });
    await site.api.replace(hasty);
    const [signed, abandoned, fresh] = ['signed', 'abandoned', 'fresh'].map((name) => one.another(name)) as [
      string,
      string,
      string,
    ];
    await waiting(site, one, signed);
    await waiting(site, one, abandoned);
    await killWorker(site, one);
    assert.equal((await post(site, one, fresh)).status, 202);
    site.simulator.confirm(signed);
    await site.simulator.idle();
    assert.equal(site.simulator.ledger.webhooks(signed)[0]?.state, 'delivered');
    const { status, body } = await site.api.act(idOf(abandoned), 'cancel');
    assert.deepEqual([status, (body as { code?: string }).code], [503, 'no_worker']);
    await site.worker.start();
    await ends(site, idOf(signed), 'confirmed');
    assert.deepEqual(site.simulator.ledger.calls(signed, 'cancel'), []);
    assert.ok(['expired', 'cancelled'].includes((await site.api.see(idOf(abandoned), 'the end', closed)).status));
    await signs(site, fresh);
    await site.api.replace();
  });

  fault(
    34,
    'a deploy under load: every worker and API is told to end, one after the other, and replaced',
    async (one) => {
      const references = Array.from({ length: 40 }, (_, number) => one.another(String(number)));
      for (const reference of references)
        site.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 300 });
      const second = await site.startWorker({ SEQURA_TIMEOUT_MS: '1000' });
      await untilReady(second);
      let placing = true;
      const load = (async () => {
        for (const reference of references) await post(site, one, reference).then(() => sleep(40));
        placing = false;
      })();
      await until('some are under way', () =>
        site.simulator.ledger.calls().some(({ outcome }) => outcome === 'under_way'),
      );
      const [first, api] = [site.worker.now, site.api.now];
      first.terminate();
      await until('the worker drains', async () => (await probe(first, '/readyz')) !== 200);
      one.proves('the load goes on', placing);
      await site.worker.start();
      assert.equal(await first.ended(), 0);
      api.terminate();
      assert.equal(await api.ended(), 0);
      await site.api.start();
      second.terminate();
      assert.equal(await second.ended(), 0);
      await load;
      for (const reference of references) {
        const order = await site.api.see(idOf(reference), 'the SMS', smsSent);
        assert.deepEqual([order.status, order.attention], ['awaiting_customer', null]);
        assert.equal(site.simulator.ledger.calls(reference, 'create').length, 1);
      }
      for (const reference of references) await signs(site, reference);
    },
  );

  fault(28, 'a worker killed while it waits, and one that hangs and comes back', async (one) => {
    await waiting(site, one);
    const reader = watches(site, one.id);
    await reader.sees('the order', () => true);
    site.worker.pause();
    const paused = site.worker.now;
    site.simulator.confirm(one.reference);
    await site.simulator.idle();
    await site.worker.start();
    await ends(site, one.id, 'confirmed');
    await sawTheEnd(site, reader, one.id);
    paused.resume();
    await until('it is back', async () => (await probe(paused, '/readyz')) === 200);
    one.proves('it hung', true);
    await site.api.call(orderPath(one.id));
    paused.kill();
    assert.equal(await paused.ended(), 'SIGKILL');
  });
});
