// What holds in every single state of an order: the contract's tables of statuses, attentions and actions, said once more.
import type { Step } from '../../src/order/decide.ts';
import type { Order } from '../../src/order/order.ts';
import type { AttentionReason, OrderStatus, ResolveAction } from '../../src/order/status.ts';
import type { Decider } from './decider.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';
import { since, time } from './world.ts';

export const FINAL: readonly OrderStatus[] = ['confirmed', 'expired', 'cancelled', 'cancellation_requested', 'failed'];

/** Most pressing first, and in which statuses each may be open. */
const ATTENTIONS = {
  workflow_stopped: ['creating', 'awaiting_customer', 'cancelling', ...FINAL],
  // Also of a confirmed order whose number nobody knows, where a cancel was asked for.
  create_outcome_unknown: ['creating', 'confirmed'],
  confirm_cancel_crossed: ['cancelling', ...FINAL],
  cancel_refused: ['cancelling'],
  cancel_overdue: ['cancelling'],
  webhooks_unreachable: ['awaiting_customer'],
  sms_not_sent: ['awaiting_customer', 'cancelling'],
  unrecognised_event: ['creating', 'awaiting_customer', 'cancelling', ...FINAL],
} as const satisfies Record<AttentionReason, readonly OrderStatus[]>;

const REASONS = Object.keys(ATTENTIONS) as AttentionReason[];

const ANSWERS: Record<AttentionReason, readonly ResolveAction[]> = {
  workflow_stopped: ['retry'],
  create_outcome_unknown: ['attach', 'retry', 'give_up'],
  confirm_cancel_crossed: ['mark_confirmed', 'mark_cancelled'],
  cancel_refused: ['attach', 'retry', 'mark_confirmed', 'mark_cancelled'],
  cancel_overdue: [],
  webhooks_unreachable: ['dismiss'],
  sms_not_sent: ['attach', 'retry', 'dismiss'],
  unrecognised_event: ['dismiss'],
};

const ACTIONS: readonly ResolveAction[] = ['attach', 'retry', 'give_up', 'mark_confirmed', 'mark_cancelled', 'dismiss'];

function openOf(order: Order): AttentionReason | null {
  return REASONS.find((reason) => order.attentions[reason] !== undefined) ?? null;
}

export function expectedActions(order: Order): ResolveAction[] {
  const open = openOf(order);
  if (open === null) return [];
  return ANSWERS[open].filter((action) => {
    if (open === 'create_outcome_unknown') return action === 'attach' || order.status === 'creating';
    // Only a number that an operator typed can be wrong.
    if (action === 'attach')
      return order.numberIsTyped === true && (open === 'cancel_refused' || order.status === 'awaiting_customer');
    return open !== 'sms_not_sent' || action !== 'retry' || smsRoom(order);
  });
}

export function smsRoom({ status, sms, policy, webhooksShutOut }: Order): boolean {
  return status === 'awaiting_customer' && webhooksShutOut !== true && sms.sent + sms.queue.length < policy.smsLimit;
}

export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Violation(`${what}: ${is}, and should be ${should}`);
}

