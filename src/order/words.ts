// The order in words, for operators in the Temporal UI. No personal data: ids, amounts, times and advice only.
import type { Step } from './decide.ts';
import { decide } from './decide.ts';
import type { Failure, Order } from './order.ts';
import { openAttention } from './order.ts';
import { allowedActions } from './refusal.ts';
import { ATTENTIONS, STATUSES } from './status.ts';
import { eventKind } from './webhook.ts';

/** One line for the list of workflows. */
export function orderSummary(order: Order): string {
  return `${order.reference} · ${amount(order)} · ${order.merchantId} / ${order.storeRef}`;
}

/** The actions of an operator on any order, in Markdown: the workflow's static details. */
export const ORDER_DETAILS = [
  'A part-payment order at seQura: create → SMS → wait for the customer → cancel at the deadline.',
  '',
  '- **Request Cancellation** cancels the order at seQura, then ends.',
  '- **Send an Update** `resolve`: `{"action": "…", "operator": "your name", "note": "what you found"}` answers an attention. It is kept: no personal data.',
  '- **Send an Update** `send_sms`: `{}` sends the link again, `{"mobile_phone": "+34…"}` to another number.',
  '- **Send a Signal** `sequra_event`: `{"event": "order/confirmed"}` stands for a webhook that never came.',
  '- **Terminate** leaves the order at seQura as it is, and nothing watches its deadline any more.',
  '- **Terminated** or **Failed** above, with a status that is not final: nothing carries the order on, whatever Current Details say. By HTTP `resolve` with `retry` does (`workflow_stopped`).',
  '- **Reset** forgets nothing: the order goes on where it was. Leave signals in.',
  '- **No Current Details**: no worker can carry the order on. `temporal orders show` says why: docs/runbooks/orders-stuck.md.',
].join('\n');

/** What is wrong and what to do, where something is; then where the order stands. In Markdown: the workflow's current details. */
export function currentDetails(order: Order): string {
  return [...question(order), ...standing(order)].join('\n');
}

function question(order: Order): string[] {
  const open = openAttention(order);
  if (open === null) return [];
  const { means, todo } = ATTENTIONS[open.reason];
  const actions = allowedActions(order).map((action) => `\`${action}\``);
  return [
    `### A human must look: \`${open.reason}\``,
    `Since ${time(open.since, order)}. ${means}`,
    ...(open.reason === 'unrecognised_event' ? ['', `Noted: ${unknownEvents(order)}.`] : []),
    '',
    todo,
    '',
    `Allowed now: ${actions.join(', ') || 'nothing'}.`,
    '',
  ];
}

function standing(order: Order): string[] {
  const { status, confirmBy, sms, policy } = order;
  const mayConfirm = status === 'creating' || status === 'awaiting_customer';
  const graceUntil = status === 'awaiting_customer' ? (order.graceUntil ?? null) : null;
  return [
    `**${status}**: ${STATUSES[status].means}.`,
    '',
    `- Next: ${nextStep(order)}`,
    ...(mayConfirm
      ? [
          `- Customer may confirm until: ${confirmBy === null ? 'counts from when seQura has the order' : time(confirmBy, order)}`,
        ]
      : []),
    ...(graceUntil === null
      ? []
      : [
          `- That was noticed late, or webhooks could not come in: a confirmation still has time until ${time(graceUntil, order)}`,
        ]),
    `- SMS: ${sms.sent} of at most ${policy.smsLimit}, last outcome ${sms.lastOutcome ?? 'none'}`,
    `- seQura order: ${order.sequraOrderId ?? 'not known'}`,
    ...lastAnswer(order),
  ];
}

function lastAnswer(order: Order): string[] {
  const answer = answerOf(order);
  if (answer === undefined) return [];
  const { action, operator, at, note } = answer;
  return [`- Last answer: \`${action}\`, by ${oneLine(operator)}, ${time(at, order)}: ${oneLine(note)}`];
}

function answerOf({ timeline }: Order) {
  return timeline.findLast((entry) => entry.event === 'resolved');
}

