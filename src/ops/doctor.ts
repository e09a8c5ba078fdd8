// What may be wrong around the orders, each looked at by itself: Temporal, namespace, workers, keys, seQura, clocks, and what waits for a human.
import type { Client } from '@temporalio/client';
import { watchWayIn } from '../activities/way-in.ts';
import type { DoctorConfig } from '../config/model.ts';
import { notificationTaskQueue, ORDER_WORKFLOW } from '../contract/names.ts';
import { countRuns } from '../gateway/count-orders.ts';
import type { Search } from '../gateway/order-query.ts';
import { orderQuery } from '../gateway/order-query.ts';
import { UNHEARD } from '../gateway/saved-queries.ts';
import { searchOrders } from '../gateway/search.ts';
import type { Order } from '../order/order.ts';
import { missingSearchAttributes } from '../temporal/namespace.ts';
import { keyIdOf } from '../temporal/seal.ts';
import { tsToDate, tsToMs } from '../temporal/sdk-internals.ts';
import { reasonOf } from './in-words.ts';

/** `skipped`: the settings do not say where to look. */
export type Finding = { what: string; is: 'right' | 'doubtful' | 'wrong' | 'skipped'; says: string; todo?: string };

/** The server that the tests run on. */
const TESTED = [1, 32] as const;
/** Shorter than any backend repeats an order, or cancels a signed one. */
const SHORT_RETENTION_MS = 7 * 86_400_000;
const CALL_MS = 5_000;
const MOST_SKEW_MS = 5_000;
/** A poller that has ended is still named for some minutes. */
const POLLS_WITHIN_MS = 120_000;
const MOST_ORDERS = 1_000;
const HOUR_MS = 3_600_000;

const right = (what: string, says: string): Finding => ({ what, is: 'right', says });

type Looked = { findings: Finding[]; goOn: boolean };

export async function* examine(client: Client, config: DoctorConfig): AsyncGenerator<Finding> {
  yield proxies(config);
  const server = await temporal(client);
  yield* server.findings;
  if (server.goOn) {
    for (const look of [searchAttributes, workers, keys, waiting, accounts, unheard])
      for (const finding of await attempt(() => look(client, config))) yield finding;
  }
  const dates: { of: string; at: Date }[] = [];
  yield await sequra(config, dates);
  yield await wayIn(config);
  yield clock(dates);
}

function proxies({ proxies: names }: DoctorConfig): Finding {
  const what = 'proxies';
  if (names.length === 0) return right(what, 'none in the environment');
  return {
    what,
    is: 'doubtful',
    says: `${names.join(', ')}: ignored by the API, the workers and this command, while the Temporal CLI may obey them`,
    todo: 'Where only a proxy leads out, connections to Temporal and seQura need another way (docs/deployment.md).',
  };
}

async function temporal(client: Client): Promise<Looked> {
  const { namespace } = client.options;
  const called = <Answer>(work: () => Promise<Answer>) => client.withDeadline(Date.now() + CALL_MS, work);
  const findings: Finding[] = [];
  try {
    const { serverVersion } = await called(() => client.workflowService.getSystemInfo({}));
    const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
    const isOld = major < TESTED[0] || (major === TESTED[0] && minor < TESTED[1]);
    findings.push(
      isOld
        ? {
            what: 'Temporal',
            is: 'doubtful',
            says: `server ${serverVersion}`,
            todo: `Tested with ${TESTED.join('.')}: upgrade.`,
          }
        : right('Temporal', `server ${serverVersion}`),
    );
  } catch (error) {
    const todo = 'Look at TEMPORAL_ADDRESS, TEMPORAL_TLS_… and TEMPORAL_API_KEY, and whether the server runs.';
    return { findings: [{ what: 'Temporal', is: 'wrong', says: reasonOf(error), todo }], goOn: false };
  }
  try {
    const { config } = await called(() => client.workflowService.describeNamespace({ namespace }));
    const ms = tsToMs(config?.workflowExecutionRetentionTtl ?? undefined);
    const says = `${namespace}, closed orders are kept for ${Math.round(ms / 3_600_000)} h`;
    const todo = 'After that a repeat is a new order, and a late webhook finds none: docs/operations.md#retention.';
    findings.push(
      ms < SHORT_RETENTION_MS ? { what: 'namespace', is: 'doubtful', says, todo } : right('namespace', says),
    );
    return { findings, goOn: true };
  } catch (error) {
    const todo = `Look at TEMPORAL_NAMESPACE, or make it: temporal operator namespace create --namespace ${namespace}.`;
    findings.push({ what: 'namespace', is: 'wrong', says: `${namespace}: ${reasonOf(error)}`, todo });
    return { findings, goOn: false };
  }
}

