// `temporal orders erase`: forgets closed orders with all that Temporal keeps of them.
import type { Command } from 'commander';
import type { Found } from '../../gateway/search.ts';
import { findOrder, searchOrders } from '../../gateway/search.ts';
import { eraseOrder } from '../../gateway/erase.ts';
import { orderView } from '../../order/view.ts';
import type { Filters } from '../filters.ts';
import { searchOf } from '../filters.ts';
import type { Here } from '../here.ts';
import { connected, EXIT, Told } from '../here.ts';
import { countAndMoney } from '../in-words.ts';
import { idOfNamed } from '../named.ts';

type Options = Pick<Filters, 'phone' | 'document' | 'country' | 'merchant'> & { yes?: true; json?: true };

export function eraseCommand(program: Command, here: Here): void {
  program
    .command('erase [orders...]')
    .description('forgets closed orders, with every run: the named ones, or those of a person. It cannot be undone')
    .option('-m, --merchant <id>', 'whose references these are')
    .option('--phone <number>', 'all that were placed with this phone: with its prefix, or with --country')
    .option('--document <number>', 'all that were placed with this document number')
    .option('--country <code>', 'of --phone without a prefix')
    .option('-y, --yes', 'without asking')
    .option('--json', 'a line of JSON for each')
    .action((names: string[], options: Options) => erase(here, names, options));
}

async function erase(here: Here, names: readonly string[], { yes, json, ...options }: Options): Promise<void> {
  const isPerson = options.phone !== undefined || options.document !== undefined;
  if (isPerson === names.length > 0) throw new Told('Name orders, or a person by --phone or --document.', EXIT.usage);
  const to = connected(here);
  const found: Found[] = [];
  if (isPerson) for await (const one of searchOrders(to.client, to.payloadKeys, searchOf(options))) found.push(one);
  for (const name of names) {
    const id = await idOfNamed(to, name, options.merchant);
    const one = await findOrder(to.client, id);
    if (one === null) throw new Told(`There is no order ${id}.`);
    found.push(one);
  }
  if (found.length === 0) return here.err('0 orders: there is nothing to erase.');
  const views = found.flatMap(({ order }) => (order === null ? [] : [orderView(order)]));
  const question = `${countAndMoney(views)} will be forgotten for good: ${found.map(({ id }) => id).join(', ')}`;
  if (yes !== true) {
    if (!here.canAsk)
      throw new Told(`${question}\nNothing was done: --yes is needed where nobody can be asked.`, EXIT.usage);
    if (!(await here.confirmed(`${question}\nGo on?`))) throw new Told('Nothing was done.');
  }
  let open = 0;
  for (const { id } of found) {
    const runs = await eraseOrder(to.client, id);
    if (runs === null) open += 1;
    const at = new Date().toISOString();
    if (json === true) here.out(JSON.stringify({ id, erased: runs !== null, runs: runs ?? 0, at }));
    else
      here.out(
        runs === null
          ? `refused  ${id}  Its workflow is open: cancel the order; once it has ended, it closes within seconds.`
          : `erased   ${id}  ${runs} runs, ${at}`,
      );
  }
  if (open > 0) here.exitCode = open === found.length ? EXIT.failed : EXIT.some;
}
