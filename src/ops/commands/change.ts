// `temporal orders resolve`, `cancel`, `resend-sms`, `notify` and `apply`: change one order, those that options choose, or those of a file.
import type { Command } from 'commander';
import { Option } from 'commander';
import { mobileNumber } from '../../api/fields/phone.ts';
import type { Found } from '../../gateway/search.ts';
import { findOrder, searchOrders } from '../../gateway/search.ts';
import type { By } from '../../order/order.ts';
import type { ResolveAction } from '../../order/status.ts';
import { RESOLVE_ACTIONS } from '../../order/status.ts';
import { inBulk, sayWouldBe } from '../bulk.ts';
import type { Action, Change } from '../change.ts';
import { changer } from '../change.ts';
import { changeOf } from '../change-file.ts';
import { idOfRow, readCsv, readFileOrStdin } from '../csv.ts';
import type { Filters } from '../filters.ts';
import { isChosen, searchOf, withFilters } from '../filters.ts';
import type { Connected, Here } from '../here.ts';
import { connected, EXIT, Told } from '../here.ts';
import { errorInWords } from '../in-words.ts';
import { idOfNamed } from '../named.ts';
import type { Planned } from '../plan.ts';
import { plan, summaryOf, whyOf } from '../plan.ts';
import { integer, withBy, words } from '../program-options.ts';

type Options = Filters & {
  by: string;
  note: string;
  dryRun?: true;
  yes?: true;
  rate: number;
  failed?: string;
  json?: true;
  action?: ResolveAction;
  sequraOrderId?: string;
  to?: string;
};

/** Where the options say no more: the orders of which each may want something. */
const CANDIDATES: Record<Exclude<Action, ResolveAction> | 'resolve', Filters> = {
  resolve: { attention: true },
  cancel: {},
  'resend-sms': { status: 'awaiting_customer' },
  notify: {},
};

export function changeCommands(program: Command, here: Here): void {
  const command = (name: keyof typeof CANDIDATES, what: string) =>
    withWords(withFilters(program.command(`${name} [orders...]`)))
      .description(`${what}: the named orders, or all that the options choose`)
      .action((names: string[], options: Options) => change(here, name, names, options));
  command('resolve', 'answers what orders ask')
    .addOption(new Option('--action <action>', 'the answer').choices(RESOLVE_ACTIONS).makeOptionMandatory())
    .option('--sequra-order-id <id>', 'seQura’s number, for attach');
  command('cancel', 'cancels at seQura');
  command('resend-sms', 'sends the link again').option('--to <phone>', 'to another number, with its prefix');
  command('notify', 'tells the merchant’s endpoint again');
  withWords(program.command('apply <file>'))
    .description(
      'does what a CSV file says: reference, action, sequra_order_id, phone, and merchant; `-`: the standard input',
    )
    .option('-m, --merchant <id>', 'of the rows that name none')
    .action((file: string, options: Options) => apply(here, file, options));
}

function withWords(command: Command): Command {
  return withBy(command)
    .addOption(new Option('--note <text>', 'why, for the timeline').argParser(words).makeOptionMandatory())
    .option('--dry-run', 'only says what would be done')
    .option('-y, --yes', 'without asking')
    .option('--rate <count>', 'at most so many a second', integer(1), 10)
    .option('--failed <file>', 'where those that failed are written')
    .option('--json', 'a line of JSON for each');
}

