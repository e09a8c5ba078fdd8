// Which orders a list or a search wants: asked of the visibility store, which knows them by their search attributes, and then of each order itself.
import type { PayloadKey } from '../config/model.ts';
import { ORDER_WORKFLOW } from '../contract/names.ts';
import { parseOrderId } from '../order/ids.ts';
import type { PersonalValue } from '../order/search-attributes.ts';
import { DIGEST_ATTRIBUTES } from '../order/search-attributes.ts';
import type { AttentionReason, OrderStatus } from '../order/status.ts';
import type { OrderView } from '../order/view.ts';
import { personalDigests } from '../temporal/keyed-digests.ts';
import { quote } from './visibility.ts';

export type Wanted = {
  merchantIds?: readonly string[] | undefined;
  storeRef?: string | undefined;
  reference?: string | undefined;
  sequraOrderId?: string | undefined;
  status?: OrderStatus | undefined;
  /** `true`: any attention. */
  attention?: true | AttentionReason | undefined;
  /** Placed before or after this time. */
  before?: string | undefined;
  after?: string | undefined;
  /** Still waiting for its customer, and its deadline was before this time. */
  pastDeadlineAt?: string | undefined;
  /** Its workflow tasks fail. Only the store knows. */
  stuck?: boolean | undefined;
};

/** `person`: the spellings of a number, each as an order may have it. */
export type Search = Wanted & { person?: { what: PersonalValue; values: readonly string[] } | undefined };

/** Also matches orders that had ended before their run was stopped, which show no attention. */
const STOPPED = `ExecutionStatus IN ('Terminated', 'Failed', 'TimedOut', 'Canceled', 'Paused')`;

export function orderQuery(wanted: Wanted, ...more: readonly string[]): string {
  const { merchantIds, storeRef, reference, sequraOrderId, status, attention, before, after, pastDeadlineAt } = wanted;
  const terms = [`WorkflowType = ${quote(ORDER_WORKFLOW)}`, `ExecutionStatus != 'ContinuedAsNew'`];
  if (merchantIds !== undefined) terms.push(`MerchantId IN (${merchantIds.map(quote).join(', ')})`);
  if (status !== undefined) terms.push(`OrderStatus = ${quote(status)}`);
  if (attention === true) terms.push(`(OrderAttention IS NOT NULL OR ${STOPPED})`);
  else if (attention === 'workflow_stopped') terms.push(`(OrderAttention = 'workflow_stopped' OR ${STOPPED})`);
  else if (attention !== undefined) terms.push(`OrderAttention = ${quote(attention)}`);
  if (storeRef !== undefined) terms.push(`StoreRef = ${quote(storeRef)}`);
  if (reference !== undefined) terms.push(`OrderReference = ${quote(reference)}`);
  if (sequraOrderId !== undefined) terms.push(`SequraOrderId = ${quote(sequraOrderId)}`);
  // A run that carries an order on began after the order was placed.
  if (before !== undefined) terms.push(`(StartTime < ${quote(before)} OR Reopened = true)`);
  if (after !== undefined) terms.push(`StartTime > ${quote(after)}`);
  if (pastDeadlineAt !== undefined)
    terms.push(`OrderStatus = 'awaiting_customer' AND ConfirmBy < ${quote(pastDeadlineAt)}`);
  if (wanted.stuck === true) terms.push('TemporalReportedProblems IS NOT NULL');
  return [...terms, ...more].join(' AND ');
}

/** A person is found by digests of a phone or document number: neither is in Temporal in the clear. */
export function personTerms({ person }: Search, payloadKeys: readonly PayloadKey[] | null): string[] {
  if (person === undefined) return [];
  const digests = person.values.flatMap((value) => personalDigests(person.what, value, payloadKeys));
  return [`${DIGEST_ATTRIBUTES[person.what]} IN (${digests.map(quote).join(', ')})`];
}

/** Judges the order itself: a stopped order shows `workflow_stopped`, while the store has the attention from before the stop. */
export function isWanted(view: OrderView, wanted: Wanted): boolean {
  const { merchantIds, status, attention, before, after, pastDeadlineAt } = wanted;
  if (merchantIds?.includes(view.merchant_id) === false) return false;
  if (status !== undefined && view.status !== status) return false;
  if (attention === true && view.attention === null) return false;
  if (attention !== undefined && attention !== true && view.attention?.reason !== attention) return false;
  if (wanted.storeRef !== undefined && view.store_ref !== wanted.storeRef) return false;
  if (wanted.reference !== undefined && view.reference !== wanted.reference) return false;
  if (wanted.sequraOrderId !== undefined && view.sequra_order_id !== wanted.sequraOrderId) return false;
  if (before !== undefined && view.created_at >= before) return false;
  if (after !== undefined && view.created_at <= after) return false;
  if (pastDeadlineAt === undefined) return true;
  return view.status === 'awaiting_customer' && view.confirm_by !== null && view.confirm_by < pastDeadlineAt;
}

/** Of an order that cannot be read: by its id, because whoever starts a run writes its search attributes. */
export function mayBeWanted(id: string, { merchantIds, reference }: Wanted): boolean {
  const named = parseOrderId(id);
  if (named === null || merchantIds?.includes(named.merchantId) === false) return false;
  return reference === undefined || named.reference === reference;
}
