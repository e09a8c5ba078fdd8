// `temporal orders setup`
import type { Command } from 'commander';
import type { Here } from '../here.ts';
import { setUp } from '../setup-temporal.ts';

export function setupCommand(program: Command, here: Here): void {
  program
    .command('setup')
    .description('gives the namespace the search attributes that it needs, as `npm run setup:temporal` does')
    .action(async () => here.out(await setUp(here.env)));
}
