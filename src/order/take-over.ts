// A new run takes over from one that was terminated, failed or reset: what that knew still holds, and what it had under way may have been done.
import { clear, copyOf, note, raise } from './draft.ts';
import type { Forgotten } from './activity-results.ts';
import { onCancelRequested, wasAsked } from './on-cancel.ts';
import { hold } from './on-create.ts';
import { onSmsEnded } from './on-sms.ts';
import { onNews } from './on-webhook.ts';
import type { Order } from './order.ts';
import { webhookName } from './webhook.ts';

/** Carries on from where a run ended without having come to its own end. */
export function resume(order: Order, at: string): void {
  clear(order, 'workflow_stopped');
  if (order.status === 'creating') hold(order, at);
  if (order.status === 'awaiting_customer' && order.sms.queue.length > 0 && order.sms.retryAt === null) {
    onSmsEnded(order, { outcome: 'unknown' }, at);
  }
  if (order.cancel?.phase === 'due' || order.cancel?.phase === 'sending') {
    order.cancel.phase = 'due';
    order.cancel.mayHaveArrived = true;
  }
}

/** A reset forgets, seQura does not: the order is what the run before made of it, and what was heard here since comes on top. */
export function takeOver(order: Order, { run, order: past }: Forgotten, at: string, oldRule: boolean): void {
  const here = { ...order };
  if (past !== null) {
    // One more than the run before: where that was stopped first, the API has shown as much.
    Object.assign(order, copyOf(past), { revision: Math.max(here.revision, past.revision + 1) });
    resume(order, at);
    hearAgain(order, here, at, oldRule);
  } else if (order.status === 'creating') {
    hold(order, at);
  }
  order.tookOverFrom = run;
}

/**
 * What seQura and backends said to this run before it was reminded. A reset also delivers again what the run before had heard: that is none of
 * it.
 */
function hearAgain(order: Order, here: Order, at: string, oldRule: boolean): void {
  const missed = here.seen.filter((key) => !order.seen.includes(key));
  order.seen.push(...missed);
  for (const key of missed) note(order, { at, event: 'webhook_noted', name: webhookName(key) });
  for (const what of ['confirmedAt', 'cancelledAt'] as const) {
    if (here.heard[what] !== null && order.heard[what] === null)
      onNews(order, what, at, webhookName(missed.at(-1) ?? ''));
  }
  const odd = here.attentions.unrecognised_event;
  if (odd !== undefined) raise(order, 'unrecognised_event', odd);
  // A reset delivers commands again, too: one that the run before knew is none.
  if (!wasAsked(here) || wasAsked(order) || (oldRule && here.cancel?.cause !== 'request')) return;
  // Whoever asked saw an order that was not signed, and is told of the confirmation instead.
  const isOvertaken = order.status === 'confirmed' && here.cancel?.ofConfirmed !== true;
  if (isOvertaken && !oldRule) note(order, { at, event: 'cancel_requested' });
  else onCancelRequested(order, at, oldRule);
}
