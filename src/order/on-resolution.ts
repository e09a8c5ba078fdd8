// What follows from an operator's answer to an attention (http-api.md, section 5).
import { clear, end, note, raise } from './draft.ts';
import type { OrderEvent } from './events.ts';
import type { Resolution } from './resolution.ts';
import { askForSms, createAgain, orderExists } from './on-create.ts';
import { cancelAtDeadline } from './on-deadline.ts';
import type { OpenAttention, Order } from './order.ts';
import { openAttention } from './order.ts';
import { refuseSms, wordsOf } from './refusal.ts';
import type { AttentionReason, ResolveAction } from './status.ts';

/** The API replies that no worker is there if none has accepted the answer by then (`contract/time-limits.ts`). */
export const NO_WORKER_AFTER_MS = 6_000;
/** How far the clocks of two hosts may differ. */
const CLOCK_MS = 1_000;

type Resolved = OrderEvent & { type: 'resolved' };
type Rule = (order: Order, at: string, resolution: Resolution, reason: AttentionReason) => void;

/** The caller has made sure that the action is allowed (`refuseResolution`). */
export function onResolved(order: Order, { resolution, at, oldRule }: Resolved, open: OpenAttention | null): void {
  const { action, operator, note: words } = resolution;
  const answered = open ?? openAttention(order);
  if (callerHasLeft(resolution, at))
    order.lateAnswer = { words: wordsOf(resolution), since: answered?.since ?? null, at };
  note(order, { at, event: 'resolved', action, operator, note: words });
  if (answered === null) return;
  const isLeftOpen = answersInVain(order, resolution) && oldRule !== true;
  ON_ACTION[action](order, at, resolution, answered.reason);
  if (isLeftOpen) askAnew(order, answered.reason, at);
}

/** Whether the answer corrects the number when the limit leaves no SMS: the customer still has no link. */
export function answersInVain(order: Order, { action }: Resolution): boolean {
  return action === 'attach' && openAttention(order)?.reason === 'sms_not_sent' && refuseSms(order) !== null;
}

/** Opens the attention anew, so that an answer to the earlier one is refused. */
function askAnew(order: Order, reason: AttentionReason, at: string): void {
  clear(order, reason);
  raise(order, reason, at);
}

/** Whether the API had already given up on this answer. If its clock is ahead of ours, we assume so. */
function callerHasLeft({ asked_at: askedAt }: Resolution, at: string): boolean {
  if (askedAt === undefined) return false;
  const waitedMs = Date.parse(at) - Date.parse(askedAt);
  return waitedMs >= NO_WORKER_AFTER_MS || waitedMs < -CLOCK_MS;
}

function sendAgain(order: Order, requestId: string): void {
  if (refuseSms(order) !== null) return;
  clear(order, 'sms_not_sent');
  order.sms.queue.push(requestId);
}

const ON_ACTION: Record<ResolveAction, Rule> = {
  attach(order, at, { sequra_order_id: sequraOrderId = '' }, reason) {
    order.numberIsTyped = true;
    clear(order, 'create_outcome_unknown');
    if (order.status === 'creating') return orderExists(order, sequraOrderId, null, at, at);
    const isAnother = order.sequraOrderId !== sequraOrderId;
    order.sequraOrderId = sequraOrderId;
    if (reason === 'sms_not_sent') return sendAgain(order, `attach ${at}`);
    if (reason === 'cancel_refused' && order.cancel !== null) {
      clear(order, reason);
      // The cancels that were sent concerned another order.
      const anew = isAnother ? { mayHaveArrived: false, settleUntil: null } : {};
      order.cancel = { ...order.cancel, phase: 'due', ...anew };
    }
    if (order.cancel !== null) order.status = 'cancelling';
  },
  retry(order, at, _resolution, reason) {
    clear(order, reason);
    if (reason === 'create_outcome_unknown') createAgain(order, at);
    if (reason === 'sms_not_sent') askForSms(order, `retry ${at}`, at);
    if (reason === 'cancel_refused' && order.cancel !== null) order.cancel.phase = 'due';
  },
  give_up(order, at) {
    order.failure = { code: 'given_up', http_status: null, errors: [] };
    end(order, 'failed', at);
  },
  mark_confirmed(order, at) {
    clear(order, 'confirm_cancel_crossed', 'cancel_refused');
    order.heard = { confirmedAt: at, cancelledAt: null };
    end(order, 'confirmed', at);
  },
  mark_cancelled(order, at) {
    clear(order, 'confirm_cancel_crossed', 'cancel_refused');
    order.heard = { confirmedAt: null, cancelledAt: at };
    end(order, 'cancelled', at);
  },
  dismiss(order, _at, _resolution, reason) {
    clear(order, reason);
    if (reason === 'webhooks_unreachable') cancelAtDeadline(order);
  },
};
