// `temporal orders show`
import type { Command } from 'commander';
import { findOrder } from '../../gateway/search.ts';
import { storyOf } from '../../gateway/story.ts';
import type { Order } from '../../order/order.ts';
import { openAttention } from '../../order/order.ts';
import { allowedActions } from '../../order/refusal.ts';
import { ATTENTIONS, STATUSES } from '../../order/status.ts';
import { nextStep, orderSummary } from '../../order/words.ts';
import type { Here } from '../here.ts';
import { connected, Told } from '../here.ts';
import { local, orderJson, table, utc, zone } from '../in-words.ts';
import { idOfNamed } from '../named.ts';

type Options = { merchant?: string; reveal?: true; json?: true };

export function showCommand(program: Command, here: Here): void {
  program
    .command('show <order>')
    .description('tells an order’s story; <order>: its id, or its reference')
    .option('-m, --merchant <id>', 'whose reference it is')
    .option('--reveal', 'with the customer’s data')
    .option('--json', 'as JSON')
    .action((name: string, options: Options) => show(here, name, options));
}

async function show(here: Here, name: string, options: Options): Promise<void> {
  const to = connected(here);
  const id = await idOfNamed(to, name, options.merchant);
  const order = (await findOrder(to.client, id))?.order;
  if (order === undefined) throw new Told(`There is no order ${id}.`);
  if (order === null) throw new Told(`No key of PAYLOAD_KEYS can read ${id}.`);
  const { lines, customer } = await storyOf(to.client, order);
  if (options.json === true) {
    const revealed = options.reveal === true ? { customer } : {};
    return here.out(JSON.stringify({ ...orderJson(order), story: lines, ...revealed }));
  }
  for (const line of head(order)) here.out(line);
  if (options.reveal === true) here.out(customer === null ? 'Customer: no longer kept.' : customerLine(customer));
  here.out('');
  const rows = lines.map(({ at, what }) => [local(at), utc(at), what]);
  for (const line of table([[zone().toUpperCase(), 'UTC', 'WHAT HAPPENED'], ...rows])) here.out(line);
}

function head(order: Order): string[] {
  const { sequraOrderId, confirmBy, sms, status, policy } = order;
  const until =
    confirmBy === null ? 'counts from when seQura has the order' : `${local(confirmBy)} (${utc(confirmBy)})`;
  return [
    order.id,
    orderSummary(order),
    `${status}: ${STATUSES[status].means}.`,
    `seQura’s number: ${sequraOrderId ?? 'not known'}. Deadline: ${until}.`,
    `SMS: ${sms.sent} of at most ${policy.smsLimit}, last outcome ${sms.lastOutcome ?? 'none'}.`,
    `Next: ${nextStep(order)}`,
    ...attention(order),
  ];
}

function attention(order: Order): string[] {
  const open = openAttention(order);
  if (open === null) return [];
  const { means, todo } = ATTENTIONS[open.reason];
  return [
    '',
    `A human must look: ${open.reason}, since ${local(open.since)}. ${means}`,
    todo,
    `Allowed now: ${allowedActions(order).join(', ') || 'nothing'}.`,
  ];
}

function customerLine(customer: object): string {
  const {
    given_names: given,
    surnames,
    mobile_phone: phone,
    nin,
    operator_ref: clerk,
  } = customer as Record<string, unknown>;
  return `Customer: ${[given, surnames, phone, nin].filter(Boolean).join(' · ')}; placed by ${String(clerk)}.`;
}
