// `temporal orders golive`, which is `npm run golive`: it has options of its own.
import type { Command } from 'commander';
import { golive } from '../golive.ts';
import type { Here } from '../here.ts';

export function goliveCommand(program: Command, here: Here): void {
  program
    .command('golive [options...]')
    .description('walks a merchant’s set-up through all that happens to orders: --merchant ID, --json')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: string[]) => {
      here.exitCode = await golive(args, here.out, here.env, here.err);
    });
}
