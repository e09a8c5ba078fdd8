// Each saved query, asked of a real server: it finds what was planted for it, and nothing else.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  IDEMPOTENCY_KEY_WORKFLOW,
  NOTIFICATION_WORKFLOW,
  ORDER_WORKFLOW,
  UNMATCHED_WEBHOOK_WORKFLOW,
} from '../../src/contract/names.ts';
import { savedQueries } from '../../src/gateway/saved-queries.ts';
import type { Order } from '../../src/order/order.ts';
import type { SearchAttributePair } from '../../src/order/search-attributes.ts';
import { searchAttributes } from '../../src/order/search-attributes.ts';
import type { AttentionReason } from '../../src/order/status.ts';
import { ATTENTION_REASONS } from '../../src/order/status.ts';
import { at, awaiting, newOrder } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService, TASK_QUEUE } from '../support/service.ts';
import { until } from '../support/waits.ts';

const asking = (reason: AttentionReason): Order => ({ ...newOrder(), attentions: { [reason]: at(1) } });
const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
const waiting: Order = { ...awaiting(), confirmBy: inAnHour };
const elsewhere: Order = { ...newOrder(), merchantId: 'merchant_2' };
const REFERENCE: SearchAttributePair = { key: { name: 'OrderReference', type: 'KEYWORD' }, value: 'near' };
const REOPENED: SearchAttributePair = { key: { name: 'Reopened', type: 'BOOL' }, value: true };

type Planted = { type?: string; attributes?: SearchAttributePair[]; queue?: string; stop?: true };
const order = (given: Order, more: SearchAttributePair[] = []): Planted => ({
  attributes: [...searchAttributes(given), ...more],
});

/** Of orders that run. */
const REASONS = ATTENTION_REASONS.filter((reason) => reason !== 'workflow_stopped');

/** Nobody carries them on, but for the one that cannot be. */
const PLANTED: Record<string, Planted> = {
  ...Object.fromEntries(REASONS.map((reason) => [reason, order({ ...asking(reason), merchantId: 'merchant_2' })])),
  waiting: order(waiting),
  late: order(awaiting()),
  stopped: { ...order(elsewhere), stop: true },
  reopened: order(elsewhere, [REOPENED]),
  stuck: { type: 'a type that no worker has', queue: TASK_QUEUE },
  untold: { type: NOTIFICATION_WORKFLOW },
  'of nobody': { type: UNMATCHED_WEBHOOK_WORKFLOW },
  near: { type: UNMATCHED_WEBHOOK_WORKFLOW, attributes: [REFERENCE] },
  key: { type: IDEMPOTENCY_KEY_WORKFLOW },
};

const ORDERS = [...REASONS, 'waiting', 'late', 'stopped', 'reopened'];
const FOUND: Record<string, readonly string[]> = {
  'Which need a human?': REASONS,
  ...Object.fromEntries(REASONS.map((reason) => [`Which for ${reason}?`, [reason]])),
  'Which were stopped?': ['stopped'],
  'Which cannot go on?': ['stuck'],
  'Which are past their deadline?': ['late'],
  'Which wait for their customer?': ['waiting', 'late'],
  'Which were placed today?': ORDERS,
  'What does merchant_1 have open?': ['waiting', 'late'],
  'Which continued after their end?': ['reopened'],
  'Which merchants have not been told of something?': ['untold'],
  'What did seQura send that is not ours?': ['of nobody', 'near'],
  'Which of it nearly matches an order of ours?': ['near'],
  'Which idempotency keys are in use?': ['key'],
};

describe('the saved queries', () => {
  let service: Service;
  before(async () => {
    const dynamicConfig = { 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 1 };
    service = await startService({ dynamicConfig });
    const { workflow } = service.client;
    for (const [workflowId, { type = ORDER_WORKFLOW, attributes = [], queue = 'nobody', stop }] of Object.entries(
      PLANTED,
    )) {
      const typedSearchAttributes = attributes.filter(({ value }) => value !== null) as never;
      const handle = await workflow.start(type, { workflowId, taskQueue: queue, typedSearchAttributes });
      if (stop) await handle.terminate('by mistake');
    }
  });
  after(() => service.close());

  /** As if they were asked a little later: what is planted is not old. */
  const later = new Date(Date.now() + 20 * 60_000);
  const asked = savedQueries({ merchantId: 'merchant_1', now: later });

  it('are all tried here', () =>
    assert.deepEqual(
      asked.map(({ question }) => question),
      Object.keys(FOUND),
    ));

  for (const { question } of asked)
    it(question, async () => {
      const now = question.includes('today') ? new Date() : later;
      const { query = '' } =
        savedQueries({ merchantId: 'merchant_1', now }).find((one) => one.question === question) ?? {};
      const expected = (FOUND[question] ?? []).toSorted();
      let found: string[] = [];
      const isFound = async () => {
        found = [];
        for await (const { workflowId } of service.client.workflow.list({ query })) found.push(workflowId);
        return found.toSorted().join() === expected.join();
      };
      await until(`${query} finds ${expected.join()}`, isFound).catch(() =>
        assert.deepEqual(found.toSorted(), expected),
      );
    });
});
