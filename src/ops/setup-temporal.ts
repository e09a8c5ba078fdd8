// src/ops: commands for operators.
//
// `npm run setup:temporal`: gives a namespace the search attributes it needs.
import { configOrExit, loadTemporalConfig } from '../config/load.ts';
import { createClient } from '../temporal/connection.ts';
import { setUpNamespace } from '../temporal/namespace.ts';

const client = createClient({ temporal: configOrExit(loadTemporalConfig), payloadKeys: null });
const { namespace } = client.options;
try {
  await client.connection.ensureConnected();
  const added = await setUpNamespace(client);
  const what = added.length === 0 ? 'has every search attribute already' : `now has ${added.join(', ')}`;
  process.stdout.write(`Namespace ${namespace} ${what}.\n`);
} catch (error) {
  process.stderr.write(`Namespace ${namespace} could not be set up: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await client.connection.close();
}
