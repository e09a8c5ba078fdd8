// `npm run chaos -- --seed N --minutes M [--orders K]`: the service under load while its parts are killed, stopped, cut off and lied to. At the end
// everything is healed, and the judge of all tests looks at every order.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { judge } from '../oracle/judge.ts';
import { everyOutput, untilReady } from '../support/processes.ts';
import { until } from '../support/waits.ts';
import { collect, untilQuiet } from './collect.ts';
import { openOperator, openShops } from './people.ts';
import { chanceOf } from './random.ts';
import type { Findings } from './report.ts';
import { failures, report } from './report.ts';
import { openRig } from './rig.ts';
import { troublesOf } from './troubles.ts';
import { makeTrouble } from './when.ts';
import { canariesIn, PAYLOAD_KEYS } from '../support/canaries.ts';
import { replay } from '../support/replay.ts';

const USAGE = 'npm run chaos -- --seed N --minutes M [--orders K] [--evidence FILE]';
const ORDERS_PER_MINUTE = 50;
/** What begins later meets no trouble any more. */
const LAST_ORDER_BEFORE_END_MS = 15_000;
/** Longer than a host may hang, and its network be silent, with a cancel on its way. */
const IN_FLIGHT_MS = 15_000;
/** The newest ones are still going on. */
const WITHIN_REACH = 25;

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
  const rig = await openRig();
  try {
    const startedMs = Date.now();
    const endMs = startedMs + minutes * 60_000;
    const shops = openShops(rig, chance.fork('shops'), endMs);
    const operator = openOperator(rig, chance.fork('operator'));
    const troubles = troublesOf(rig, chance.fork('troubles'), () => shops.taken.slice(-WITHIN_REACH));
    const lives: Promise<void>[] = [];
    let probes = 0;
    let lures = 0;
    const probe = async () => {
      await untilReady(...rig.apis, ...rig.workers);
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
    const quietMs = await untilQuiet(rig, shops.taken);
    await until(
      'everybody has gone',
      () => Promise.race([Promise.all(lives).then(() => true), sleep(50, false)]),
      120_000,
    );
    const evidence = await collect(rig, shops.taken, shops.posted);
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
      leaks: canariesIn(Object.values(everyOutput()), [rig.dbFile, `${rig.dbFile}-wal`]),
      ended: rig.endedByThemselves(),
    };
  } finally {
    await rig.close();
  }
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
