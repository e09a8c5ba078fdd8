// What a namespace needs before orders can live in it: the search attributes.
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../order/search-attributes.ts';

/** `temporal.api.enums.v1.IndexedValueType`. */
const INDEXED_VALUE_TYPES = { KEYWORD: 2, BOOL: 5, DATETIME: 6 } as const;

/** Names of the search attributes that the namespace lacks, or has with another type. */
export async function missingSearchAttributes(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  return Object.entries(SEARCH_ATTRIBUTES)
    .filter(([name, type]) => Number(customAttributes[name]) !== INDEXED_VALUE_TYPES[type])
    .map(([name]) => name);
}

/** Registers what is missing and returns their names. Repeating it changes nothing. */
export async function setUpNamespace(client: Client): Promise<string[]> {
  const missing = await missingSearchAttributes(client);
  if (missing.length > 0) await addSearchAttributes(client, missing);
  return missing;
}

export async function addSearchAttributes(client: Client, names = Object.keys(SEARCH_ATTRIBUTES)): Promise<void> {
  const types = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => names.includes(name));
  await client.connection.operatorService.addSearchAttributes({
    namespace: client.options.namespace,
    searchAttributes: Object.fromEntries(types.map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]])),
  });
}
