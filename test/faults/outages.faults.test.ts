// Faults 27 and 31 to 33: Temporal killed, its database away, and the network cut, silent or slow between any two hosts.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { idOf } from '../support/orders.ts';
import type { Proxy } from '../support/proxy.ts';
import type { Site } from '../support/site.ts';
import { openSite, probe } from '../support/site.ts';
import { until } from '../support/waits.ts';
import { ends, lookUp, post, postOnce, sawTheEnd, signs, waiting, watches } from './acts.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';

/** Longer than any call waits. */
const OUTAGE_MS = 4_000;

describe('an outage', () => {
  let site: Site;
  before(async () => {
    // Ten repeats within two seconds: all of them fall into an outage.
    site = await openSite({ webhookRepeat: { baseGapMs: 200, factor: 1 }, settings: { SEQURA_TIMEOUT_MS: '1000' } });
  });
  after(() => site.close());
  const fault = openCourt(import.meta.url, () => site);

  /** Orders in each state, before Temporal goes: one waits, one is being created, one is being cancelled. */
  async function begun(one: Case) {
    const [signed, creating, cancelled, later] = ['signed', 'creating', 'cancelled', 'later'].map((name) =>
      one.another(name),
    ) as [string, string, string, string];
    await waiting(site, one, signed);
    await waiting(site, one, cancelled);
    const readers = [signed, cancelled].map(idOf).map((id) => ({ id, reader: watches(site, id) }));
    for (const { reader } of readers) await reader.sees('the order', () => true);
    const { faults } = site.simulator;
    faults.set(creating, 'create', { kind: 'delay', delay_ms: 600 });
    faults.set(cancelled, 'cancel', { kind: 'delay', delay_ms: 600 });
    await post(site, one, creating);
    const cancel = site.api.act(idOf(cancelled), 'cancel').catch(() => null);
    await until(
      'both calls',
      () =>
        faults.list().filter(({ reference, hits }) => [creating, cancelled].includes(reference) && hits > 0).length ===
          2 || site.simulator.ledger.hits(creating) + site.simulator.ledger.hits(cancelled) === 2,
    );
    return { signed, creating, cancelled, later, cancel, readers };
  }

  async function endsWell(
    one: Case,
    { signed, creating, cancelled, later, cancel, readers }: Awaited<ReturnType<typeof begun>>,
  ): Promise<void> {
    await cancel;
    await ends(site, idOf(signed), 'confirmed');
    await lookUp(site, idOf(creating));
    await signs(site, creating);
    await ends(site, idOf(cancelled), 'cancelled');
    for (const { id, reader } of readers) await sawTheEnd(site, reader, id);
    await post(site, one, later);
    await signs(site, later);
    assert.equal(site.simulator.ledger.calls(creating, 'create').length, 1);
  }

  const bothLive = async () =>
    assert.deepEqual([await probe(site.api.now, '/livez'), await probe(site.worker.now, '/livez')], [200, 200]);
  const refusals = (reference: string) =>
    site.simulator.ledger
      .webhooks(reference)
      .flatMap(({ tries }) => tries.filter(({ http_status }) => http_status === 503)).length;

  fault([27, 31], 'Temporal killed for longer than seQura repeats a confirmation', async (one) => {
    const orders = await begun(one);
    await site.temporal.kill();
    site.simulator.confirm(orders.signed);
    await site.simulator.idle();
    one.proves(
      'all ten repeats were refused, and it was dropped',
      site.simulator.ledger.webhooks(orders.signed)[0]?.state === 'dropped',
    );
    one.proves('answers of 503', refusals(orders.signed));
    await bothLive();
    await site.temporal.start();
    await endsWell(one, orders);
  });

  fault(31, 'Temporal killed and back at once', async (one) => {
    const orders = await begun(one);
    await site.temporal.kill();
    site.simulator.confirm(orders.signed);
    one.proves('it was gone', site.simulator.ledger.orders(orders.signed)[0]?.status === 'confirmed');
    await site.temporal.start();
    await endsWell(one, orders);
    await bothLive();
  });

  fault(31, 'Temporal hanging', async (one) => {
    const orders = await begun(one);
    site.temporal.pause();
    site.simulator.confirm(orders.signed);
    await until('an answer', () => refusals(orders.signed) > 0);
    one.proves('answers of 503', refusals(orders.signed));
    await sleep(OUTAGE_MS);
    site.temporal.resume();
    await endsWell(one, orders);
    await bothLive();
  });

  fault(32, 'its database stopped', async (one) => {
    const orders = await begun(one);
    const database = new DatabaseSync(site.dbFile);
    database.exec('PRAGMA busy_timeout = 10000');
    database.exec('BEGIN EXCLUSIVE');
    site.simulator.confirm(orders.signed);
    await until('an answer', () => refusals(orders.signed) > 0);
    one.proves('answers of 503', refusals(orders.signed));
    await sleep(OUTAGE_MS);
    database.exec('COMMIT');
    database.close();
    await endsWell(one, orders);
    await bothLive();
  });

  const TROUBLES: Record<string, (way: Proxy) => void> = {
    cut: (way) => way.cut(),
    'silent from here to there': (way) => way.stall('there'),
    'silent from there to here': (way) => way.stall('back'),
    'silent both ways': (way) => way.stall('there', 'back'),
    slow: (way) => way.slow(300),
  };
  const WAYS: Record<string, () => Proxy> = {
    'api to Temporal': () => site.api.toTemporal,
    'worker to Temporal': () => site.worker.toTemporal,
    'worker to seQura': () => site.worker.toSequra,
  };
  const met = (way: Proxy) => Object.values(way.met).reduce((sum, each) => sum + each, 0);

  fault(33, 'the way worker to temporal cut again and again while a worker starts', async (one) => {
    const way = site.worker.toTemporal;
    const before = met(way);
    const started = site.worker.replace();
    started.catch(() => {});
    // At ever other moments of its start.
    for (let gapMs = 40; gapMs < 320; gapMs += 8) {
      way.cut();
      await sleep(40);
      way.heal();
      await sleep(gapMs);
    }
    await started;
    one.proves('connections that met it', met(way) - before);
    await waiting(site, one);
    await signs(site, one.reference);
  });

  for (const [name, wayOf] of Object.entries(WAYS)) {
    for (const [trouble, make] of Object.entries(TROUBLES)) {
      fault(33, `the way ${name} ${trouble}`, async (one) => {
        const [signed, fresh] = [one.another('signed'), one.another('fresh')];
        await waiting(site, one, signed);
        const reader = watches(site, idOf(signed));
        await reader.sees('the order', () => true);
        const way = wayOf();
        const before = met(way);
        make(way);
        site.simulator.confirm(signed);
        const posted = postOnce(site, one, fresh).catch(() => null);
        const answered = await Promise.race([posted, sleep(OUTAGE_MS, null)]);
        if (answered !== null) assert.ok([200, 202, 503].includes(answered.status), String(answered.status));
        await sleep(1_500);
        one.proves('pieces of data, or connections, that met it', met(way) - before);
        way.heal();
        await posted;
        await post(site, one, fresh);
        await ends(site, idOf(signed), 'confirmed');
        await sawTheEnd(site, reader, idOf(signed));
        await lookUp(site, idOf(fresh));
        await signs(site, fresh);
        await bothLive();
      });
    }
  }
});
