// The shapes that are measured beside each other: which processes each is made of, and how a shop asks them.
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Front } from './fronts.ts';
import { BARE_FRONT, OUR_FRONT } from './fronts.ts';

type Port = 'API_PORT' | 'API_ADMIN_PORT' | 'WORKER_ADMIN_PORT';

/** `ready`: the path, on each of these ports, that answers 200 once it works.
 * `confined`: with the rights it has in production, in which it could write no profile; `free`: without. */
type Program = {
  free: readonly string[];
  confined: readonly string[];
  ports: readonly Port[];
  ready: string;
  isWorker: boolean;
};

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Started as by `npm run start:api`, `start:worker` and `start:all`. */
const ours = (name: string, ...preloads: string[]) => ({
  free: [...preloads.map((file) => `--import=${pathToFileURL(path(file)).href}`), path(`../dist/processes/${name}.js`)],
  confined: ['--disable-sigusr1', path('../dist/processes/confined.js'), name],
});
const WORKFLOWS = '../dist/temporal/workflow-thread.js';

const PROGRAMS = {
  api: { ...ours('api'), ports: ['API_ADMIN_PORT'], ready: '/readyz', isWorker: false },
  worker: { ...ours('worker', WORKFLOWS), ports: ['WORKER_ADMIN_PORT'], ready: '/readyz', isWorker: true },
  all: { ...ours('all', WORKFLOWS), ports: ['API_ADMIN_PORT', 'WORKER_ADMIN_PORT'], ready: '/readyz', isWorker: true },
  bare: { free: [path('bare.ts')], confined: [path('bare.ts')], ports: ['API_PORT'], ready: '/ready', isWorker: true },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

export type Shape = { name: string; programs: readonly ProgramName[]; front: Front };

/** The others are measured against this one. */
export const BARE: Shape = { name: 'bare', programs: ['bare'], front: BARE_FRONT };

export const SHAPES: readonly Shape[] = [
  { name: 'two processes', programs: ['api', 'worker'], front: OUR_FRONT },
  { name: 'one process', programs: ['all'], front: OUR_FRONT },
  BARE,
];

export const program = (name: ProgramName): Program => PROGRAMS[name];

/** As a URL, since under the permission model a process reads no file of this folder. */
const probe = `data:text/javascript,${encodeURIComponent(readFileSync(path('probe.mjs'), 'utf8'))}`;

export const PROBED = ['--expose-gc', `--import=${probe}`] as const;
