// Faults 27 and 31 to 33: Temporal killed, its database away, and the network cut, silent or slow between any two hosts.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { probe } from '../support/processes.ts';
import { closed, until } from '../support/waits.ts';
import type { Case } from './court.ts';
import { openCourt } from './court.ts';
import type { Hosts, Ways } from './hosts.ts';
import { openHosts } from './hosts.ts';
import { idOf } from '../support/orders.ts';

/** Longer than any call waits. */
const OUTAGE_MS = 4_000;

describe('an outage', () => {
  let hosts: Hosts;
  before(async () => {
    // Ten repeats within two seconds: all of them fall into an outage.
    hosts = await openHosts({ webhookRepeat: { baseGapMs: 200, factor: 1 } });
  });
  after(() => hosts.close());
  const fault = openCourt(import.meta.url, () => hosts);

  /** Orders in each state, before Temporal goes: one waits, one is being created, one is being cancelled. */
  async function begun(one: Case) {
    const [signed, creating, cancelled, later] = ['signed', 'creating', 'cancelled', 'later'].map((name) =>
      one.another(name),
    ) as [string, string, string, string];
    await hosts.waiting(one, signed);
    await hosts.waiting(one, cancelled);
    const { faults } = hosts.site.simulator;
    faults.set(creating, 'create', { kind: 'delay', delay_ms: 600 });
    faults.set(cancelled, 'cancel', { kind: 'delay', delay_ms: 600 });
    await hosts.post(one, creating);
    const cancel = hosts.act(idOf(cancelled), 'cancel').catch(() => null);
    await until(
      'both calls',
      () =>
        faults.list().filter(({ reference, hits }) => [creating, cancelled].includes(reference) && hits > 0).length ===
          2 || hosts.ledger.hits(creating) + hosts.ledger.hits(cancelled) === 2,
    );
    return { signed, creating, cancelled, later, cancel };
  }

  async function endsWell(
    one: Case,
    { signed, creating, cancelled, later, cancel }: Awaited<ReturnType<typeof begun>>,
  ): Promise<void> {
    await cancel;
    assert.equal((await hosts.see(idOf(signed), 'the end', closed)).status, 'confirmed');
    await hosts.lookUp(idOf(creating));
    await hosts.signs(creating);
    assert.equal((await hosts.see(idOf(cancelled), 'the end', closed)).status, 'cancelled');
    await hosts.post(one, later);
    await hosts.signs(later);
    assert.equal(hosts.ledger.calls(creating, 'create').length, 1);
  }

  const bothLive = async () =>
    assert.deepEqual([await probe(hosts.api, '/livez'), await probe(hosts.worker, '/livez')], [200, 200]);
  const refusals = (reference: string) =>
    hosts.ledger.webhooks(reference).flatMap(({ tries }) => tries.filter(({ http_status }) => http_status === 503))
      .length;

  fault([27, 31], 'Temporal killed for longer than seQura repeats a confirmation', async (one) => {
    const orders = await begun(one);
    process.kill(hosts.temporal.pid, 'SIGKILL');
    await hosts.temporal.exited;
    hosts.site.simulator.confirm(orders.signed);
    await hosts.site.simulator.idle();
    one.proves(
      'all ten repeats were refused, and it was dropped',
      hosts.ledger.webhooks(orders.signed)[0]?.state === 'dropped',
    );
    one.proves('answers of 503', refusals(orders.signed));
    await bothLive();
    await hosts.startTemporal();
    await endsWell(one, orders);
  });

  fault(31, 'Temporal killed and back at once', async (one) => {
    const orders = await begun(one);
    process.kill(hosts.temporal.pid, 'SIGKILL');
    await hosts.temporal.exited;
    hosts.site.simulator.confirm(orders.signed);
    one.proves('it was gone', hosts.ledger.orders(orders.signed)[0]?.status === 'confirmed');
    await hosts.startTemporal();
    await endsWell(one, orders);
    await bothLive();
  });

  fault(31, 'Temporal hanging', async (one) => {
    const orders = await begun(one);
    process.kill(hosts.temporal.pid, 'SIGSTOP');
    hosts.site.simulator.confirm(orders.signed);
    await until('an answer', () => refusals(orders.signed) > 0);
    one.proves('answers of 503', refusals(orders.signed));
    await sleep(OUTAGE_MS);
    process.kill(hosts.temporal.pid, 'SIGCONT');
    await endsWell(one, orders);
    await bothLive();
  });

  fault(32, 'its database stopped', async (one) => {
    const orders = await begun(one);
    const database = new DatabaseSync(hosts.dbFile);
    database.exec('PRAGMA busy_timeout = 10000');
    database.exec('BEGIN EXCLUSIVE');
    hosts.site.simulator.confirm(orders.signed);
    await until('an answer', () => refusals(orders.signed) > 0);
    one.proves('answers of 503', refusals(orders.signed));
    await sleep(OUTAGE_MS);
    database.exec('COMMIT');
    database.close();
    await endsWell(one, orders);
    await bothLive();
  });

  const TROUBLES: Record<string, (way: Ways[keyof Ways]) => void> = {
    cut: (way) => way.cut(),
    'silent from here to there': (way) => way.stall('there'),
    'silent from there to here': (way) => way.stall('back'),
    'silent both ways': (way) => way.stall('there', 'back'),
    slow: (way) => way.slow(300),
  };
  const met = (name: keyof Ways) => Object.values(hosts.ways[name].met).reduce((sum, each) => sum + each, 0);

  fault(33, 'the way worker to temporal cut again and again while a worker starts', async (one) => {
    const way = hosts.ways.workerToTemporal;
    const before = met('workerToTemporal');
    const started = hosts.replaceWorker();
    started.catch(() => {});
    // At ever other moments of its start.
    for (let gapMs = 40; gapMs < 320; gapMs += 8) {
      way.cut();
      await sleep(40);
      way.heal();
      await sleep(gapMs);
    }
    await started;
    one.proves('connections that met it', met('workerToTemporal') - before);
    await hosts.waiting(one);
    await hosts.signs(one.reference);
  });

  for (const name of ['apiToTemporal', 'workerToTemporal', 'workerToSequra'] as const) {
    for (const [trouble, make] of Object.entries(TROUBLES)) {
      fault(33, `the way ${name.replace('To', ' to ')} ${trouble}`, async (one) => {
        const [signed, fresh] = [one.another('signed'), one.another('fresh')];
        await hosts.waiting(one, signed);
        const before = met(name);
        make(hosts.ways[name]);
        hosts.site.simulator.confirm(signed);
        const posted = hosts.postOnce(one, fresh).catch(() => null);
        const answered = await Promise.race([posted, sleep(OUTAGE_MS, null)]);
        if (answered !== null) assert.ok([200, 202, 503].includes(answered.status), String(answered.status));
        await sleep(1_500);
        one.proves('pieces of data, or connections, that met it', met(name) - before);
        hosts.ways[name].heal();
        await posted;
        await hosts.post(one, fresh);
        assert.equal((await hosts.see(idOf(signed), 'the end', closed)).status, 'confirmed');
        await hosts.lookUp(idOf(fresh));
        await hosts.signs(fresh);
        await bothLive();
      });
    }
  }
});
