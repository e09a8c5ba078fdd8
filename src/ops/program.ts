// src/ops: `temporal orders …`: operators' commands.
//
// The table of commands, and how each ends.
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import type { Env } from '../config/variables.ts';
import { apiKeysCommand } from './commands/apikeys.ts';
import { changeCommands } from './commands/change.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eraseCommand } from './commands/erase.ts';
import { goliveCommand } from './commands/golive.ts';
import { keysCommand } from './commands/keys.ts';
import { linksCommand } from './commands/links.ts';
import { listCommand } from './commands/list.ts';
import { reconcileCommand } from './commands/reconcile.ts';
import { setupCommand } from './commands/setup.ts';
import { showCommand } from './commands/show.ts';
import { watchCommand } from './commands/watch.ts';
import { EXIT, terminal, Told } from './here.ts';
import { errorInWords } from './in-words.ts';

const COMMANDS = [
  listCommand,
  showCommand,
  watchCommand,
  linksCommand,
  changeCommands,
  reconcileCommand,
  eraseCommand,
  keysCommand,
  apiKeysCommand,
  doctorCommand,
  setupCommand,
  goliveCommand,
];

const ABOUT = `
Exit codes: 0 done, 1 failed, 2 not asked rightly, 3 done for some only, 78 a setting is wrong.
Settings: TEMPORAL_… and PAYLOAD_KEYS, as the API has them; docs/operations.md says more.`;

/** Answers with the exit code. `env`: in place of the environment. */
export async function run(args: readonly string[], env?: Env): Promise<number> {
  const here = terminal(env);
  const program = new Command('temporal-orders')
    .description('finds, tells and repairs part-payment orders')
    .addHelpText('after', ABOUT)
    .enablePositionalOptions()
    .exitOverride();
  for (const add of COMMANDS) add(program, here);
  tab(program, { completionCommandName: 'completion' });
  try {
    await program.parseAsync(args, { from: 'user' });
    return here.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    here.err(errorInWords(error));
    return error instanceof Told ? error.exitCode : EXIT.failed;
  }
}
