// `temporal orders setup`
import type { Command } from 'commander';
import type { Here } from '../here.ts';
import { setUp, setUpInWords } from '../setup-temporal.ts';

export function setupCommand(program: Command, here: Here): void {
  program
    .command('setup')
    .description('gives the namespace the search attributes that it needs, as `npm run setup:temporal` does')
    .option('--json', 'a line of JSON')
    .action(async ({ json }: { json?: true }) => {
      const done = await setUp(here.env);
      const { namespace, added, taskQueue: task_queue, callsPerSecond: calls_per_second } = done;
      here.out(json === true ? JSON.stringify({ namespace, added, task_queue, calls_per_second }) : setUpInWords(done));
    });
}
