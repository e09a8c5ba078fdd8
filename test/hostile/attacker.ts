// The hostile merchant as a process of its own, told by its parent whom to attack, how and for how long. It has no part in what is measured.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './attacks.ts';
import { ATTACKS } from './attacks.ts';
import type { Tally } from './flood.ts';
import { flood } from './flood.ts';

/** `share`: of the connections that each attack has; `pauseMs`: between the requests of each. */
export type Order = { names: string[]; ms: number; share?: number; pauseMs?: number; target: Target };
export type Report = Record<string, Tally>;

/** A busy machine may need so long until everything was met. */
const MOST_MS = 30_000;
const LOOK_EVERY_MS = 100;
/** In the field it has a machine of its own; here it gets what nobody else wants of this one. */
const LEAST_PRIORITY = 19;
setPriority(LEAST_PRIORITY);
try {
  // Linux shares a machine out among sessions first.
  writeFileSync('/proc/self/autogroup', String(LEAST_PRIORITY));
} catch {
  // Elsewhere.
}

async function attack({ names, ms, share = 1, pauseMs, target }: Order): Promise<Report> {
  const report: Report = Object.fromEntries(names.map((name) => [name, {}]));
  const over = new AbortController();
  const running = Promise.all(
    names
      .flatMap((name) => (ATTACKS[name]?.floods(target) ?? []).map((piece) => ({ name, piece })))
      .map(({ name, piece }) =>
        flood(
          {
            port: target.port,
            behaviour: 'answers',
            pauseMs,
            ...piece,
            connections: Math.ceil(piece.connections * share),
          },
          report[name] ?? {},
          over.signal,
        ),
      ),
  );
  const isMet = () =>
    share < 1 || Object.entries(report).every(([name, tally]) => ATTACKS[name]?.meets.every((what) => what in tally));
  await sleep(ms);
  for (let waited = ms; !isMet() && waited < MOST_MS; waited += LOOK_EVERY_MS) await sleep(LOOK_EVERY_MS);
  over.abort();
  await running;
  return report;
}

process.on('message', (order: Order) => void attack(order).then((report) => process.send?.(report)));
process.send?.('ready');
process.on('disconnect', () => process.exit());
