// What follows from an operator's answer to an attention (http-api.md, section 5).
import { clear, end, note } from './draft.ts';
import type { Resolution } from './events.ts';
import { createAgain, orderExists } from './on-create.ts';
import type { Order } from './order.ts';
import { openAttention } from './order.ts';
import { wordsOf } from './refusal.ts';
import type { AttentionReason, ResolveAction } from './status.ts';

/** An API that has heard nothing of an answer for as long says that no worker is there (`ACCEPT_TIMEOUT_MS` of `temporal/commanding.ts`). */
const CALLER_LEAVES_MS = 6_000;

type Answer = (order: Order, at: string, resolution: Resolution, reason: AttentionReason) => void;

/** The caller has made sure that the action is allowed (`refuseResolution`). */
export function onResolved(order: Order, resolution: Resolution, at: string, answered: AttentionReason | null): void {
  const { action, operator, note: words, asked_at: askedAt } = resolution;
  const isLate = askedAt !== undefined && Date.parse(at) - Date.parse(askedAt) >= CALLER_LEAVES_MS;
  if (isLate || order.lateAnswer != null) order.lateAnswer = isLate ? wordsOf(resolution) : null;
  note(order, { at, event: 'resolved', action, operator, note: words });
  const reason = answered ?? openAttention(order)?.reason;
  if (reason !== undefined) ANSWERS[action](order, at, resolution, reason);
}

const ANSWERS: Record<ResolveAction, Answer> = {
  attach(order, at, { sequra_order_id: sequraOrderId = '' }) {
    clear(order, 'create_outcome_unknown');
    if (order.status === 'creating') return orderExists(order, sequraOrderId, null, at);
    order.sequraOrderId = sequraOrderId;
    if (order.cancel !== null) order.status = 'cancelling';
  },
  retry(order, at, _resolution, reason) {
    clear(order, reason);
    if (reason === 'create_outcome_unknown') createAgain(order, at);
    if (reason === 'sms_not_sent') order.sms.queue.push(`retry ${at}`);
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
  },
};
