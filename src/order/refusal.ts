// Why an order refuses a command: asked by the workflow's validators, and by the API for a closed order.
import type { Resolution } from './resolution.ts';
import type { LateAnswer, Order } from './order.ts';
import { openAttention } from './order.ts';
import type { ResolveAction } from './status.ts';
import { ATTENTIONS, isFinal } from './status.ts';

export const REFUSALS = [
  'sms_not_possible',
  'sms_limit_reached',
  'not_cancellable',
  'action_not_allowed',
  'sequra_order_taken',
] as const;
export type Refusal = { code: (typeof REFUSALS)[number]; detail: string };

export function refuseSms(order: Order): Refusal | null {
  if (order.status !== 'awaiting_customer') {
    return { code: 'sms_not_possible', detail: `The order is ${order.status}: it is not waiting for its customer.` };
  }
  if (order.webhooksShutOut === true)
    return { code: 'sms_not_possible', detail: 'The time to confirm is over; only the cancel still waits.' };
  return order.sms.sent + order.sms.queue.length < order.policy.smsLimit
    ? null
    : { code: 'sms_limit_reached', detail: `The limit of ${order.policy.smsLimit} SMS for this order is reached.` };
}

export function refuseCancel(order: Order): Refusal | null {
  return isFinal(order.status) && order.status !== 'confirmed'
    ? { code: 'not_cancellable', detail: `The order is already ${order.status}.` }
    : null;
}

export function refuseResolution(order: Order, resolution: Resolution, at: string): Refusal | null {
  const { action, sequra_order_id, answers } = resolution;
  const no = (detail: string): Refusal => ({ code: 'action_not_allowed', detail });
  const late = lateRepeat(order, resolution, at);
  if (late !== null) {
    if (isAnsweredBy(late, resolution)) return null;
    return no(
      `This answer was carried out at ${late.at}, for another question: look at the order again. ` +
        'Where the same is meant for what it asks now, say so in another `note`.',
    );
  }
  if ((action === 'attach') !== (sequra_order_id !== undefined)) {
    return no('`sequra_order_id` goes with `attach`, and with nothing else.');
  }
  const open = openAttention(order);
  if (open === null) return no(`Nothing needs an operator: ${action} has nothing to answer.`);
  if (answers !== undefined && (answers.reason !== open.reason || answers.since !== open.since))
    return no(`The order asks something else by now, ${open.reason}: look at it again.`);
  const allowed = allowedActions(order);
  return allowed.includes(action)
    ? null
    : no(`${action} does not answer ${open.reason}; allowed: ${allowed.join(', ') || 'nothing, it clears by itself'}.`);
}

/** Whether the resolution repeats one that was carried out after the API had replied that no worker is there. Then nothing is left to do. */
export function isResolvedBefore(order: Order, resolution: Resolution, at: string): boolean {
  const late = lateRepeat(order, resolution, at);
  return late !== null && isAnsweredBy(late, resolution);
}

function isAnsweredBy(late: LateAnswer, { answers }: Resolution): boolean {
  return answers === undefined || answers.since === late.since;
}

/** A caller repeats its answer within minutes. */
const REPEATED_WITHIN_MS = 600_000;

/** The late answer that this resolution repeats word for word, or null. Only for the API: in the Temporal UI an operator sees what is open. */
function lateRepeat({ lateAnswer }: Order, resolution: Resolution, at: string): LateAnswer | null {
  if (lateAnswer == null || resolution.asked_at === undefined || lateAnswer.words !== wordsOf(resolution)) return null;
  return Date.parse(at) - Date.parse(lateAnswer.at) < REPEATED_WITHIN_MS ? lateAnswer : null;
}

export function wordsOf({ action, operator, note, sequra_order_id: id }: Resolution): string {
  return JSON.stringify([action, operator, note, id ?? null]);
}

/** The actions of the open attention, without those that the state of this order forbids. */
export function allowedActions(order: Order): ResolveAction[] {
  const open = openAttention(order);
  if (open === null) return [];
  const actions: readonly ResolveAction[] = ATTENTIONS[open.reason].actions;
  return actions.filter((action) => {
    if (open.reason === 'create_outcome_unknown') return action === 'attach' || order.status === 'creating';
    if (action === 'attach')
      return order.numberIsTyped === true && (open.reason === 'cancel_refused' || order.status === 'awaiting_customer');
    if (open.reason === 'sms_not_sent' && action === 'retry') return refuseSms(order) === null;
    return true;
  });
}
