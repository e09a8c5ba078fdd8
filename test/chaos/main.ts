// `npm run chaos -- --seed N --minutes M [--orders K]`: the service under load while its parts are killed, stopped, cut off and lied to. At the end
// everything is healed, and the judge of all tests looks at every order.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { judge } from '../oracle/judge.ts';
import { PAYLOAD_KEYS } from '../support/canaries.ts';
import { replay } from '../support/replay.ts';
import type { Started } from '../support/site.ts';
import { openSite, untilReady } from '../support/site.ts';
import { until } from '../support/waits.ts';
import { collect, untilQuiet } from './collect.ts';
import { openOperator, openShops } from './people.ts';
import { chanceOf } from './random.ts';
import type { Findings } from './report.ts';
import { failures, report } from './report.ts';
import { troublesOf } from './troubles.ts';
import { makeTrouble } from './when.ts';

const USAGE = 'npm run chaos -- --seed N --minutes M [--orders K] [--evidence FILE]';
const ORDERS_PER_MINUTE = 50;
/** What begins later meets no trouble any more. */
const LAST_ORDER_BEFORE_END_MS = 15_000;
/** Longer than a host may hang, and its network be silent, with a cancel on its way. */
const IN_FLIGHT_MS = 15_000;
/** The newest ones are still going on. */
const WITHIN_REACH = 25;

/** Short enough for an order to end within a minute. */
const MERCHANT = {
  confirm_within_seconds: 25,
  create_retry_seconds: 20,
  settle_seconds: 10,
  cancel_overdue_seconds: 8,
};
/** Ten repeats within a minute, and no gap between two longer than the time to settle. */
const WEBHOOK_REPEAT = { baseGapMs: 500, factor: 1.25, timeoutMs: 5_000 };

type Wanted = { seed: number; minutes: number; orders: number };

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '3' },
    orders: { type: 'string' },
    evidence: { type: 'string' },
  },
});

/** Null where the arguments are wrong. */
function readArguments(): Wanted | null {
  const minutes = Number(values.minutes);
  const wanted = {
    seed: Number(values.seed ?? Date.now() % 1_000_000),
    minutes,
    orders: Number(values.orders ?? Math.round(minutes * ORDERS_PER_MINUTE)),
  };
  return Object.values(wanted).every((each) => Number.isFinite(each) && each > 0) ? wanted : null;
}

async function chaos({ seed, minutes, orders }: Wanted): Promise<Findings> {
  const chance = chanceOf(seed);
  const site = await openSite({
    apis: [{}, { on_create_outcome_unknown: 'recreate' }],
    workers: 2,
    settings: { SEQURA_TIMEOUT_MS: '2000' },
    merchant: MERCHANT,
    webhookRepeat: WEBHOOK_REPEAT,
    looks: true,
  });
  try {
    const programs = (): Started[] => [...site.apis, ...site.workers].map(({ now }) => now);
    const startedMs = Date.now();
    const endMs = startedMs + minutes * 60_000;
    const shops = openShops(site, chance.fork('shops'), endMs);
    const operator = openOperator(site, chance.fork('operator'));
    const troubles = troublesOf(site, chance.fork('troubles'), () => shops.taken.slice(-WITHIN_REACH));
    const lives: Promise<void>[] = [];
    let probes = 0;
    let lures = 0;
    const probe = async () => {
      await untilReady(...programs());
      await shops.probe((probes += 1));
    };
    const lure = () => void lives.push(shops.lure((lures += 1)));

    const gapMs = Math.max(0, minutes * 60_000 - LAST_ORDER_BEFORE_END_MS) / orders;
    const placing = (async () => {
      for (let number = 1; number <= orders; number += 1) {
        lives.push(shops.live(number));
        await sleep(startedMs + number * gapMs - Date.now());
      }
    })();
    const done = await makeTrouble(troubles, chance.fork('when'), endMs, { probe, lure });
    await placing;
    operator.stop();
    const quietMs = await untilQuiet(site, shops.taken);
    await until(
      'everybody has gone',
      () => Promise.race([Promise.all(lives).then(() => true), sleep(50, false)]),
      120_000,
    );
    const evidence = await collect(site, shops.taken, shops.posted);
    // Before anything looks at it: what cannot be judged, or replayed, is to be found there.
    if (values.evidence !== undefined) writeFileSync(values.evidence, JSON.stringify(evidence));
    const histories = evidence.runs.map(({ id, history }) => ({ workflowId: id, history }));
    return {
      evidence,
      verdict: judge(evidence, { inFlightMs: IN_FLIGHT_MS }),
      done,
      did: shops.did,
      answered: operator.answered,
      quietMs,
      replayed: await replay(histories, PAYLOAD_KEYS),
      leaks: site.leaks(),
      ended: endedByThemselves(programs()),
    };
  } finally {
    await site.close();
  }
}

/** Although nobody ended them: what they said last. */
function endedByThemselves(programs: Started[]): string[] {
  return programs
    .filter(({ hasEnded }) => hasEnded())
    .map(({ script, stderr }) => `${script}: ${stderr().slice(-500)}`);
}

const wanted = readArguments();
if (wanted === null) {
  console.error(USAGE);
  process.exit(1);
}
console.log(`chaos: seed ${wanted.seed}, ${wanted.minutes} min, ${wanted.orders} orders`);
const findings = await chaos(wanted);
console.log(report(findings));
process.exit(failures(findings).length === 0 ? 0 : 1);
