// src/dev: the whole stack on one machine, for `npm start`.
//
// `npm start [-- --once] [-- --fresh]`: the stack, and three orders to watch; `npm run dev` restarts it on change, without them.
import { parseArgs } from 'node:util';
import { EXAMPLE_REQUEST } from '../order/example.ts';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import { listLink, savedQueries } from '../gateway/saved-queries.ts';
import type { StoryEnd } from './demo.ts';
import { isAsExpected, playStories } from './demo.ts';
import {
  DEV_API_KEY,
  FAST_MERCHANT,
  HANDED_ON,
  keepDataPrivate,
  PATIENT_MERCHANT,
  readPorts,
  startOver,
} from './settings.ts';
import type { DevStack } from './stack.ts';
import { startStack } from './stack.ts';

/** Of the saved queries, those of every morning. */
const PRINTED = [
  'Which need a human?',
  'Which cannot go on?',
  'Which are past their deadline?',
  'Which were placed today?',
];

const USAGE = `npm start -- [--once] [--fresh]
  --once   end after the three orders, with 0 only if each ended as it should
  --fresh  forget the orders of earlier runs, at the simulator too
  --bare   without the three orders
Ports: TEMPORAL_PORT, TEMPORAL_UI_PORT, API_PORT, API_ADMIN_PORT, WORKER_ADMIN_PORT, DESK_PORT, SIMULATOR_PORT.
Settings of the service that it takes: ${HANDED_ON.join(', ')}.`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function table(ends: readonly StoryEnd[]): string {
  const rows = [
    ['order', 'expected', 'status', 'at seQura', ''],
    ...ends.map((one) => [
      one.reference,
      one.expected,
      one.order.status,
      one.atSequra,
      isAsExpected(one) ? 'as expected' : 'NOT AS EXPECTED',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}

function links({ apiUrl, simulatorUrl, uiUrl, deskUrl }: DevStack): string {
  const list = (query: string) => listLink(uiUrl, 'default', query);
  const asked = savedQueries({ now: new Date() }).filter(({ question }) => PRINTED.includes(question));
  const body = JSON.stringify({ ...EXAMPLE_REQUEST, reference: 'my-first-order' });
  return [
    `  Temporal UI    ${list(`WorkflowType = '${ORDER_WORKFLOW}'`)}`,
    ...asked.map(({ question, query }) => `    ${question}\n                 ${list(query)}`),
    '    all of them: npm run ops -- links',
    `  orders desk    ${deskUrl}`,
    `  phone inbox    ${simulatorUrl}/inbox`,
    `  faults         ${simulatorUrl}/faults   (or begin a reference with lost-, slow-, signs- …: docs/simulator.md)`,
    `  API reference  ${apiUrl}/docs`,
    `  API            ${apiUrl}/v1/orders   (Authorization: Bearer ${DEV_API_KEY}; merchants ${PATIENT_MERCHANT}, and ${FAST_MERCHANT} with short times)`,
    '',
    'Place an order of your own, then sign it from the phone inbox:',
    '',
    `curl -s ${apiUrl}/v1/orders -H 'Authorization: Bearer ${DEV_API_KEY}' -H 'Content-Type: application/json' -H 'Prefer: wait=5' -d '${body}'`,
  ].join('\n');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean' },
      fresh: { type: 'boolean' },
      bare: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    say(USAGE);
    return 0;
  }
  const stopSignal = new Promise<'stop'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('stop'));
  });
  // Before anything is deleted: a stack that still runs keeps its data.
  const ports = await readPorts(process.env);
  if (values.fresh === true) startOver();
  keepDataPrivate();
  const starting = startStack(ports, say);
  const stack = await Promise.race([starting, stopSignal]);
  if (stack === 'stop') {
    await starting.then(
      ({ stop }) => stop(),
      () => {},
    );
    return 130;
  }
  try {
    const orders = await Promise.race([values.bare === true ? [] : playStories(stack, say), stopSignal, stack.failed]);
    if (orders === 'stop') return 130;
    if (orders.length > 0) say(`\n${table(orders)}`);
    say(`\n${links(stack)}\n`);
    if (values.once === true) return orders.every(isAsExpected) ? 0 : 1;
    say('Everything stays up until Ctrl-C.');
    await Promise.race([stopSignal, stack.failed]);
    return 0;
  } finally {
    say('\nstopping …');
    await stack.stop();
    say('stopped.');
  }
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
