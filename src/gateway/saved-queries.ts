// What operators ask the list of workflows in the Temporal UI, and the links by which it answers.
import {
  IDEMPOTENCY_KEY_WORKFLOW,
  NOTIFICATION_WORKFLOW,
  ORDER_WORKFLOW,
  UNMATCHED_WEBHOOK_WORKFLOW,
} from '../contract/names.ts';
import type { AttentionReason } from '../order/status.ts';
import { ATTENTION_REASONS } from '../order/status.ts';
import { quote } from './visibility.ts';

/** `dated`: its query has a time in it, so that a link is right only for a while. */
type SavedQuery = { question: string; query: string; dated?: true };

const ORDERS = `WorkflowType = ${quote(ORDER_WORKFLOW)}`;
const RUNNING = `ExecutionStatus = 'Running'`;
/** Their workflow is stopped: no attribute says so. */
const ASKING = ATTENTION_REASONS.filter((reason) => reason !== 'workflow_stopped');

/** Webhooks without an order whose reference is nearly that of one: a customer may have signed. */
const NEAR_MISSES = `WorkflowType = ${quote(UNMATCHED_WEBHOOK_WORKFLOW)} AND OrderReference IS NOT NULL`;

/** A notification that is not delivered by then has failed at least once. */
const TOLD_WITHIN_MS = 5 * 60_000;

const at = (ms: number) => quote(`${new Date(ms).toISOString().slice(0, 19)}Z`);
const DAY_MS = 86_400_000;

/** What no order asks, and yet somebody should see: what came for nearly an order within a day, and what does not get out. */
export const UNHEARD = {
  nearMisses: (now: Date) => `${NEAR_MISSES} AND StartTime > ${at(now.getTime() - DAY_MS)}`,
  untold: (now: Date) =>
    `WorkflowType = ${quote(NOTIFICATION_WORKFLOW)} AND ${RUNNING} AND StartTime < ${at(now.getTime() - TOLD_WITHIN_MS)}`,
};

/** Without `merchantId`: none of one merchant. */
export function savedQueries({ merchantId, now }: { merchantId?: string | undefined; now: Date }): SavedQuery[] {
  const today = quote(`${now.toISOString().slice(0, 10)}T00:00:00Z`);
  return [
    { question: 'Which need a human?', query: `${ORDERS} AND ${RUNNING} AND OrderAttention IS NOT NULL` },
    ...ASKING.map((reason) => ({ question: `Which for ${reason}?`, query: queryOf(reason) })),
    {
      question: 'Which were stopped?',
      query: `${ORDERS} AND ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled', 'Paused')`,
    },
    { question: 'Which cannot go on?', query: 'TemporalReportedProblems IS NOT NULL' },
    {
      question: 'Which are past their deadline?',
      query: `${RUNNING} AND OrderStatus = 'awaiting_customer' AND ConfirmBy < ${at(now.getTime())}`,
      dated: true,
    },
    { question: 'Which wait for their customer?', query: `${RUNNING} AND OrderStatus = 'awaiting_customer'` },
    { question: 'Which were placed today?', query: `${ORDERS} AND StartTime >= ${today}`, dated: true },
    ...(merchantId === undefined
      ? []
      : [
          {
            question: `What does ${merchantId} have open?`,
            query: `${ORDERS} AND ${RUNNING} AND MerchantId = ${quote(merchantId)}`,
          },
        ]),
    { question: 'Which continued after their end?', query: 'Reopened = true' },
    {
      question: 'Which merchants have not been told of something?',
      query: UNHEARD.untold(now),
      dated: true,
    },
    {
      question: 'What did seQura send that is not ours?',
      query: `WorkflowType = ${quote(UNMATCHED_WEBHOOK_WORKFLOW)}`,
    },
    {
      question: 'Which of it nearly matches an order of ours?',
      query: NEAR_MISSES,
    },
    {
      question: 'Which idempotency keys are in use?',
      query: `WorkflowType = ${quote(IDEMPOTENCY_KEY_WORKFLOW)} AND ${RUNNING}`,
    },
  ];
}

function queryOf(reason: AttentionReason): string {
  return `${RUNNING} AND OrderAttention = ${quote(reason)}`;
}

/** `uiUrl`: of the Temporal UI. */
export function listLink(uiUrl: string, namespace: string, query: string): string {
  const asked = encodeURIComponent(query).replaceAll(/['()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${asked}`;
}
