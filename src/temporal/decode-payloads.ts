// Decodes payloads of a history as the workflow's or as its activities': Temporal does not say which they are.
import type { Client } from '@temporalio/client';
import type { SerializationContext } from '@temporalio/common';
import { decodeArrayFromPayloads } from './sdk-internals.ts';
import type { temporal } from '@temporalio/proto';

type Payloads = temporal.api.common.v1.IPayload[] | null | undefined;

/** The first argument of a run or of a message to it; marked where no payload of the order vouches for it (`unvouched`). */
export function decodeArgument(client: Client, workflowId: string, payloads: Payloads): Promise<unknown> {
  return decodeFirst(client, payloads, { type: 'workflow', namespace: client.options.namespace, workflowId });
}

/** The result of an activity, in its end or in the details of its failure; undefined where there is none. */
export function answerPayloads(event: temporal.api.history.v1.IHistoryEvent): Payloads {
  const { activityTaskCompletedEventAttributes: completed, activityTaskFailedEventAttributes: failed } = event;
  return completed?.result?.payloads ?? failed?.failure?.applicationFailureInfo?.details?.payloads;
}

export function decodeActivityResult(client: Client, workflowId: string, payloads: Payloads): Promise<unknown> {
  const { namespace } = client.options;
  return decodeFirst(client, payloads, { type: 'activity', namespace, workflowId, isLocal: false });
}

async function decodeFirst(client: Client, payloads: Payloads, context: SerializationContext): Promise<unknown> {
  return (await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads, context))[0];
}
