// `temporal orders doctor`
import type { Command } from 'commander';
import { configOrExit, loadDoctorConfig } from '../../config/load.ts';
import { createClient } from '../../temporal/connection.ts';
import type { Finding } from '../doctor.ts';
import { examine } from '../doctor.ts';
import type { Here } from '../here.ts';
import { EXIT } from '../here.ts';

const MARKS: Record<Finding['is'], string> = { right: '✓', doubtful: '!', wrong: '✗', skipped: '–' };
const WIDTH = 20;

export function doctorCommand(program: Command, here: Here): void {
  program
    .command('doctor')
    .description('says what is wrong around the orders, and what to do; exit code 1 where something is')
    .option('--json', 'a line of JSON for each')
    .action(async ({ json }: { json?: true }) => {
      const config = configOrExit(loadDoctorConfig, here.env);
      for await (const finding of examine(createClient(config), config)) {
        if (finding.is === 'wrong') here.exitCode = EXIT.failed;
        if (json === true) here.out(JSON.stringify(finding));
        else for (const line of linesOf(finding)) here.out(line);
      }
    });
}

function linesOf({ what, is, says, todo }: Finding): string[] {
  const line = `${MARKS[is]} ${what.padEnd(WIDTH)} ${says}`;
  return todo === undefined ? [line] : [line, `${' '.repeat(WIDTH + 2)} → ${todo}`];
}
