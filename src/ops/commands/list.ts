// `temporal orders list`
import type { Command } from 'commander';
import { openAttention } from '../../order/order.ts';
import type { Found } from '../../gateway/search.ts';
import { searchOrders } from '../../gateway/search.ts';
import { orderView } from '../../order/view.ts';
import { amount } from '../../order/words.ts';
import type { Filters } from '../filters.ts';
import { searchOf, withFilters } from '../filters.ts';
import type { Here } from '../here.ts';
import { connected } from '../here.ts';
import { age, asks, countAndMoney, orderJson, table } from '../in-words.ts';
import { integer } from '../program-options.ts';
import { writeCsv } from '../write-csv.ts';

type Options = Filters & { limit: number; csv?: true; json?: true };

export function listCommand(program: Command, here: Here): void {
  withFilters(program.command('list'))
    .description('lists orders, open ones first, then the newest')
    .option('-n, --limit <count>', 'at most so many; 0: all', integer(0), 100)
    .option('--csv', 'as CSV: fill in the column action, and `apply` it')
    .option('--json', 'a line of JSON for each')
    .action((options: Options) => list(here, options));
}

async function list(here: Here, options: Options): Promise<void> {
  const { client, payloadKeys } = connected(here);
  const shown: Found[] = [];
  let isAll = true;
  for await (const found of searchOrders(client, payloadKeys, searchOf(options))) {
    if (options.limit > 0 && shown.length === options.limit) {
      isAll = false;
      break;
    }
    shown.push(found);
    if (options.json === true) here.out(JSON.stringify(jsonOf(found)));
  }
  if (options.csv === true) for (const line of csvOf(shown)) here.out(line);
  else if (options.json !== true && shown.length > 0)
    for (const line of table([HEAD, ...shown.map(rowOf)])) here.out(line);
  here.err(
    countAndMoney(shown.flatMap(({ order }) => (order === null ? [] : [orderView(order)]))) +
      (isAll ? '' : '; there are more: --limit 0 shows all'),
  );
  const unreadable = shown.filter(({ order }) => order === null).length;
  if (unreadable > 0) here.err(`${unreadable} more cannot be read with PAYLOAD_KEYS as they are.`);
}

function jsonOf({ id, order }: Found): object {
  return order === null ? { id, unreadable: true } : orderJson(order);
}

const COLUMNS = ['merchant', 'reference', 'action', 'sequra_order_id', 'status', 'attention', 'total', 'placed'];

/** In the form in which `apply` reads it. */
function csvOf(shown: readonly Found[]): string[] {
  const rows = shown.flatMap(({ order }) => {
    if (order === null) return [];
    const { merchantId, reference, sequraOrderId, status, createdAt } = order;
    const [total = ''] = amount(order).split(' ');
    return [
      [merchantId, reference, '', sequraOrderId ?? '', status, openAttention(order)?.reason ?? '', total, createdAt],
    ];
  });
  return writeCsv(COLUMNS, rows).trimEnd().split('\n');
}

const HEAD = ['ORDER', 'STATUS', 'ASKS', 'AMOUNT', 'PLACED', 'NUMBER'];

function rowOf({ id, order }: Found): string[] {
  if (order === null) return [id, 'unreadable'];
  return [id, order.status, asks(order), amount(order), `${age(order.createdAt)} ago`, order.sequraOrderId ?? ''];
}
