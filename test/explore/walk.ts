// One set of lives, walked in a thread.
import { parentPort, workerData } from 'node:worker_threads';
import type { Scenario } from './bounds.ts';
import { REAL } from './decider.ts';
import type { Report } from './explore.ts';
import { explore } from './explore.ts';

export type Walk = { scenario: Scenario; until: number };
export type Walked = { report: Report; isLast: boolean };

const { scenario, until } = workerData as Walk;
const tell = (report: Report, isLast: boolean) => parentPort?.postMessage({ report, isLast } satisfies Walked);
tell(explore(scenario, REAL, { until, onLevel: (report) => tell(report, false) }), true);