async function searchAttributes(client: Client): Promise<Finding[]> {
  const what = 'search attributes';
  const missing = await missingSearchAttributes(client);
  if (missing.length === 0) return [right(what, 'all there')];
  return [
    { what, is: 'wrong', says: `missing, or of another type: ${missing.join(', ')}`, todo: 'temporal orders setup' },
  ];
}

async function workers(client: Client, { taskQueue }: DoctorConfig): Promise<Finding[]> {
  const queues = [
    ['workers', taskQueue, 1, 'wrong'],
    ['notification workers', notificationTaskQueue(taskQueue), 2, 'doubtful'],
  ] as const;
  const findings: Finding[] = [];
  for (const [what, name, taskQueueType, is] of queues) {
    const request = { namespace: client.options.namespace, taskQueue: { name }, taskQueueType, reportStats: true };
    const { pollers, stats } = await client.workflowService.describeTaskQueue(request);
    const lately = (pollers ?? []).filter(
      ({ lastAccessTime }) =>
        lastAccessTime != null && Date.now() - tsToDate(lastAccessTime).getTime() < POLLS_WITHIN_MS,
    );
    const backlog = Number(stats?.approximateBacklogCount ?? 0);
    const says = `${lately.length} on ${name}${backlog === 0 ? '' : `, ${backlog} tasks wait`}`;
    const todo = `Nothing is sent and no deadline kept until a worker polls this queue: start one, and look at TASK_QUEUE.`;
    findings.push(lately.length === 0 ? { what, is, says, todo } : right(what, says));
  }
  return findings;
}

/** By what the memos of open orders are encrypted with. */
async function keys(client: Client, { payloadKeys }: DoctorConfig): Promise<Finding[]> {
  const what = 'payload keys';
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query: `WorkflowType = '${ORDER_WORKFLOW}' AND ExecutionStatus = 'Running'`,
    pageSize: MOST_ORDERS,
  });
  const known = new Set((payloadKeys ?? []).map(({ id }) => id));
  const lacking = new Map<string, number>();
  for (const { memo } of executions) {
    const payload = memo?.fields?.['order'];
    if (payload?.metadata?.['encryption-key-id'] == null) continue;
    const id = keyIdOf(payload);
    if (!known.has(id)) lacking.set(id, (lacking.get(id) ?? 0) + 1);
  }
  if (lacking.size === 0) return [right(what, `${[...known].join(', ')}: enough for ${executions.length} open orders`)];
  const says = [...lacking].map(([id, count]) => `${count} open orders need ${id}`).join(', ');
  const todo = 'Add it to PAYLOAD_KEYS of every process: docs/runbooks/payload-key-lost.md.';
  return [{ what, is: 'wrong', says, todo }];
}

async function waiting(client: Client, config: DoctorConfig): Promise<Finding[]> {
  const now = new Date().toISOString();
  const open = `ExecutionStatus = 'Running'`;
  const count = (query: string) => countRuns(client, query);
  const [asking, stopped, late, stuck] = await Promise.all([
    count(orderQuery({}, open, 'OrderAttention IS NOT NULL', `OrderAttention != 'workflow_stopped'`)),
    // Which of them were carried on since, no query knows: each is read.
    readSome(client, config, { attention: 'workflow_stopped' }),
    count(orderQuery({ pastDeadlineAt: now }, open)),
    count(orderQuery({ stuck: true }, open)),
  ]);
  const counts = [
    ['ask a human', asking + stopped.length, '--attention'],
    ['past their deadline', late, '--past-deadline'],
    ['stuck', stuck, '--stuck'],
  ] as const;
  const some = counts.filter(([, orders]) => orders > 0);
  const says = counts.map(([words, orders]) => `${orders} ${words}`).join(', ');
  if (some.length === 0) return [right('orders', says)];
  const todo = some.map(([, , option]) => `temporal orders list ${option}`).join('; ');
  return [{ what: 'orders', is: 'doubtful', says, todo }];
}

/** As many of them as are looked at, without those that no key here can read. */
async function readSome(client: Client, { payloadKeys }: DoctorConfig, search: Search): Promise<Order[]> {
  const orders: Order[] = [];
  let read = 0;
  for await (const { order } of searchOrders(client, payloadKeys, search)) {
    if (order !== null) orders.push(order);
    if ((read += 1) === MOST_ORDERS) break;
  }
  return orders;
}

