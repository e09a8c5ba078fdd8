// What every command has: its settings, Temporal, and the terminal. Exit codes: 0 done, 1 failed, 2 not asked rightly, 3 done for some only.
import { createInterface } from 'node:readline/promises';
import type { Client } from '@temporalio/client';
import { configOrExit, loadOpsConfig } from '../config/load.ts';
import type { OrdersConfig } from '../config/model.ts';
import type { Env } from '../config/variables.ts';
import { createClient } from '../temporal/connection.ts';

export const EXIT = { done: 0, failed: 1, usage: 2, some: 3 } as const;

/** One sentence for whoever typed the command. */
export class Told extends Error {
  override readonly name = 'Told';
  readonly exitCode: number;

  constructor(sentence: string, exitCode: number = EXIT.failed) {
    super(sentence);
    this.exitCode = exitCode;
  }
}

export type Here = {
  /** In place of the environment; undefined: the environment. */
  env: Env | undefined;
  /** A line of the answer. */
  out: (line: string) => void;
  /** A line beside the answer. */
  err: (line: string) => void;
  /** Asks for a `y`; false where nobody can answer. */
  confirmed: (question: string) => Promise<boolean>;
  canAsk: boolean;
  /** Of a command that has said what it had to say. */
  exitCode: number;
};

/** A reference, or a name that seQura sends, may have what a terminal obeys. */
function tame(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => (character === '\n' ? character : '\uFFFD'));
}

export function terminal(env: Env | undefined): Here {
  // Whoever reads the answer may have seen enough: `| head`.
  process.stdout.on('error', () => process.exit(EXIT.done));
  return {
    env,
    out: (line) => process.stdout.write(`${tame(line)}\n`),
    err: (line) => process.stderr.write(`${tame(line)}\n`),
    exitCode: EXIT.done,
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    async confirmed(question) {
      const asking = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await asking.question(`${question} [y/N] `);
      asking.close();
      return /^y(es)?$/i.test(answer.trim());
    },
  };
}

export type Connected = OrdersConfig & { client: Client };

/** Needs no secret but the payload keys. */
export function connected({ env }: Here): Connected {
  const config = configOrExit(loadOpsConfig, env);
  return { ...config, client: createClient(config) };
}
