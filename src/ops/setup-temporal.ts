// `npm run setup:temporal`: gives a namespace the search attributes it needs, and its task queue the limit on calls to seQura.
import { configOrExit, loadSetupConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import type { Env } from '../config/variables.ts';
import { limitCalls } from '../temporal/call-limit.ts';
import { createClient } from '../temporal/connection.ts';
import { setUpNamespace } from '../temporal/namespace.ts';
import { reasonOf } from './in-words.ts';

/** `added`: search attributes that were missing. `callsPerSecond`: null where none was asked for. */
type SetUp = { namespace: string; added: string[]; taskQueue: string; callsPerSecond: number | null };

/** `env`: in place of the environment. */
export async function setUp(env?: Env): Promise<SetUp> {
  const { temporal, taskQueue, sequraCallsPerSecond: limit } = configOrExit(loadSetupConfig, env);
  const client = createClient({ temporal, payloadKeys: null });
  const { namespace } = client.options;
  try {
    // Its own error only says that it waited: the next call says for what.
    await client.connection.ensureConnected().catch(() => {});
    const added = await setUpNamespace(client);
    if (limit !== null) await limitCalls(client, taskQueue, limit);
    return { namespace, added, taskQueue, callsPerSecond: limit };
  } catch (error) {
    throw new Error(`Namespace ${namespace} could not be set up: ${reasonOf(error)}`, { cause: error });
  } finally {
    await client.connection.close();
  }
}

export function setUpInWords({ namespace, added, taskQueue, callsPerSecond }: SetUp): string {
  const attributes = added.length === 0 ? 'has every search attribute already' : `now has ${added.join(', ')}`;
  const said = [`Namespace ${namespace} ${attributes}.`];
  if (callsPerSecond !== null) {
    const calls = callsPerSecond === 0 ? 'without a limit' : `at most ${callsPerSecond} a second`;
    said.push(`Task queue ${taskQueue}: calls to seQura for each merchant, ${calls}.`);
  }
  return said.join('\n');
}

if (isMain(import.meta)) {
  try {
    process.stdout.write(`${setUpInWords(await setUp())}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
