// What is measured every ten seconds, of each process and of its answers, and how much of it may rise.
import type { Site } from '../support/site.ts';
import { percentile } from '../support/percentile.ts';
import { call } from '../support/till.ts';
import type { Limit, Point } from './flat.ts';
import type { Load } from './people.ts';

const MIB = 2 ** 20;

/** `of`: the metric of a process, and what one of it is in the unit. */
const OF_A_PROCESS = {
  memory: { unit: 'MiB', metric: 'process_resident_memory_bytes', of: 1 / MIB, limit: { share: 0.1, least: 10 } },
  heap: { unit: 'MiB', metric: 'nodejs_heap_size_used_bytes', of: 1 / MIB, limit: { share: 0.15, least: 10 } },
  'open files': { unit: '', metric: 'process_open_fds', of: 1, limit: { share: 0.1, least: 10 } },
  'event loop lag p99': {
    unit: 'ms',
    metric: 'nodejs_eventloop_lag_p99_seconds',
    of: 1_000,
    limit: { share: 0.25, least: 15 },
  },
} as const;
const OF_ANSWERS = {
  p50: { unit: 'ms', share: 0.5, limit: { share: 0.25, least: 10 } },
  p99: { unit: 'ms', share: 0.99, limit: { share: 0.25, least: 75 } },
} as const;

export type Series = { name: string; unit: string; limit: Limit; points: Point[] };

export type Samples = {
  series: () => Series[];
  take: () => Promise<void>;
};

export function samples(site: Site, load: Load): Samples {
  const startedAt = Date.now();
  const all = new Map<string, Series>();
  let webhooksSeen = 0;

  function note(name: string, { unit, limit }: { unit: string; limit: Limit }, seconds: number, value: number): void {
    const series = all.get(name) ?? { name, unit, limit, points: [] };
    all.set(name, series);
    if (Number.isFinite(value)) series.points.push({ seconds, value });
  }

  /** From when seQura posted one until it was answered, of those since the last look. */
  function webhookMs(): number[] {
    const deliveries = site.simulator.ledger.webhooks();
    const these = deliveries.slice(webhooksSeen).filter(({ state }) => state !== 'under_way');
    webhooksSeen = deliveries.length;
    return these.flatMap(({ tries }) => tries.flatMap(({ duration_ms: ms }) => (ms === null ? [] : [ms])));
  }

  return {
    series: () => [...all.values()],
    async take() {
      const seconds = (Date.now() - startedAt) / 1_000;
      for (const [process, { admin }] of [
        ['API', site.api.now],
        ['worker', site.worker.now],
      ] as const) {
        const { body } = await call<string>(`${admin}/metrics`);
        for (const [what, of] of Object.entries(OF_A_PROCESS)) {
          const value = Number(new RegExp(`^${of.metric} (\\S+)`, 'm').exec(body)?.[1]);
          note(`${process}: ${what}`, of, seconds, value * of.of);
        }
      }
      for (const [call, ms] of [
        ['POST', load.postMs()],
        ['webhook', webhookMs()],
      ] as const)
        for (const [what, of] of Object.entries(OF_ANSWERS))
          note(`${call} ${what}`, of, seconds, percentile(ms, of.share));
    },
  };
}
