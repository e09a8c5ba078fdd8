// What a namespace needs before orders can live in it: the search attributes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../order/search-attributes.ts';
import { GRPC, grpcStatus } from './grpc-status.ts';

/** `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPES = { KEYWORD: 2, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/** Temporal is there and does not know the namespace: it does not exist, is some moments old, or Temporal has lost its database. */
export class NamespaceMissingError extends Error {
  override readonly name = 'NamespaceMissingError';
}

/** Names of the search attributes that the namespace lacks, or has with another type. */
export async function missingSearchAttributes(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const { customAttributes } = await client.connection.operatorService
    .listSearchAttributes({ namespace })
    .catch((error: unknown) => {
      const isMissing = error instanceof NamespaceNotFoundError || grpcStatus(error) === GRPC.NOT_FOUND;
      if (!isMissing) throw error;
      const create = `temporal operator namespace create --namespace ${namespace}`;
      throw new NamespaceMissingError(
        `Temporal knows no namespace ${namespace}: check TEMPORAL_NAMESPACE, or run \`${create}\`, then \`npm run setup:temporal\`.`,
      );
    });
  return Object.entries(SEARCH_ATTRIBUTES)
    .filter(([name, type]) => Number(customAttributes[name]) !== INDEXED_VALUE_TYPES[type])
    .map(([name]) => name);
}

const LOOK_EVERY_MS = 250;
const PATIENCE_MS = 30_000;

/** Registers what is missing, and returns their names once Temporal knows them: its caches take seconds. Repeating it changes nothing. */
export async function setUpNamespace(client: Client): Promise<string[]> {
  const added = await missingSearchAttributes(client);
  if (added.length === 0) return [];
  await addSearchAttributes(client, added);
  for (const giveUpAt = Date.now() + PATIENCE_MS; ; await sleep(LOOK_EVERY_MS)) {
    const missing = await missingSearchAttributes(client);
    if (missing.length === 0) return added;
    if (Date.now() > giveUpAt) throw new Error(`Temporal does not show the search attributes ${missing.join(', ')}.`);
  }
}

export async function addSearchAttributes(client: Client, names = Object.keys(SEARCH_ATTRIBUTES)): Promise<void> {
  const types = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => names.includes(name));
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(types.map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]])),
  });
}
