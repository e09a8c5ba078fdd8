// Some workflows of each kind, with their histories: those that a new release has to carry on, and what it may be asked of later.
import type { Client } from '@temporalio/client';
import {
  IDEMPOTENCY_KEY_WORKFLOW,
  NOTIFICATION_WORKFLOW,
  ORDER_WORKFLOW,
  SEQURA_NUMBER_WORKFLOW,
  UNMATCHED_WEBHOOK_WORKFLOW,
} from '../contract/names.ts';
import { ORDER_STATUSES } from '../order/status.ts';
import { readEvents } from './histories.ts';
import { quote } from './visibility.ts';

const OTHERS = [IDEMPOTENCY_KEY_WORKFLOW, NOTIFICATION_WORKFLOW, SEQURA_NUMBER_WORKFLOW, UNMATCHED_WEBHOOK_WORKFLOW];
const ORDERS = `WorkflowType = ${quote(ORDER_WORKFLOW)}`;
const KINDS = [
  ...ORDER_STATUSES.map((status) => `${ORDERS} AND OrderStatus = ${quote(status)}`),
  `${ORDERS} AND ExecutionStatus = 'Running' AND OrderAttention IS NOT NULL`,
  ...OTHERS.map((type) => `WorkflowType = ${quote(type)}`),
];

/** The newest of each kind. */
export async function* sampleHistories(client: Client, ofEach: number) {
  const { namespace } = client.options;
  const seen = new Set<string>();
  for (const query of KINDS) {
    const request = { namespace, query, pageSize: ofEach };
    const { executions } = await client.workflowService.listWorkflowExecutions(request);
    for (const { execution } of executions) {
      const { workflowId = '', runId = '' } = { ...execution } as { workflowId?: string; runId?: string };
      if (seen.has(runId)) continue;
      seen.add(runId);
      const events = await readEvents(client, { workflowId, runId });
      if (events.length > 0) yield { workflowId, history: { events } };
    }
  }
}
