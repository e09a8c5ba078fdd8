// What a run recovers that follows a stopped run or was made by a reset: all that the run before it knew. Whatever that run had under way may have
// been done.
import { clear, copyOf, note, raise } from './draft.ts';
import type { Recovery } from './activity-results.ts';
import { onCancelRequested, wasAsked } from './on-cancel.ts';
import { holdCreate } from './on-create.ts';
import { onSmsEnded } from './on-sms.ts';
import { onNews } from './on-webhook.ts';
import type { Order } from './order.ts';
import { webhookName } from './webhook.ts';

/** After a run that did not come to its own end. */
export function recoverStopped(order: Order, at: string): void {
  clear(order, 'workflow_stopped');
  if (order.status === 'creating') holdCreate(order, at);
  if (order.status === 'awaiting_customer' && order.sms.queue.length > 0 && order.sms.retryAt === null) {
    onSmsEnded(order, { outcome: 'unknown' }, at);
  }
  if (order.cancel?.phase === 'due' || order.cancel?.phase === 'sending') {
    order.cancel.phase = 'due';
    order.cancel.mayHaveArrived = true;
  }
}

/** After a reset: the order as the run before knew it, with what this run has heard since. */
export function recoverReset(order: Order, { run, order: past }: Recovery, at: string, oldRule: boolean): void {
  const here = { ...order };
  if (past !== null) {
    // One more than in the run before: if that was stopped, the API has shown one more.
    Object.assign(order, copyOf(past), { revision: Math.max(here.revision, past.revision + 1) });
    recoverStopped(order, at);
    addHeardHere(order, here, at, oldRule);
  } else if (order.status === 'creating') {
    holdCreate(order, at);
  }
  order.tookOverFrom = run;
}

/**
 * Adds what seQura and backends said to this run before it recovered, except what a reset delivered again: the run before had heard that.
 */
function addHeardHere(order: Order, here: Order, at: string, oldRule: boolean): void {
  const missed = here.seen.filter((key) => !order.seen.includes(key));
  order.seen.push(...missed);
  for (const key of missed) note(order, { at, event: 'webhook_noted', name: webhookName(key) });
  for (const what of ['confirmedAt', 'cancelledAt'] as const) {
    if (here.heard[what] !== null && order.heard[what] === null)
      onNews(order, what, at, webhookName(missed.at(-1) ?? ''));
  }
  const odd = here.attentions.unrecognised_event;
  if (odd !== undefined) raise(order, 'unrecognised_event', odd);
  // A cancel that the run before knew is left out, because the reset has delivered it again.
  if (!wasAsked(here) || wasAsked(order) || (oldRule && here.cancel?.cause !== 'request')) return;
  // The caller saw an order that was not signed: it gets the confirmation as its answer.
  const isOvertaken = order.status === 'confirmed' && here.cancel?.ofConfirmed !== true;
  if (isOvertaken && !oldRule) note(order, { at, event: 'cancel_requested' });
  else onCancelRequested(order, at, oldRule);
}
