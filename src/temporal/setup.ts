// `npm run setup:temporal`: gives a namespace the search attributes it needs. Repeating it changes nothing.
import type { Client } from '@temporalio/client';
import { temporalConfigOrExit } from '../config.ts';
import { SEARCH_ATTRIBUTES } from '../order/search-attributes.ts';
import { createClient, INDEXED_VALUE_TYPES, missingSearchAttributes } from './connection.ts';

/** Registers what is missing and returns their names. */
export async function setUpNamespace(client: Client): Promise<string[]> {
  const missing = await missingSearchAttributes(client);
  if (missing.length > 0) {
    const types = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => missing.includes(name));
    await client.connection.operatorService.addSearchAttributes({
      namespace: client.options.namespace,
      searchAttributes: Object.fromEntries(types.map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]])),
    });
  }
  return missing;
}

if (import.meta.main) {
  const client = createClient({ temporal: temporalConfigOrExit(), payloadKeys: null });
  try {
    await client.connection.ensureConnected();
    const added = await setUpNamespace(client);
    const what = added.length === 0 ? 'has every search attribute already' : `now has ${added.join(', ')}`;
    process.stdout.write(`Namespace ${client.options.namespace} ${what}.\n`);
  } catch (error) {
    process.stderr.write(`The namespace could not be set up: ${(error as Error).message}\n`);
    process.exitCode = 1;
  } finally {
    await client.connection.close();
  }
}
