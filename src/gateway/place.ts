// Places an order: starts its workflow, or compares the request with that of the order that has the id already.
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import { ORDER_READ_MS } from '../contract/time-limits.ts';
import { ORDER_WORKFLOW, SURE_ID_LENGTH } from '../contract/names.ts';
import { acceptOrder } from '../order/order.ts';
import { personalDigest, requestDigest } from '../temporal/keyed-digests.ts';
import { GRPC, grpcError, grpcStatus } from '../temporal/grpc-status.ts';
import { call } from './call.ts';
import { IdTakenError, IdTooLongError } from './errors.ts';
import type { Orders, Placing } from './orders.ts';
import { readRun } from './read.ts';
import { builtBy, newOrder } from './start.ts';
import type { Watching } from './watch.ts';

type Options = {
  client: Client;
  /** On the connection of a worker in this process, which then begins new orders at once; null where there is none. */
  eagerClient?: (() => Client | null) | undefined;
  note: Watching['note'];
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  /** New orders believe messages that are typed without the codec. */
  trustPlainPayloads?: boolean | undefined;
  /** Of the workers that most likely take new orders; null: nothing is known of them. */
  workersBuildId?: string | null | undefined;
  /** In which new orders tell their times, beside UTC. */
  operatorsTimeZone?: string | null | undefined;
};

type NewOrder = ReturnType<typeof newOrder>;
type FailedOnly = Omit<NewOrder, 'workflowIdReusePolicy'> & { workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' };

export function placer({
  client,
  eagerClient = () => null,
  note,
  taskQueue,
  payloadKeys,
  trustPlainPayloads,
  workersBuildId = null,
  operatorsTimeZone,
}: Options): Orders['place'] {
  /** None from the first refusal on. */
  let builds = workersBuildId === null ? [] : builtBy(workersBuildId);

  /** The id of the run; null where the id of the order is taken. */
  async function started(options: NewOrder | FailedOnly): Promise<string | null> {
    const eager = eagerClient();
    const starter = eager ?? client;
    const requestEagerStart = eager !== null;
    const told = builds;
    const typedSearchAttributes = [...options.typedSearchAttributes, ...told];
    try {
      const { firstExecutionRunId } = await call(starter, ORDER_READ_MS, () =>
        starter.workflow.start(ORDER_WORKFLOW, { ...options, typedSearchAttributes, requestEagerStart }),
      );
      return firstExecutionRunId;
    } catch (error) {
      if (told.length > 0 && refusesBuilds(error)) {
        builds = [];
        return started(options);
      }
      if (refusesId(error, options.workflowId)) throw new IdTooLongError('Temporal refuses an id of this length');
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return null;
    }
  }

  return async (placing) => {
    const text = digestText(placing);
    const digest = requestDigest(text, payloadKeys) ?? '';
    const { request, currency } = placing;
    const policy = {
      ...placing.policy,
      ...(trustPlainPayloads === true && { trustPlain: true }),
      ...(operatorsTimeZone != null && { timeZone: operatorsTimeZone }),
    };
    const order = acceptOrder(request, policy, currency, new Date().toISOString());
    const digests = {
      phone: personalDigest('phone', request.mobile_phone, payloadKeys),
      document: personalDigest('document', request.nin, payloadKeys),
    };
    const options = newOrder(taskQueue, { order, digest, digests }, request);
    const asStarted = (runId: string) => {
      const listed = { sequraOrderId: null, confirmBy: null };
      const seen = { order, published: order, listed, events: 0, runId, running: true, paused: false };
      return { outcome: 'started', order: note(seen) } as const;
    };
    const runId = await started(options);
    if (runId !== null) return asStarted(runId);
    const run = await readRun(client, order.id, ORDER_READ_MS);
    if (run === null) {
      // The id was taken by a run that somebody started by hand, which failed and did nothing (docs/decisions/0010).
      const nextRunId = await started({ ...options, workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY' });
      if (nextRunId !== null) return asStarted(nextRunId);
      throw new IdTakenError('the id is taken by something that is not an order');
    }
    const [keyId] = run.digest.split(':');
    const same = requestDigest(text, payloadKeys, keyId) === run.digest;
    return { outcome: same ? 'repeated' : 'conflict', order: note(run) };
  };
}

function refusesId(error: unknown, id: string): boolean {
  return id.length > SURE_ID_LENGTH && grpcStatus(error) === GRPC.INVALID_ARGUMENT;
}

/** Servers take the attribute for the sake of what relies on it, and mean to take it no longer one day. */
function refusesBuilds(error: unknown): boolean {
  return grpcStatus(error) === GRPC.INVALID_ARGUMENT && grpcError(error)?.details.includes('BuildIds') === true;
}

/** What makes two requests the same: every field after validation and normalising, in one order. */
function digestText({ request, confirmWithinSeconds }: Placing): string {
  const { merchant, cart_items: items, ...rest } = request;
  const sorted = (fields: object) => Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted(merchant), sorted(rest), items.map(sorted), confirmWithinSeconds ?? null]);
}