/** A merchant whose password is not taken: its orders end, and ask nothing. */
async function accounts(client: Client, config: DoctorConfig): Promise<Finding[]> {
  const what = 'accounts';
  const after = new Date(Date.now() - HOUR_MS).toISOString();
  const refused = new Map<string, number>();
  for (const { merchantId, failure } of await readSome(client, config, { status: 'failed', after }))
    if (failure?.code === 'unauthorized') refused.set(merchantId, (refused.get(merchantId) ?? 0) + 1);
  if (refused.size === 0) return [right(what, 'no order of the last hour failed as unauthorized')];
  const says = [...refused].map(([id, orders]) => `${id}: ${orders} orders of the last hour failed as unauthorized`);
  const todo = 'seQura does not take the user and password: docs/runbooks/bad-credentials.md.';
  return [{ what, is: 'wrong', says: says.join(', '), todo }];
}

/** What no order asks, and yet somebody should see: what came for nearly this order, and what does not get out. */
async function unheard(client: Client): Promise<Finding[]> {
  const now = new Date();
  const [nearly, waits] = await Promise.all(
    [UNHEARD.nearMisses(now), UNHEARD.untold(now)].map((query) => countRuns(client, query)),
  );
  return [
    nearly === 0
      ? right('near misses', 'no webhook of the last day nearly matches an order')
      : {
          what: 'near misses',
          is: 'doubtful',
          says: `${nearly} webhooks of the last day nearly match an order, and were not given to it`,
          todo: 'Its customer may have signed: docs/operations.md#a-webhook-that-nearly-matches.',
        },
    waits === 0
      ? right('notifications', 'none waits for 5 min or more')
      : {
          what: 'notifications',
          is: 'doubtful',
          says: `${waits} wait for 5 min or more`,
          todo: 'An endpoint of a merchant does not take them: docs/operations.md#notifications.',
        },
  ];
}

/** Any answer is one: it carries no credentials. */
async function sequra({ sequraUrl }: DoctorConfig, dates: { of: string; at: Date }[]): Promise<Finding> {
  const what = 'seQura';
  if (sequraUrl === null) return { what, is: 'skipped', says: 'SEQURA_BASE_URL is not set here' };
  try {
    const { status, headers } = await fetch(sequraUrl, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(CALL_MS),
    });
    const at = new Date(headers.get('date') ?? '');
    if (!Number.isNaN(at.getTime())) dates.push({ of: what, at });
    return right(what, `${new URL(sequraUrl).host} answers (HTTP ${status})`);
  } catch (error) {
    const todo = 'Look at SEQURA_BASE_URL, DNS and the firewall: docs/runbooks/sequra-down.md.';
    return { what, is: 'wrong', says: `${new URL(sequraUrl).host}: ${reasonOf(error)}`, todo };
  }
}

async function wayIn({ webhookProbeUrl }: DoctorConfig): Promise<Finding> {
  const what = 'webhooks';
  if (webhookProbeUrl === null) return { what, is: 'skipped', says: 'WEBHOOK_PROBE_URL is not set here' };
  let outcome = 'other';
  const watch = watchWayIn({ url: webhookProbeUrl, looked: (word) => (outcome = word) });
  // What it waits for keeps no process alive.
  const alive = setInterval(() => {}, CALL_MS);
  await watch.look();
  clearInterval(alive);
  watch.stop();
  if (outcome === 'open') return right(what, 'can come in');
  const todo = 'No confirmation can come in: docs/runbooks/webhooks-unreachable.md.';
  return { what, is: 'wrong', says: `cannot come in: ${outcome}`, todo };
}

/** A `Date` has whole seconds. */
function clock([date]: readonly { of: string; at: Date }[]): Finding {
  const what = 'clock';
  if (date === undefined) return { what, is: 'skipped', says: 'nobody told the time' };
  const aheadMs = Date.now() - date.at.getTime();
  if (Math.abs(aheadMs) < MOST_SKEW_MS) return right(what, `as ${date.of}’s`);
  const says = `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${date.of}’s`;
  return { what, is: 'wrong', says, todo: 'Deadlines and signatures count on clocks: look at NTP here.' };
}

async function attempt(look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [{ what: 'Temporal', is: 'wrong', says: reasonOf(error) }];
  }
}
