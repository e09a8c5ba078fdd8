// Finds the payload keys that each run needs, in all of its payloads: each was encrypted with the key of its time.
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { executionInfoFromRaw } from './sdk-internals.ts';
import type { Payload } from '@temporalio/common';
import { ownValue } from '../order/unvouched.ts';
import { keyIdOf, PayloadUnreadableError } from './seal.ts';

export type KeyUse = { workflowId: string; runId: string; isOpen: boolean; keyIds: ReadonlySet<string> };

const PAGE = 200;
/** Histories read at a time: an operator's question must leave the server to the orders. */
const AT_A_TIME = 8;

/** Of every run of every workflow that the namespace keeps. */
export async function* keyUse(client: Client): AsyncGenerator<KeyUse> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.listWorkflowExecutions({
      namespace: client.options.namespace,
      pageSize: PAGE,
      nextPageToken,
    });
    for (let from = 0; from < page.executions.length; from += AT_A_TIME)
      yield* await Promise.all(page.executions.slice(from, from + AT_A_TIME).map((raw) => useOf(client, raw)));
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

type Raw = WorkflowExecutionInfo['raw'];

async function useOf(client: Client, raw: Raw): Promise<KeyUse> {
  const workflowId = raw.execution?.workflowId ?? '';
  const runId = raw.execution?.runId ?? '';
  const keyIds = new Set<string>();
  collect(raw.memo, keyIds);
  collect(await historyOf(client, workflowId, runId), keyIds);
  const digestKey = await keyOfDigest(client, raw);
  if (digestKey !== null) keyIds.add(digestKey);
  return { workflowId, runId, isOpen: raw.closeTime == null, keyIds };
}

/** None where it is gone meanwhile. */
async function historyOf(client: Client, workflowId: string, runId: string): Promise<unknown> {
  try {
    return await client.workflow.getHandle(workflowId, runId).fetchHistory();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The key of the digest by which repeats of the request are known: that of the first run, where the memo may have a later one. */
async function keyOfDigest(client: Client, raw: Raw): Promise<string | null> {
  try {
    const { loadedDataConverter, namespace } = client.options;
    const { memo } = await executionInfoFromRaw(raw, loadedDataConverter, raw, namespace);
    const digest = ownValue(memo?.['digest']);
    return typeof digest === 'string' ? (digest.split(':')[0] ?? null) : null;
  } catch (error) {
    if (error instanceof PayloadUnreadableError) return null;
    throw error;
  }
}

/** Takes the key of every payload in the value, at any depth. */
function collect(value: unknown, keyIds: Set<string>): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const { metadata } = value as Payload;
  if (metadata?.['encryption-key-id'] instanceof Uint8Array) keyIds.add(keyIdOf({ metadata }));
  for (const part of Object.values(value)) collect(part, keyIds);
}
