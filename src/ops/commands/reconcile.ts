// `temporal orders reconcile`
import type { Command } from 'commander';
import { configOrExit, loadReconcileConfig } from '../../config/load.ts';
import { searchOrders } from '../../gateway/search.ts';
import { temporalOrders } from '../../gateway/temporal-orders.ts';
import type { By } from '../../order/order.ts';
import { orderView } from '../../order/view.ts';
import { createClient } from '../../temporal/connection.ts';
import { readCsv, readFileOrStdin } from '../csv.ts';
import { duration } from '../filters.ts';
import type { Here } from '../here.ts';
import { EXIT, Told } from '../here.ts';
import { errorInWords, table } from '../in-words.ts';
import { withBy } from '../program-options.ts';
import type { Comparison, Task } from '../reconcile.ts';
import { carryOut, compare, theirOrders } from '../reconcile.ts';
import { writeCsv } from '../write-csv.ts';

type Options = {
  merchant?: string;
  newerThan?: number;
  tell?: true;
  attach?: true;
  by: string;
  forgotten?: true;
  csv?: true;
  json?: true;
};

export function reconcileCommand(program: Command, here: Here): void {
  const command = program
    .command('reconcile <file>')
    .description(
      'compares a CSV file of seQura’s back office, or of a shop, with the orders here; `-`: the standard input',
    )
    .option('-m, --merchant <id>', 'of the rows that name none')
    .option('--newer-than <time>', 'also names orders placed since that are not in the file: 6h, 2d', duration)
    .option('--tell', 'tells orders what they have not heard, as seQura’s webhooks would')
    .option('--attach', 'gives orders the numbers that they ask for: needs workers')
    .option('--forgotten', 'only the ids of orders that we do not have: for FORGOTTEN_ORDERS')
    .option('--csv', 'as CSV')
    .option('--json', 'a line of JSON for each')
    .addHelpText('after', ABOUT)
    .action((file: string, options: Options) => reconcile(here, file, options));
  withBy(command);
}

const ABOUT = `
Columns: merchant, reference, sequra_order_id, state, total; all but the reference may be left out. Beside the settings of other commands it needs MERCHANTS_FILE.
Exit code 0: nothing differs, or all of it is put right; 3: something is left.`;

type Line = Comparison & { left: Task[] };

async function reconcile(here: Here, file: string, options: Options): Promise<void> {
  const { merchants, taskQueue, ...store } = configOrExit(loadReconcileConfig, here.env);
  const list = theirOrders(readCsv(await readFileOrStdin(file), ['reference']), options.merchant);
  const strangers = new Set(list.map(({ merchantId }) => merchantId).filter((id) => !merchants.has(id)));
  if (strangers.size > 0) throw new Told(`Not in the merchants file: ${[...strangers].join(', ')}.`, EXIT.usage);
  const client = createClient(store, { identity: options.by });
  const orders = temporalOrders({ client, taskQueue, payloadKeys: store.payloadKeys });
  const attach: By | null =
    options.attach === true ? { operator: options.by, note: 'in the list of seQura’s back office' } : null;
  const lines: Line[] = [];
  for (const compared of await compare(orders, merchants, list)) {
    if (compared.tasks.length === 0) continue;
    const left = await carryOut(orders, merchants, compared, { tell: options.tell === true, attach }).catch(
      (error: unknown) => {
        here.err(`${compared.id}: ${errorInWords(error)}`);
        return compared.tasks;
      },
    );
    lines.push({ ...compared, left });
  }
  if (options.newerThan !== undefined) {
    const known = new Set(list.map(({ merchantId, reference }) => `${merchantId} ${reference}`));
    const after = new Date(Date.now() - options.newerThan).toISOString();
    const merchantIds = [...new Set(list.map(({ merchantId }) => merchantId))];
    for await (const { id, order } of searchOrders(client, store.payloadKeys, { merchantIds, after }))
      if (order !== null && order.sequraOrderId !== null && !known.has(`${order.merchantId} ${order.reference}`))
        lines.push({ id, theirs: [], ours: orderView(order), tasks: ['unlisted'], left: ['unlisted'] });
  }
  say(here, lines, options);
  if (options.forgotten === true) return;
  here.err(
    `${new Set(list.map(({ merchantId, reference }) => `${merchantId} ${reference}`)).size} in the file: ${summary(lines)}`,
  );
  if (lines.some(({ left }) => left.length > 0)) here.exitCode = EXIT.some;
}

function summary(lines: readonly Line[]): string {
  const counts = Map.groupBy(
    lines.flatMap(({ tasks }) => tasks),
    (task) => task,
  );
  return [...counts].map(([task, { length }]) => `${length} ${task}`).join(', ') || 'nothing differs';
}

const HEAD = ['ORDER', 'THERE', 'HERE', 'TO DO'];

function say(here: Here, lines: readonly Line[], { forgotten, csv, json }: Options): void {
  if (forgotten === true) {
    for (const { id, ours } of lines) if (ours === null) here.out(id);
  } else if (json === true)
    for (const { id, theirs, ours, tasks, left } of lines)
      here.out(
        JSON.stringify({ id, theirs, status: ours?.status ?? null, attention: ours?.attention ?? null, tasks, left }),
      );
  else if (lines.length > 0) {
    const rows = lines.map(({ id, theirs, ours, tasks, left }) => [
      id,
      theirs.map(({ number, state }) => [number, state].filter(Boolean).join(' ') || 'listed').join(', '),
      ours === null ? '' : [ours.status, ours.attention?.reason].filter(Boolean).join(', '),
      tasks.map((task) => (left.includes(task) ? task : `${task}: done`)).join(', '),
    ]);
    const text = csv === true ? writeCsv(HEAD, rows).trimEnd().split('\n') : table([HEAD, ...rows]);
    for (const line of text) here.out(line);
  }
}
