// How much may happen in one life, and the sets of lives that are walked.
import type { OrderPolicy } from '../../src/order/request.ts';

/** The most of each kind. What costs nothing always goes on: answers, timers, the first delivery of a confirmation. */
export type Bounds = {
  /** Deliveries of a confirmation, and of a cancel event; the second is a repeat, or comes under another id. */
  webhooks: number;
  /** Deliveries of events that are only noted, and of events that no rule knows. */
  strays: number;
  /** Answers of seQura that are lost, before or after the effect. */
  lost: number;
  /** Calls that surely did not reach seQura. */
  notSent: number;
  /** Calls that seQura refuses. */
  refused: number;
  /** Times that every worker dies, under a call or between two. */
  crashes: number;
  cancels: number;
  /** SMS asked for. */
  sms: number;
  /** Commands that are repeated with their idempotency key; where there are any, each command has one. */
  repeats: number;
  /** Answers of an operator. */
  answers: number;
  /** Timers, calls and answers that come late. */
  late: number;
  /** Terminations of the workflow. */
  stops: number;
  resets: number;
  /** Cancels that seQura makes by itself. */
  withdrawals: number;
  /** Times that the way in for webhooks closes. */
  closures: number;
  /** Calls that Temporal holds up, or dispatches again: paused, reset, with other options. */
  heldUp: number;
  /** Times that the workflow is paused. */
  pauses: number;
  /** Old backups that are put back. */
  restores: number;
};

export const BOUND_NAMES = [
  'webhooks',
  'strays',
  'lost',
  'notSent',
  'refused',
  'crashes',
  'cancels',
  'sms',
  'repeats',
  'answers',
  'late',
  'stops',
  'resets',
  'withdrawals',
  'closures',
  'heldUp',
  'pauses',
  'restores',
] as const satisfies readonly (keyof Bounds)[];

export const NOTHING: Bounds = {
  webhooks: 1,
  strays: 0,
  lost: 0,
  notSent: 0,
  refused: 0,
  crashes: 0,
  cancels: 0,
  sms: 0,
  repeats: 0,
  answers: 0,
  late: 0,
  stops: 0,
  resets: 0,
  withdrawals: 0,
  closures: 0,
  heldUp: 0,
  pauses: 0,
  restores: 0,
};

export type Scenario = { name: string; bounds: Bounds; policy: Partial<OrderPolicy> };

const scenario = (name: string, policy: Partial<OrderPolicy>, bounds: Partial<Bounds>): Scenario => ({
  name,
  policy: { createRetrySeconds: 5, confirmWithinSeconds: 60, settleSeconds: 600, smsLimit: 2, ...policy },
  bounds: { ...NOTHING, ...bounds },
});

const RECREATE = { onCreateOutcomeUnknown: 'recreate' } as const;
/** The last tenth begins after 54 s. */
const REMINDER = { smsReminderAfterSeconds: 20, smsLimit: 3 } as const;

