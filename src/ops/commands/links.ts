// `temporal orders links`
import type { Command } from 'commander';
import { configOrExit, loadSetupConfig } from '../../config/load.ts';
import { listLink, savedQueries } from '../../gateway/saved-queries.ts';
import type { Here } from '../here.ts';
import { webAddress } from '../program-options.ts';

type Options = { ui: string; merchant?: string; json?: true };

export function linksCommand(program: Command, here: Here): void {
  program
    .command('links')
    .description('prints links into the Temporal UI: the lists that operators look at')
    .option('--ui <url>', 'the address of the Temporal UI', webAddress, 'http://127.0.0.1:8233')
    .option('-m, --merchant <id>', 'also what this merchant has open')
    .option('--json', 'a line of JSON for each')
    .action((options: Options) => links(here, options));
}

function links({ env, out }: Here, { ui, merchant, json }: Options): void {
  const { temporal } = configOrExit(loadSetupConfig, env);
  for (const { question, query } of savedQueries({ merchantId: merchant, now: new Date() })) {
    const link = listLink(ui, temporal.namespace, query);
    if (json === true) out(JSON.stringify({ question, query, link }));
    else out(`${question}\n  ${link}`);
  }
}