/** What somebody typed, as one line of Markdown. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s`]+/g, ' ')
    .replaceAll(/[\\*_[\]<>#]/g, '\\$&')
    .trim();
}

/** To the second: `2026-11-22 10:00:00 UTC`, and after it, in brackets, the same in the operators' time zone. */
function time(at: string, { policy: { timeZone } }: Order): string {
  const utc = `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  return timeZone === undefined ? utc : `${utc}${localTime(at, timeZone)}`;
}

/** A worker whose tables lack the zone goes on without. Never for what is kept in the history: tables change. */
function localTime(at: string, timeZone: string): string {
  try {
    const words = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone });
    return ` (${words.format(Date.parse(at))} ${timeZone})`;
  } catch {
    return '';
  }
}

function unknownEvents({ timeline }: Order): string {
  const names = timeline.flatMap((entry) => (entry.event === 'webhook_noted' ? [entry.name] : []));
  const unknown = names.filter((name) => ['unknown', 'reject'].includes(eventKind(name)));
  return (
    [...new Set(unknown)].map((name) => `\`${name.replaceAll(/[\s`]+/g, ' ').trim()}\``).join(', ') || 'too long ago'
  );
}

const NEXT: Record<Step['do'], string> = {
  create: 'seQura is asked to create the order.',
  send_sms: 'seQura is asked to send the SMS.',
  cancel: 'seQura is asked to cancel the order, again and again until it answers.',
  await_customer: 'waits for the customer; at the deadline the order is cancelled at seQura.',
  await_reminder: 'waits for the customer; then the link is sent once more.',
  await_retry: 'the last try had no good answer; the next one waits.',
  await_confirmation: 'the cancel was refused; waits for a confirmation that would explain it.',
  await_webhooks:
    'the deadline has passed; the cancel waits until webhooks can come in again, and a confirmation has had its time.',
  await_operator: 'waits for an operator.',
  close: 'nothing; the workflow ends.',
};

export function nextStep(order: Order): string {
  const step = decide(order);
  return 'until' in step && step.until !== null ? `${NEXT[step.do]} Until ${time(step.until, order)}.` : NEXT[step.do];
}

/** One line for an activity or a timer in the event history. What follows an answer of an operator names it: Temporal calls each of them `resolve`. */
export function stepSummary(order: Order): string {
  const answer = answerOf(order);
  const isNews = answer !== undefined && answer.at === order.timeline.at(-1)?.at;
  return `${stepInWords(order)}${isNews ? ` · answered: ${answer.action}` : ''}`;
}

function stepInWords(order: Order): string {
  const step = decide(order);
  switch (step.do) {
    case 'create':
      return `Create ${amount(order)} at seQura`;
    case 'send_sms':
      return `SMS ${order.sms.sent + 1} of at most ${order.policy.smsLimit}`;
    case 'cancel':
      return `Cancel ${order.sequraOrderId ?? ''} at seQura (${order.cancel?.cause ?? 'request'})`;
    case 'await_customer':
      return 'Deadline for the customer';
    case 'await_reminder':
      return 'Silence before the reminder';
    default:
      return NEXT[step.do];
  }
}

/** Why a call was not done, or may not have been; null where it was, or where nobody wants it any more. */
export function notDone({ outcome, failure }: { outcome: string; failure?: Failure }): string | null {
  const why =
    failure === undefined
      ? ''
      : ` (${failure.code}${failure.http_status === null ? '' : `, HTTP ${failure.http_status}`})`;
  switch (outcome) {
    case 'refused':
      return `seQura refused it${why}`;
    case 'unknown':
      return 'the outcome is unknown: it may have been done';
    case 'over_limit':
      return 'not sent: the phone has had its SMS of today';
    case 'not_sent':
      return `surely not sent${why}`;
    default:
      return null;
  }
}

export function amount(order: Pick<Order, 'totalCents' | 'currency'>): string {
  const cents = String(order.totalCents % 100).padStart(2, '0');
  return `${Math.floor(order.totalCents / 100)}.${cents} ${order.currency}`;
}