export const SCENARIOS: Record<'small' | 'large', readonly Scenario[]> = {
  small: [
    scenario('an answer lost, a crash, a cancel, an operator', {}, { lost: 1, crashes: 1, cancels: 1, answers: 1 }),
    scenario('webhooks twice, an answer lost, a cancel', {}, { webhooks: 2, lost: 1, cancels: 1 }),
    scenario('the create', RECREATE, { lost: 2, refused: 1, cancels: 1, answers: 1 }),
    scenario('the create is not sent', RECREATE, { lost: 1, notSent: 2, cancels: 1 }),
    scenario('the SMS', { smsLimit: 3 }, { lost: 2, notSent: 1, refused: 1, answers: 1 }),
    scenario('the SMS is not sent', {}, { lost: 1, notSent: 3, answers: 1 }),
    scenario('SMS that are asked for', { smsLimit: 3 }, { lost: 1, refused: 1, sms: 2, cancels: 1 }),
    scenario('SMS with a key, repeated', {}, { lost: 1, refused: 1, sms: 1, repeats: 2 }),
    scenario('a cancel with a key, repeated', {}, { lost: 1, cancels: 1, repeats: 2, answers: 1 }),
    scenario('repeats of a run that was terminated', {}, { stops: 1, sms: 1, cancels: 1, repeats: 1 }),
    scenario('repeats after a reset', {}, { resets: 1, sms: 1, repeats: 1 }),
    scenario('the last SMS', { smsLimit: 1 }, { lost: 1, notSent: 1, sms: 1, answers: 1, late: 1 }),
    scenario('the reminder', REMINDER, { lost: 1, refused: 1, sms: 1 }),
    scenario('the reminder that is not sent', { ...REMINDER, smsReminderAfterSeconds: 51 }, { notSent: 2, answers: 1 }),
    scenario('the reminder, noticed late', { ...REMINDER, confirmWithinSeconds: 7_300 }, { notSent: 1, late: 1 }),
    scenario('the reminder, terminated or reset', REMINDER, { stops: 1, resets: 1, lost: 1 }),
    scenario('the cancel', { settleSeconds: 0 }, { lost: 1, refused: 2, cancels: 1, answers: 1 }),
    scenario('seQura cancels by itself', {}, { webhooks: 2, cancels: 1, refused: 1, withdrawals: 1, answers: 1 }),
    scenario('events of every kind', {}, { strays: 1, cancels: 1, answers: 1 }),
    scenario('events twice', {}, { webhooks: 2, strays: 1 }),
    scenario('timers and answers come late', {}, { lost: 1, late: 1, cancels: 1, answers: 1 }),
    scenario('the way in closes', {}, { closures: 2, late: 1, answers: 1 }),
    scenario('a number is mistyped', {}, { lost: 2, refused: 1, answers: 2 }),
    scenario('calls are held up', {}, { lost: 1, heldUp: 2, cancels: 1, answers: 1 }),
    scenario('paused', {}, { heldUp: 1, pauses: 1, late: 1, cancels: 1 }),
    scenario('an old backup', {}, { lost: 1, restores: 1, cancels: 1 }),
    scenario('an old backup, with an operator', RECREATE, { restores: 1, answers: 1 }),
    scenario('terminated', {}, { lost: 1, stops: 1, cancels: 1, answers: 1 }),
    scenario('terminated, then created again', RECREATE, { lost: 1, stops: 1, answers: 2 }),
    scenario('workers die, then it is terminated', {}, { crashes: 1, stops: 1, strays: 1 }),
    scenario('reset', {}, { lost: 1, resets: 1, cancels: 1 }),
    scenario('reset, with an operator', { smsLimit: 1 }, { lost: 1, resets: 1, answers: 1 }),
    scenario('reset, then terminated', {}, { cancels: 1, stops: 1, resets: 1 }),
    scenario('reset, and more SMS', {}, { resets: 1, sms: 1, refused: 1 }),
  ],
  large: [
    scenario(
      'webhooks twice, an answer lost, a crash, a cancel, an operator',
      {},
      { webhooks: 2, lost: 1, crashes: 1, cancels: 1, answers: 1, withdrawals: 1 },
    ),
    scenario('events of every kind, twice', {}, { webhooks: 2, strays: 1, lost: 1, cancels: 1, answers: 1 }),
    scenario(
      'the create, whatever becomes of it',
      { ...RECREATE, settleSeconds: 0 },
      { lost: 2, notSent: 1, refused: 1, crashes: 1, cancels: 1, answers: 1 },
    ),
    scenario(
      'the SMS, whatever becomes of it',
      { smsLimit: 3 },
      { lost: 1, notSent: 1, refused: 1, crashes: 1, sms: 2, cancels: 1, answers: 1 },
    ),
    scenario('late, with the way in closed', {}, { webhooks: 2, closures: 2, late: 2, cancels: 1, answers: 1 }),
    scenario('terminated', RECREATE, { webhooks: 2, lost: 1, crashes: 1, stops: 1, cancels: 1, answers: 1 }),
    scenario('terminated twice', {}, { webhooks: 2, lost: 1, stops: 2, cancels: 1 }),
    scenario('reset', {}, { webhooks: 2, lost: 1, crashes: 1, resets: 1, cancels: 1, answers: 1 }),
    scenario('reset twice', RECREATE, { webhooks: 2, lost: 1, resets: 2, answers: 1 }),
    scenario('reset, then terminated', {}, { lost: 1, stops: 1, resets: 1, cancels: 1, answers: 1 }),
    scenario('commands with keys, repeated', {}, { lost: 1, stops: 1, resets: 1, sms: 1, cancels: 1, repeats: 2 }),
    scenario('held up and paused', {}, { webhooks: 2, lost: 1, heldUp: 1, pauses: 1, cancels: 1, answers: 1 }),
    scenario('an old backup', {}, { webhooks: 2, lost: 1, crashes: 1, restores: 1, cancels: 1, answers: 1 }),
  ],
};
