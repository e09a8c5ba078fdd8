// `temporal orders watch`: one order until its end, or all that the options choose, until Ctrl-C.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { findOrder, searchOrders } from '../../gateway/search.ts';
import { createWatching } from '../../gateway/temporal-orders.ts';
import { orderView } from '../../order/view.ts';
import type { OrderView } from '../../order/view.ts';
import { isFinal } from '../../order/status.ts';
import type { Filters } from '../filters.ts';
import { searchOf, withFilters } from '../filters.ts';
import type { Connected, Here } from '../here.ts';
import { connected, Told } from '../here.ts';
import { local } from '../in-words.ts';
import { idOfNamed } from '../named.ts';
import { integer } from '../program-options.ts';

type Options = Filters & { every: number; json?: true };

export function watchCommand(program: Command, here: Here): void {
  withFilters(program.command('watch [order]'))
    .description('shows each change of one order until its end, or of all that the options choose')
    .option('--every <seconds>', 'how often many are looked at', integer(1), 5)
    .option('--json', 'a line of JSON for each change')
    .action((name: string | undefined, options: Options) => watch(here, name, options));
}

async function watch(here: Here, name: string | undefined, options: Options): Promise<void> {
  const to = connected(here);
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  const tell = (order: OrderView) => here.out(options.json === true ? JSON.stringify(order) : lineOf(order));
  if (name === undefined) return watchMany(to, options, tell, ended.signal);
  const id = await idOfNamed(to, name, options.merchant);
  for await (const order of createWatching(to.client).changes(id, ended.signal)) {
    if (order === null) throw new Told(`There is no order ${id}.`);
    tell(order);
    if (isFinal(order.status) && order.attention === null) return;
  }
}

async function watchMany(
  { client, payloadKeys }: Connected,
  options: Options,
  tell: (order: OrderView) => void,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, number>();
  while (!signal.aborted) {
    const chosen = new Set<string>();
    for await (const { id, order } of searchOrders(client, payloadKeys, searchOf(options))) {
      chosen.add(id);
      if (order === null || known.get(id) === order.revision) continue;
      known.set(id, order.revision);
      tell(orderView(order));
    }
    for (const id of [...known.keys()].filter((one) => !chosen.has(one))) {
      known.delete(id);
      const order = (await findOrder(client, id))?.order ?? null;
      if (order !== null) tell(orderView(order));
    }
    await sleep(options.every * 1_000, undefined, { signal }).catch(() => {});
  }
}

function lineOf({ id, status, attention, timeline, created_at: placed }: OrderView): string {
  const last = timeline.at(-1);
  return [
    local(last?.at ?? placed),
    id,
    status,
    attention === null ? '' : `asks: ${attention.reason}`,
    last?.event ?? '',
  ]
    .filter(Boolean)
    .join('  ');
}
