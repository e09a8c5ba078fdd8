// `npm run setup:temporal`: gives a namespace the search attributes it needs.
import { configOrExit, loadTemporalConfig } from '../config/load.ts';
import { isMain } from '../config/is-main.ts';
import type { Env } from '../config/variables.ts';
import { createClient } from '../temporal/connection.ts';
import { setUpNamespace } from '../temporal/namespace.ts';

/** Says what was done. `env`: in place of the environment. */
export async function setUp(env?: Env): Promise<string> {
  const client = createClient({ temporal: configOrExit(loadTemporalConfig, env), payloadKeys: null });
  const { namespace } = client.options;
  try {
    await client.connection.ensureConnected();
    const added = await setUpNamespace(client);
    return `Namespace ${namespace} ${added.length === 0 ? 'has every search attribute already' : `now has ${added.join(', ')}`}.`;
  } catch (error) {
    throw new Error(`Namespace ${namespace} could not be set up: ${(error as Error).message}`, { cause: error });
  } finally {
    await client.connection.close();
  }
}

if (isMain(import.meta)) {
  try {
    process.stdout.write(`${await setUp()}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
