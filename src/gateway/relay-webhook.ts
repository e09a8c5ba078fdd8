// Webhooks become signals: recorded with every worker stopped, and never lost, whatever has become of the order.
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import type { PayloadKey } from '../config/model.ts';
import type { SequraEvent } from '../order/webhook.ts';
import { evolve } from '../order/evolve.ts';
import { orderWorkflowId } from '../order/ids.ts';
import { spellings } from '../order/spellings.ts';
import { webhookKey } from '../order/webhook.ts';
import { WEBHOOK_TAKEN_MS } from '../contract/time-limits.ts';
import { sequraEventSignal } from '../contract/messages.ts';
import { ORDER_WORKFLOW, UNMATCHED_WEBHOOK_WORKFLOW } from '../contract/names.ts';
import { call } from './call.ts';
import { inTurnOf } from './fairness.ts';
import { requestDigest } from '../temporal/keyed-digests.ts';
import { TemporalUnavailableError, TooManyAtOnceError } from './errors.ts';
import type { Orders, WebhookTaken } from './orders.ts';
import { readRun, requestOf } from './read.ts';
import { nextRun } from './start.ts';
import type { Turns } from './turns.ts';
import { turns } from './turns.ts';

/** Webhooks of one merchant that are relayed at a time, and of each where many have some; those of others do not wait for them. */
const AT_ONCE = 32;
const LEAST_AT_ONCE = 8;
/** Of them, those whose reference no order has as it was sent: each is some ten calls, and work for a worker. */
const STRANGE_AT_ONCE = 4;
const QUEUED = 1_000;

type Relay = {
  client: Client;
  taskQueue: string;
  payloadKeys: readonly PayloadKey[] | null;
  /** Called for each open order that a webhook has reached. */
  signalled: (id: string) => void;
};

export function relayer(to: Relay): Orders['webhook'] {
  const { client } = to;
  const inTurn = turns({
    perGroup: AT_ONCE,
    leastPerGroup: LEAST_AT_ONCE,
    waiting: QUEUED,
    patienceMs: WEBHOOK_TAKEN_MS,
  });
  const strangeInTurn = turns({ perGroup: STRANGE_AT_ONCE, waiting: QUEUED, patienceMs: WEBHOOK_TAKEN_MS });
  return (merchantId, reference, webhook) =>
    call(client, WEBHOOK_TAKEN_MS, () =>
      inTurn(merchantId, () => relay(to, merchantId, reference, webhook, strangeInTurn)).catch((error: unknown) => {
        if (!(error instanceof TooManyAtOnceError)) throw error;
        throw new TemporalUnavailableError('too many webhooks of this merchant', { cause: error });
      }),
    );
}

async function relay(
  to: Relay,
  merchantId: string,
  reference: string,
  webhook: SequraEvent,
  strangeInTurn: Turns,
): Promise<WebhookTaken> {
  const [exact, ...others] = spellings(reference).map((spelling) => orderWorkflowId(merchantId, spelling));
  const taken = exact === undefined ? null : await toOrder(to, exact, webhook);
  return taken ?? strangeInTurn(merchantId, () => relayStrange(to, others, merchantId, reference, webhook));
}

/** To the order that has one of the other ids, or else kept. */
async function relayStrange(
  to: Relay,
  ids: readonly string[],
  merchantId: string,
  reference: string,
  webhook: SequraEvent,
): Promise<WebhookTaken> {
  for (const id of ids) {
    const taken = await toOrder(to, id, webhook);
    if (taken !== null) return taken;
  }
  return keep(to, merchantId, reference, webhook);
}

/** Null where no order has this id. */
async function toOrder(to: Relay, id: string, webhook: SequraEvent): Promise<WebhookTaken | null> {
  const { client, taskQueue } = to;
  if (await signalled(client, id, webhook)) {
    to.signalled(id);
    return 'signalled';
  }
  const run = await readRun(client, id, WEBHOOK_TAKEN_MS);
  if (run === null) return null;
  const after = evolve(run.order, { type: 'webhook', webhook, at: new Date().toISOString() });
  if (after === run.order && !run.running) return 'no_effect';
  const start = nextRun(taskQueue, run, await requestOf(client, run));
  await client.workflow.signalWithStart(ORDER_WORKFLOW, {
    ...start,
    signal: sequraEventSignal,
    signalArgs: [webhook],
  });
  return 'reopened';
}

async function signalled(client: Client, id: string, webhook: SequraEvent): Promise<boolean> {
  try {
    await client.workflow.getHandle(id).signal(sequraEventSignal, webhook);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** A webhook that is not ours is kept as a closed record of its own, once however often it comes. */
async function keep(to: Relay, merchantId: string, reference: string, webhook: SequraEvent): Promise<WebhookTaken> {
  const digest = requestDigest(`${reference}\n${webhookKey(webhook)}`, to.payloadKeys)?.split(':')[1] ?? '';
  try {
    await to.client.workflow.start(UNMATCHED_WEBHOOK_WORKFLOW, {
      workflowId: `webhook:${merchantId}:${digest.slice(0, 32)}`,
      taskQueue: to.taskQueue,
      args: [{ merchantId, reference, webhook }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      typedSearchAttributes: [{ key: { name: 'MerchantId', type: 'KEYWORD' }, value: merchantId }],
      staticSummary: 'A webhook for an order that is not ours',
      ...inTurnOf(merchantId),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return 'unmatched';
}
