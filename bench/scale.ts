// `npm run bench:scale [-- --orders N] [--short] [--record]`: more workers and APIs in front of a full Temporal server with PostgreSQL; or with `--orders`
// so many orders of one merchant at once, queued and then waiting. `--record` writes its place in docs/performance.md, which says more.
import { parseArgs } from 'node:util';
import { buildForTests } from '../scripts/build.ts';
import { writeOrCheck } from '../scripts/written-page.ts';
import { backlog, backlogTables } from './backlog.ts';
import { startFullServer } from './full-server.ts';
import { machine } from './page.ts';
import type { Scaled, Step } from './scale-out.ts';
import { CALLS_AT_ONCE, scaleOut, scaleTable } from './scale-out.ts';
import { markdown, print } from './table.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string' },
    'sequra-ms': { type: 'string', default: '20000' },
    short: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});
const orders = values.orders === undefined ? null : Number(values.orders);
const sequraMs = Number(values['sequra-ms']);
if (!(orders === null || (Number.isInteger(orders) && orders > 1)) || !(sequraMs >= 0 && sequraMs <= 30_000))
  throw new Error('--orders is a whole number from 2, --sequra-ms one of 0 to 30000');

function steps(): Step[] {
  const counts = values.short ? [1, 2] : [1, 2, 4];
  const quick = values.short ? { orders: 60, atATime: 20 } : { orders: 600, atATime: 100 };
  const ofQuick = counts.flatMap((workers) =>
    (values.short ? [1] : [1, 2]).map((apis): Step => ({ workers, apis, sequraMs: 0, ...quick })),
  );
  // More under way than the workers can call for, and so slow that the processors are not full.
  const ofSlow = counts.map((workers): Step => {
    const atATime = Math.ceil(1.3 * CALLS_AT_ONCE * workers);
    return { workers, apis: 1, sequraMs, atATime, orders: (values.short ? 1 : 3) * atATime };
  });
  return sequraMs === 0 ? ofQuick : [...ofQuick, ...ofSlow];
}

const progress = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

type Said = { command: string; parts: string[] };

await buildForTests();
const server = await startFullServer();
try {
  const { command, parts } = orders === null ? await sayScaleOut() : await sayBacklog(orders);
  if (values.record) await writeOrCheck({ path: 'performance.md', command, written: () => parts.join('\n\n') });
} finally {
  await server.stop();
}

async function sayScaleOut(): Promise<Said> {
  const all: Scaled[] = [];
  for (const step of steps()) {
    progress(`${step.workers} workers, ${step.apis} APIs, seQura takes ${step.sequraMs} ms: ${step.orders} orders`);
    all.push(await scaleOut(server, step));
  }
  const rows = scaleTable(all);
  const others = all.map(({ measured }) => measured.busy.others);
  const said = `${machine(`(${server.name})`)}. Something else used ${Math.max(...others).toFixed(1)} processors at most meanwhile.`;
  print(rows);
  console.log(`\n${said}`);
  return { command: 'bench:scale', parts: [said, markdown(rows)] };
}

async function sayBacklog(count: number): Promise<Said> {
  const found = await backlog(server, count, progress);
  const said = `${machine(`(${server.name})`)}. One API and one worker. Placed with no worker: ${found.placedPerSecond.toFixed(0)} a second; handed out by one: ${found.handedOutPerSecond.toFixed(1)} a second.`;
  const tables = backlogTables(found);
  for (const { title, rows } of tables) {
    console.log(`\n${title}\n`);
    print(rows);
  }
  console.log(`\n${said}`);
  const written = tables.map(({ title, rows }) => `**${title}**\n\n${markdown(rows)}`);
  return { command: 'bench:scale -- --orders', parts: [said, ...written] };
}