export function judgeOrder(order: Order, at: string, d: Decider): void {
  const isFinal = FINAL.includes(order.status);
  const open = openOf(order);
  const view = d.orderView(order);
  same(
    view.attention,
    open === null ? null : { reason: open, since: order.attentions[open] },
    'the attention that shows',
  );
  same(view.status, order.status, 'the status that shows');
  for (const reason of REASONS)
    expect(
      order.attentions[reason] === undefined || (ATTENTIONS[reason] as readonly string[]).includes(order.status),
      `${reason} is open while ${order.status}`,
    );
  expect((view.closed_at !== null) === isFinal, `closed_at is ${view.closed_at} while ${order.status}`);
  expect((view.failure !== null) >= (order.status === 'failed'), 'failed, and nothing says why');
  expect(
    order.status !== 'awaiting_customer' || (order.confirmBy !== null && order.sequraOrderId !== null),
    'an order without a deadline or number waits for its customer',
  );
  expect(
    order.status !== 'cancelling' || (order.cancel !== null && order.sequraOrderId !== null),
    'cancelling without a cancel or a number',
  );
  expect(order.sequraOrderId === null || view.sequra_order_id === order.sequraOrderId, 'the number does not show');
  expect(
    order.create.phase !== 'unknown' ||
      order.status !== 'creating' ||
      open === 'create_outcome_unknown' ||
      open === 'workflow_stopped',
    'held, and asks nobody',
  );
  expect(order.status !== 'awaiting_customer' || order.cancel === null, 'waits for its customer, with a cancel');
  same(view.sms.can_resend, smsRoom(order), 'can_resend');
  same(view.sms.sent, order.sms.sent, 'sms.sent that shows');
  same(view.confirm_by, order.confirmBy, 'confirm_by that shows');
  expect(
    order.sms.sent <= order.policy.smsLimit &&
      (order.status !== 'awaiting_customer' ||
        order.sms.sent + order.sms.queue.length <= order.policy.smsLimit ||
        order.sms.repeated),
    'I8: more SMS wanted than the limit',
  );
  expect(new Set(order.sms.queue).size === order.sms.queue.length, 'an SMS is wanted twice');
  expect(
    order.sms.queue.length === 0 || order.status === 'awaiting_customer' || order.status === 'cancelling',
    `SMS are wanted while ${order.status}`,
  );
  expect(order.timeline.length <= 100, 'more than 100 entries in the timeline');
  same(new Set(d.allowedActions(order)), new Set(expectedActions(order)), 'actions');
  same(d.allowedActions(order).toSorted(), expectedActions(order).toSorted(), 'the actions that are allowed');
  same(
    d.refuseSms(order)?.code ?? null,
    order.status !== 'awaiting_customer' || order.webhooksShutOut === true
      ? 'sms_not_possible'
      : smsRoom(order)
        ? null
        : 'sms_limit_reached',
    'send_sms is refused with',
  );
  same(
    d.refuseCancel(order)?.code ?? null,
    isFinal && order.status !== 'confirmed' ? 'not_cancellable' : null,
    'cancel is refused with',
  );
  judgeAnswers(order, at, d);
  judgeAttributes(order, d);
  same(d.decide(order), expectedStep(order), 'the next step');
}

function judgeAnswers(order: Order, now: string, d: Decider): void {
  const allowed = expectedActions(order);
  for (const action of ACTIONS) {
    const id = action === 'attach' ? { sequra_order_id: '1' } : {};
    const refusal = d.refuseResolution(order, { action, operator: 'eve', note: 'none', ...id }, now);
    same(
      refusal?.code ?? null,
      allowed.includes(action) ? null : 'action_not_allowed',
      `${action} while ${openOf(order) ?? 'nothing is open'}`,
    );
    const wrong = action === 'attach' ? {} : { sequra_order_id: '1' };
    expect(
      d.refuseResolution(order, { action, operator: 'eve', note: 'none', ...wrong }, now) !== null,
      `${action} is taken with the wrong fields`,
    );
    const other = { reason: openOf(order) ?? 'unrecognised_event', since: '2000-01-01T00:00:00.000Z' } as const;
    expect(
      d.refuseResolution(order, { action, operator: 'eve', note: 'none', ...id, answers: other }, now) !== null,
      'an answer to another question is taken',
    );
  }
}

function judgeAttributes(order: Order, d: Decider): void {
  const values = new Map(d.searchAttributes(order).map(({ key, value }) => [key.name, value]));
  same(values.get('OrderStatus'), order.status, 'OrderStatus');
  same(values.get('OrderAttention'), openOf(order), 'OrderAttention');
  same(values.get('SequraOrderId'), order.sequraOrderId, 'SequraOrderId');
  same(values.get('ConfirmBy') ?? null, order.confirmBy, 'ConfirmBy');
}

