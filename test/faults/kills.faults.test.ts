// Faults 28, 29, 30 and 34: processes that are killed at the worst moment for a call, and deploys under load.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { probe, untilReady } from '../support/processes.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';
import type { Hosts } from './hosts.ts';
import { openHosts } from './hosts.ts';
import { idOf, orderPath } from '../support/orders.ts';

describe('processes that are killed', () => {
  let hosts: Hosts;
  before(async () => (hosts = await openHosts({}, [], { SEQURA_TIMEOUT_MS: '4000' })));
  after(() => hosts.close());
  const fault = openCourt(import.meta.url, () => hosts);

  async function killWorker(one: Case): Promise<void> {
    hosts.worker.kill();
    one.proves('the worker was killed', (await hosts.worker.ended()) === 'SIGKILL');
  }
  async function killApi(one: Case): Promise<void> {
    hosts.api.kill();
    one.proves('the API was killed', (await hosts.api.ended()) === 'SIGKILL');
  }

  /** How a worker is brought to a point of a call and kept there; `reached` counts the calls that are there. */
  type Point = { hold: (references: string[]) => void; reached: () => number | Promise<number> };
  const effects = (references: string[], delayMs: number) => {
    const [creating = '', texting = '', cancelling = ''] = references;
    const { faults } = hosts.site.simulator;
    faults.set(creating, 'create', { kind: 'delay', delay_ms: delayMs });
    faults.set(texting, 'send_sms', { kind: 'delay', delay_ms: delayMs });
    faults.set(cancelling, 'cancel', { kind: 'delay', delay_ms: delayMs });
  };
  let held: string[] = [];
  const hits = () => held.reduce((sum, reference) => sum + hosts.ledger.hits(reference, undefined, 'delay'), 0);
  const POINTS: Record<string, Point> = {
    'before the request': {
      hold() {
        hosts.ways.workerToSequra.watch((direction, data) => !(direction === 'there' && data.includes('POST ')));
      },
      reached: () => hosts.ways.workerToSequra.met.stalled,
    },
    'after it was sent': { hold: (references) => effects(references, 8_000), reached: hits },
    'after its answer, before it is recorded': {
      hold: (references) => effects(references, 2_000),
      async reached() {
        if (hits() < 3) return hits();
        hosts.ways.workerToTemporal.stall('there');
        const calls = held.flatMap((reference) => hosts.ledger.calls(reference));
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
      await hosts.waiting(one, texting);
      await hosts.waiting(one, cancelling);
      const before = await reached();
      hold(held);
      const asked = [
        hosts.post(one, creating),
        hosts.act(idOf(texting), 'send_sms'),
        hosts.act(idOf(cancelling), 'cancel'),
      ];
      await until('all three are there', async () => (await reached()) >= before + 3);
      await killWorker(one);
      for (const way of Object.values(hosts.ways)) way.healEmpty();
      await Promise.allSettled(asked);
      await hosts.startWorker();

      assert.equal((await hosts.see(idOf(cancelling), 'the end', closed)).status, 'cancelled');
      await hosts.see(
        idOf(creating),
        'the question',
        ({ attention }) => attention?.reason === 'create_outcome_unknown',
      );
      await hosts.lookUp(idOf(creating));
      await hosts.see(idOf(texting), 'the SMS', ({ sms }) => sms.sent >= 2 && sms.last_outcome === 'sent');
      for (const reference of [creating, texting]) await hosts.signs(reference);
      assert.equal(hosts.ledger.calls(creating, 'create').length, 1);
      assert.equal(hosts.ledger.orders(creating).length, 1);
    });
  }

  fault(29, 'an API killed between starting a workflow and answering', async (one) => {
    hosts.ways.apiToTemporal.stall('back');
    const lost = hosts.postOnce(one).catch(() => 'lost');
    await until('the workflow', () =>
      hosts.client.workflow
        .getHandle(one.id)
        .describe()
        .then(
          () => true,
          () => null,
        ),
    );
    await killApi(one);
    assert.equal(await lost, 'lost');
    hosts.ways.apiToTemporal.healEmpty();
    await hosts.startApi();
    assert.equal((await hosts.postOnce(one)).status, 200);
    await hosts.signs(one.reference);
    assert.equal(hosts.ledger.calls(one.reference, 'create').length, 1);
  });

  fault(29, 'an API killed between taking a webhook and answering', async (one) => {
    await hosts.waiting(one);
    hosts.ways.apiToTemporal.stall('back');
    hosts.site.simulator.confirm(one.reference);
    const signals = async () =>
      (await hosts.client.workflow.getHandle(one.id).fetchHistory()).events?.filter(
        (e) => e.workflowExecutionSignaledEventAttributes != null,
      ).length ?? 0;
    await until('the signal', async () => (await signals()) === 1);
    await killApi(one);
    hosts.ways.apiToTemporal.healEmpty();
    await hosts.startApi();
    assert.equal((await hosts.see(one.id, 'the end', closed)).status, 'confirmed');
    await hosts.site.simulator.idle();
    const [delivery] = hosts.ledger.webhooks(one.reference);
    assert.deepEqual([delivery?.state, delivery?.tries[0]?.http_status], ['delivered', null]);
  });

  fault(30, 'every worker dead, while orders, webhooks and a deadline come', async (one) => {
    const hasty = hosts.site.settingsFor({ confirm_within_seconds: 4, settle_seconds: 1 });
    await hosts.replaceApi(hasty);
    const [signed, abandoned, fresh] = ['signed', 'abandoned', 'fresh'].map((name) => one.another(name)) as [
      string,
      string,
      string,
    ];
    await hosts.waiting(one, signed);
    await hosts.waiting(one, abandoned);
    await killWorker(one);
    assert.equal((await hosts.post(one, fresh)).status, 202);
    hosts.site.simulator.confirm(signed);
    await hosts.site.simulator.idle();
    assert.equal(hosts.ledger.webhooks(signed)[0]?.state, 'delivered');
    const { status, body } = await hosts.act(idOf(abandoned), 'cancel');
    assert.deepEqual([status, (body as { code?: string }).code], [503, 'no_worker']);
    await hosts.startWorker();
    assert.equal((await hosts.see(idOf(signed), 'the end', closed)).status, 'confirmed');
    assert.deepEqual(hosts.ledger.calls(signed, 'cancel'), []);
    assert.ok(['expired', 'cancelled'].includes((await hosts.see(idOf(abandoned), 'the end', closed)).status));
    await hosts.signs(fresh);
    await hosts.replaceApi();
  });

  fault(
    34,
    'a deploy under load: every worker and API is told to end, one after the other, and replaced',
    async (one) => {
      const references = Array.from({ length: 40 }, (_, number) => one.another(String(number)));
      for (const reference of references)
        hosts.site.simulator.faults.set(reference, 'create', { kind: 'delay', delay_ms: 300 });
      const second = await hosts.site.startWorker({ SEQURA_TIMEOUT_MS: '1000' });
      await untilReady(second);
      let placing = true;
      const load = (async () => {
        for (const reference of references) await hosts.post(one, reference).then(() => sleep(40));
        placing = false;
      })();
      await until('some are under way', () => hosts.ledger.calls().some(({ outcome }) => outcome === 'under_way'));
      const [first, api] = [hosts.worker, hosts.api];
      first.terminate();
      await until('the worker drains', async () => (await probe(first, '/readyz')) !== 200);
      one.proves('the load goes on', placing);
      await hosts.startWorker();
      assert.equal(await first.ended(), 0);
      api.terminate();
      assert.equal(await api.ended(), 0);
      await hosts.startApi();
      second.terminate();
      assert.equal(await second.ended(), 0);
      await load;
      for (const reference of references) {
        const order = await hosts.see(idOf(reference), 'the SMS', smsSent);
        assert.deepEqual([order.status, order.attention], ['awaiting_customer', null]);
        assert.equal(hosts.ledger.calls(reference, 'create').length, 1);
      }
      for (const reference of references) await hosts.signs(reference);
    },
  );

  fault(28, 'a worker killed while it waits, and one that hangs and comes back', async (one) => {
    await hosts.waiting(one);
    hosts.worker.pause();
    const paused = hosts.worker;
    hosts.site.simulator.confirm(one.reference);
    await hosts.site.simulator.idle();
    await hosts.startWorker();
    assert.equal((await hosts.see(one.id, 'the end', closed)).status, 'confirmed');
    paused.resume();
    await until('it is back', async () => (await probe(paused, '/readyz')) === 200);
    one.proves('it hung', true);
    await hosts.api.call(orderPath(one.id));
    paused.kill();
    assert.equal(await paused.ended(), 'SIGKILL');
  });
});
