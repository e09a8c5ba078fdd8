// `npm run bench:lists [-- --per-second N] [--seconds N] [--closed N] [--open N] [--fresh] [--profile] [--record]`: list requests at a steady rate to an API
// in front of a full Temporal server with many orders. `--record` writes its place in docs/performance.md, which says more.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { buildForTests } from '../scripts/build.ts';
import { writeOrCheck } from '../scripts/written-page.ts';
import { API_KEY } from '../test/support/canaries.ts';
import { percentile } from '../test/support/percentile.ts';
import { busyMs, cpuMsOf, ownCpuMs } from './cpu.ts';
import { keptFolder } from './folders.ts';
import { startFullServer } from './full-server.ts';
import { fillWithOrders } from './many-orders.ts';
import { machine } from './page.ts';
import { SHAPES } from './shapes.ts';
import type { Stand } from './stand.ts';
import { openStand } from './stand.ts';
import { markdown, print } from './table.ts';

const number = (value: number) => ({ type: 'string', default: String(value) }) as const;
const { values } = parseArgs({
  options: {
    'per-second': number(100),
    seconds: number(30),
    closed: number(100_000),
    open: number(10_000),
    fresh: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const perSecond = Number(values['per-second']);
const seconds = Number(values.seconds);
const wanted = { closed: Number(values.closed), open: Number(values.open) };
if (![perSecond, seconds, wanted.closed, wanted.open].every((value) => value > 0))
  throw new Error('--per-second, --seconds, --closed and --open are numbers above 0');

const MERCHANTS = Array.from({ length: 20 }, (_, at) => ({ id: `merchant_of_${at}`, key: `key-of-merchant-${at}` }));

/** What is asked for, how often in a hundred requests, and by whom: a till, which sees one merchant, or the office, which sees all of them. */
const KINDS = [
  { name: 'a till: its orders', share: 40, by: 'till', query: '' },
  { name: 'a till: that wait for the customer', share: 15, by: 'till', query: 'status=awaiting_customer' },
  { name: 'a till: that are confirmed', share: 10, by: 'till', query: 'status=confirmed' },
  { name: 'a till: by reference', share: 5, by: 'till', query: 'reference=copy-4711' },
  { name: 'the office: all', share: 10, by: 'office', query: '' },
  { name: 'the office: their second page', share: 5, by: 'office', query: 'cursor' },
  { name: 'the office: that ask for a human', share: 10, by: 'office', query: 'attention=true' },
  { name: 'the office: that failed', share: 5, by: 'office', query: 'status=failed' },
] as const;

/** Of a hundred requests, the kinds mixed evenly. */
const TURNS = KINDS.flatMap((kind) => Array.from({ length: kind.share }, (_, at) => ({ kind, at: at / kind.share })))
  .toSorted((one, other) => one.at - other.at)
  .map(({ kind }) => kind);

const SHAPE = SHAPES.find(({ programs }) => programs.length > 1);

type Asked = { kind: string; status: number; ms: number };

async function list(url: string, dispatcher: Agent, key: string, query: string) {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await request(`${url}/v1/orders?${query}`, { dispatcher, headers });
  const body = (await answer.body.json()) as { next_cursor?: string | null };
  return { status: answer.statusCode, cursor: body.next_cursor ?? '' };
}

/** At a steady rate, however long answers take: each is timed from when it was due. */
async function askAll({ url }: Stand, count: number): Promise<Asked[]> {
  const dispatcher = new Agent({ connections: 500 });
  const { cursor } = await list(url, dispatcher, API_KEY, '');
  const began = performance.now();
  async function askOne(_: unknown, at: number): Promise<Asked> {
    const { name, by, query } = TURNS[at % TURNS.length] ?? KINDS[0];
    const key = by === 'office' ? API_KEY : (MERCHANTS[at % MERCHANTS.length]?.key ?? '');
    const dueMs = began + (at / perSecond) * 1_000;
    await sleep(Math.max(1, dueMs - performance.now()));
    const { status } = await list(url, dispatcher, key, query === 'cursor' ? `cursor=${cursor}` : query);
    return { kind: name, status, ms: performance.now() - dueMs };
  }
  const asked = await Promise.all(Array.from({ length: count }, askOne));
  await dispatcher.close();
  return asked;
}

function rowOf(name: string, asked: readonly Asked[]): string[] {
  const ms = asked.map((one) => one.ms);
  const counts = Object.entries(Object.groupBy(asked, ({ status }) => status));
  const answers = counts.map(([status, its]) => `${its?.length ?? 0} × ${status}`);
  return [name, ...[0.5, 0.99, 1].map((share) => percentile(ms, share).toFixed(0)), answers.join(', ')];
}

function tableOf(asked: readonly Asked[]): string[][] {
  const ofKind = (name: string) => asked.filter(({ kind }) => kind === name);
  const rows = KINDS.map(({ name }) => rowOf(name, ofKind(name)));
  return [['', 'p50, ms', 'p99, ms', 'most, ms', 'answers'], rowOf('all', asked), ...rows];
}

/** User and system time of each part, and of everything on the machine. */
function used({ pids }: Stand): Map<string, number> {
  const ofParts = [...pids].map(([part, its]): [string, number] => [part, cpuMsOf(its)]);
  return new Map([...ofParts, ['this command', ownCpuMs()], ['everything on the machine', busyMs()]]);
}

await buildForTests();
if (SHAPE === undefined) throw new Error('no shape has an API of its own');
/** The next run finds them filled in. */
const LISTS = `lists-${wanted.closed}-${wanted.open}`;
const mark = join(keptFolder(LISTS), 'filled');
if (values.fresh || !existsSync(mark)) rmSync(keptFolder(LISTS), { recursive: true });
const profiles = join(keptFolder('profiles'), 'lists');
const server = await startFullServer(keptFolder(LISTS));
try {
  const profileTo = values.profile ? (program: string) => join(profiles, program) : undefined;
  const stand = await openStand(SHAPE, server, { others: MERCHANTS, profileTo });
  try {
    if (!existsSync(mark)) {
      console.log(`filling in ${wanted.closed} closed and ${wanted.open} open orders …`);
      await fillWithOrders(stand, server.postgres, { ...wanted, merchantIds: MERCHANTS.map(({ id }) => id) });
      writeFileSync(mark, '');
    }
    await askAll(stand, perSecond);
    const before = used(stand);
    const began = performance.now();
    const asked = await askAll(stand, perSecond * seconds);
    const tookMs = performance.now() - began;
    const spent = [...used(stand)].map(([part, ms]): [string, number] => [part, ms - (before.get(part) ?? 0)]);
    const ours = spent.slice(0, -1).reduce((sum, [, ms]) => sum + ms, 0);
    const others = Math.max(0, (spent.at(-1)?.[1] ?? 0) - ours) / tookMs;
    const { serverVersion } = await stand.temporal.workflowService.getSystemInfo({});
    const said = [
      `${machine(`${serverVersion} (${server.name})`)}: ${perSecond} requests a second for ${seconds} s, ${wanted.closed} closed and ${wanted.open} open orders.`,
      `CPU for each request, ms: ${spent.map(([part, ms]) => `${part} ${(ms / asked.length).toFixed(1)}`).join(', ')}. Something else used ${others.toFixed(1)} processors meanwhile.`,
    ];
    const table = tableOf(asked);
    print(table);
    console.log(`\n${said.join('\n')}`);
    if (values.profile) console.log(`Profiles: ${profiles}`);
    if (values.record)
      await writeOrCheck({
        path: 'performance.md',
        command: 'bench:lists',
        written: () => [...said, markdown(table)].join('\n\n'),
      });
  } finally {
    await stand.close();
  }
} finally {
  await server.stop();
}