/** What an order in this state waits for or asks seQura for. */
function expectedStep(order: Order): Step {
  const { status, create, sms, cancel, attentions } = order;
  const operator: Step = { do: 'await_operator', until: null };
  if (attentions.workflow_stopped !== undefined) return operator;
  if (FINAL.includes(status)) return openOf(order) === null ? { do: 'close' } : operator;
  if (status === 'creating') {
    if (attentions.create_outcome_unknown !== undefined) return operator;
    return create.retryAt === null ? { do: 'create' } : { do: 'await_retry', until: create.retryAt };
  }
  if (status === 'cancelling') {
    if (attentions.confirm_cancel_crossed !== undefined && cancel?.phase === 'crossed') return operator;
    if (attentions.cancel_refused !== undefined) return operator;
    return cancel?.phase === 'settling' ? { do: 'await_confirmation', until: cancel.settleUntil } : { do: 'cancel' };
  }
  if (order.webhooksShutOut === true) return { do: 'await_webhooks', until: null };
  const deadline = order.graceUntil ?? order.confirmBy;
  const [requestId] = sms.queue;
  if (requestId === undefined) {
    const due = reminderDue(order);
    return due === null ? { do: 'await_customer', until: deadline } : { do: 'await_reminder', until: time(due) };
  }
  if (sms.retryAt === null) return { do: 'send_sms', requestId };
  return { do: 'await_retry', until: deadline !== null && deadline < sms.retryAt ? deadline : sms.retryAt };
}

/** In milliseconds from the beginning: one more SMS, once, after so long a silence, within the limit and not too late; null: none. */
function reminderDue(order: Order): number | null {
  const { sms, policy } = order;
  if (policy.smsReminderAfterSeconds === undefined || sms.reminded === true) return null;
  if (sms.queue.length > 0 || sms.lastSentAt === null || !smsRoom(order)) return null;
  const due = since(sms.lastSentAt) + policy.smsReminderAfterSeconds * 1_000;
  return due < tooLateForReminder(order) ? due : null;
}

/** The last hour before the deadline begins, or the last tenth of the customer's time where that is shorter. */
export function tooLateForReminder({ confirmBy, policy }: Order): number {
  return since(confirmBy ?? '') - Math.min(3_600_000, (policy.confirmWithinSeconds * 1_000) / 10);
}

/** When nothing goes on by itself any more (I1, I3, I9). */
export function judgeRest(world: World): void {
  const { order, facts, run } = world;
  if (world.point !== null && world.left.resets > 0) return;
  expect(
    run === 'closed' || openOf(order) !== null,
    `I9: at rest, neither ended nor in front of a human: ${order.status}`,
  );
  if (run !== 'closed' || facts.operatorDecided) return;
  const live = world.atSequra.find(({ id }) => id === order.sequraOrderId);
  expect(live?.status !== 'pending', `I1: still open at seQura, and ${order.status} here`);
  if (live !== undefined && live.wasSigned && live.status === 'confirmed')
    expect(order.status === 'confirmed', `signed, and ${order.status} here`);
  if (live !== undefined && live.wasSigned && live.status === 'cancelled')
    expect(
      order.status === 'confirmed'
        ? world.mail.every(({ kind, delivered }) => kind !== 'cancel' || delivered === 0)
        : order.status === 'cancellation_requested' || (order.status === 'cancelled' && facts.cancelOfConfirmed),
      `I3: a signed order was cancelled, and is silently ${order.status}`,
    );
  if (live !== undefined && !live.wasSigned && live.status === 'cancelled')
    expect(order.status === 'cancelled' || order.status === 'expired', `cancelled at seQura, and ${order.status} here`);
  const others = world.atSequra.filter((known) => known !== live);
  const doubted = order.policy.onCreateOutcomeUnknown === 'recreate' || facts.operatorRetried;
  if (!doubted && order.sequraOrderId === null && order.status === 'failed')
    expect(others.length === 0, 'I1: failed, and seQura has an order');
}