async function change(here: Here, name: keyof typeof CANDIDATES, names: readonly string[], options: Options) {
  const to = connected(here);
  const isSearch = isChosen(options) && !(names.length > 0 && isOnlyMerchant(options));
  if (names.length === 0 && !isSearch)
    throw new Told('Name orders, or choose them by options: see --help.', EXIT.usage);
  if (names.length > 0 && isSearch) throw new Told('Name orders, or choose them by options, not both.', EXIT.usage);
  const ofOne = options.to ?? options.sequraOrderId;
  if (ofOne !== undefined && names.length !== 1)
    throw new Told('--to and --sequra-order-id are for one order: name it.', EXIT.usage);
  const found = isSearch
    ? await all(searchOrders(to.client, to.payloadKeys, searchOf({ ...CANDIDATES[name], ...options })))
    : await Promise.all(names.map(async (one) => lookUp(to, await idOfNamed(to, one, options.merchant))));
  const wanted = (id: string): Change => ({
    id,
    action: name === 'resolve' ? (options.action ?? 'retry') : name,
    number: options.sequraOrderId,
    phone: options.to === undefined ? undefined : phoneOf(options.to),
  });
  const planned = found.map(({ id, order }) => plan(wanted(id), order, byOf(options)));
  // Options choose by what all have in common: some of them may want nothing.
  const refused = isSearch ? planned.filter(({ refusal, order }) => refusal !== null || order === null) : [];
  if (refused.length > 0) here.err(`${refused.length} more would refuse it, and are left alone: ${whyOf(refused)}`);
  await carryOut(
    here,
    to,
    planned.filter((one) => !refused.includes(one)),
    options,
    names.length === 1,
  );
}

const isOnlyMerchant = ({ merchant, ...others }: Options) => merchant !== undefined && !isChosen(others);

async function apply(here: Here, file: string, options: Options): Promise<void> {
  const rows = readCsv(await readFileOrStdin(file), ['reference', 'action']);
  const to = connected(here);
  const mistakes: string[] = [];
  const changes: Change[] = [];
  for (const row of rows) {
    const { reference = '', action } = row.cells;
    if (action === '') continue;
    const wanted = changeOf(row);
    if (typeof wanted === 'string') mistakes.push(`line ${row.line}: ${wanted}`);
    else {
      const id = idOfRow(row, options.merchant) ?? (await idOfNamed(to, reference, undefined).catch(errorInWords));
      if (!id.startsWith('order:')) mistakes.push(`line ${row.line}: ${id}`);
      changes.push({ id, ...wanted });
    }
  }
  if (mistakes.length > 0) throw new Told(`Nothing was done.\n${mistakes.join('\n')}`, EXIT.usage);
  const planned: Planned[] = [];
  for (const wanted of changes) planned.push(plan(wanted, (await lookUp(to, wanted.id)).order, byOf(options)));
  await carryOut(here, to, planned, options, false);
}

const byOf = ({ by, note }: Options): By => ({ operator: by, note });

async function lookUp({ client }: Connected, id: string): Promise<Found> {
  return (await findOrder(client, id)) ?? { id, order: null };
}

async function all(found: AsyncIterable<Found>): Promise<Found[]> {
  const every: Found[] = [];
  for await (const one of found) every.push(one);
  return every;
}

function phoneOf(given: string): string {
  const number = mobileNumber(given, null);
  if (number === null) throw new Told('--to is no mobile number with its prefix, as in +34….', EXIT.usage);
  return number;
}

async function carryOut(here: Here, to: Connected, planned: readonly Planned[], options: Options, isOne: boolean) {
  const { by, note, json = false } = options;
  if (options.dryRun === true) {
    sayWouldBe(here, planned, json);
    here.err(`Nothing was done. ${summaryOf(planned)}`);
    return;
  }
  if (planned.length === 0) return here.err('0 orders: nothing is left to do.');
  if (!isOne && options.yes !== true) {
    const question = `${summaryOf(planned)}\nby ${by}: “${note}”`;
    if (!here.canAsk)
      throw new Told(`${question}\nNothing was done: --yes is needed where nobody can be asked.`, EXIT.usage);
    if (!(await here.confirmed(`${question}\nGo on?`))) throw new Told('Nothing was done.');
  }
  const changes = planned.map(({ change }) => change);
  const at = new Date().toISOString().replaceAll(/[-:]|\..*/g, '');
  const failedFile = options.failed ?? `failed-${at}.csv`;
  await inBulk(here, changes, changer(to, { operator: by, note }), { perSecond: options.rate, json, failedFile });
}
