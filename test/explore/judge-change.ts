// What holds of every change: which event may do what, what the timeline and the revision make of it, and what never moves.
import type { OrderEvent } from '../../src/order/events.ts';
import type { KeyedCommand } from '../../src/order/keyed.ts';
import type { Order, TimelineEntry } from '../../src/order/order.ts';
import type { AttentionReason, OrderStatus } from '../../src/order/status.ts';
import type { Decider } from './decider.ts';
import { expect, FINAL, smsRoom, tooLateForReminder } from './judge-order.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';
import { since, time } from './world.ts';

/** Every move of the status, and what may cause it. `jump`: a stopped or reset run that is carried on. */
const MOVES: Record<OrderStatus, Partial<Record<OrderStatus, readonly string[]>>> = {
  creating: {
    awaiting_customer: ['created', 'attach'],
    cancelling: ['created', 'attach'],
    confirmed: ['confirm', 'created', 'create not_sent', 'create unknown', 'held_create_answered', 'cancel'],
    cancelled: ['cancel', 'created', 'create not_sent', 'create unknown', 'held_create_answered', 'retry'],
    failed: ['create refused', 'create not_sent', 'give_up'],
  },
  awaiting_customer: {
    cancelling: ['time', 'cancel_requested', 'dismiss'],
    confirmed: ['confirm'],
    cancelled: ['cancel'],
  },
  cancelling: {
    confirmed: ['confirm', 'cancel_ended', 'mark_confirmed'],
    expired: ['cancel_ended', 'cancel'],
    cancelled: ['cancel_ended', 'cancel', 'mark_cancelled'],
    cancellation_requested: ['cancel_ended'],
  },
  confirmed: { cancelling: ['cancel_requested', 'attach'], cancelled: ['mark_cancelled'] },
  expired: { confirmed: ['mark_confirmed'], cancelled: ['mark_cancelled'] },
  cancelled: { confirmed: ['mark_confirmed'] },
  cancellation_requested: { cancelled: ['cancel', 'mark_cancelled'] },
  failed: { confirmed: ['mark_confirmed'], cancelled: ['mark_cancelled'] },
};

/** What may open each attention, and what may answer it, besides the order's end. */
const OPENS: Record<AttentionReason, readonly string[]> = {
  workflow_stopped: ['stopped'],
  create_outcome_unknown: ['create unknown', 'create refused', 'create not_sent', 'cancel_requested', 'retry'],
  confirm_cancel_crossed: [
    'confirm',
    'cancel',
    'created',
    'create refused',
    'create not_sent',
    'create unknown',
    'cancel_ended',
    'held_create_answered',
  ],
  cancel_refused: ['time', 'cancel_ended'],
  cancel_overdue: ['cancel_overdue'],
  webhooks_unreachable: ['time'],
  sms_not_sent: ['sms'],
  unrecognised_event: ['unknown'],
};
const CLOSES: Record<AttentionReason, readonly string[]> = {
  workflow_stopped: [],
  create_outcome_unknown: ['attach', 'retry', 'give_up', 'held_create_answered'],
  confirm_cancel_crossed: ['mark_confirmed', 'mark_cancelled'],
  cancel_refused: ['attach', 'retry', 'mark_confirmed', 'mark_cancelled'],
  cancel_overdue: ['cancel_ended'],
  webhooks_unreachable: ['dismiss', 'cancel_requested', 'time'],
  sms_not_sent: ['attach', 'sms', 'retry', 'dismiss'],
  unrecognised_event: ['dismiss'],
};
const OUTLIVE_THE_END: readonly AttentionReason[] = ['confirm_cancel_crossed', 'unrecognised_event'];
const REASONS = Object.keys(OPENS) as AttentionReason[];

function causeOf(event: OrderEvent): string {
  switch (event.type) {
    case 'create_ended':
      return event.result.outcome === 'created' ? 'created' : `create ${event.result.outcome}`;
    case 'sms_ended':
      return 'sms';
    case 'webhook':
      return event.webhook.kind ?? 'unknown';
    case 'resolved':
      return event.resolution.action;
    default:
      return event.type;
  }
}

function isJump(before: Order, event: OrderEvent): boolean {
  return before.attentions.workflow_stopped !== undefined || event.type === 'recovered';
}

/** What holds in whatever world it happens. */
export function judgeByItself(before: Order, event: OrderEvent, after: Order, d: Decider): void {
  const jumps = isJump(before, event);
  judgeRevision(before, after, event, d);
  judgeConstants(before, after, event, jumps);
  judgeKeys(before, event, after, jumps);
  if (!jumps) judgeTimeline(before, event, after);
}

export function judgeChange(world: World, before: Order, event: OrderEvent, after: Order, d: Decider): void {
  const cause = causeOf(event);
  const jumps = isJump(before, event);
  if (event.type === 'webhook') judgeWebhook(world, before, event.webhook, after, d);
  if (jumps) return judgeJump(world, before, event, after);
  if (before.status !== after.status) {
    const causes = MOVES[before.status][after.status];
    if (causes === undefined) throw new Violation(`I7: ${before.status} → ${after.status}`);
    expect(causes.includes(cause), `I7: ${before.status} → ${after.status} by ${cause}`);
  }
  const ends = FINAL.includes(after.status) && before.status !== after.status;
  for (const reason of REASONS) {
    const [was, is] = [before.attentions[reason], after.attentions[reason]];
    if (was === undefined && is !== undefined) {
      expect(OPENS[reason].includes(cause), `${reason} is opened by ${cause}`);
      expect(is === event.at, `${reason} is open since another time than now`);
    }
    if (was !== undefined && is === undefined)
      expect(
        CLOSES[reason].includes(cause) || (!OUTLIVE_THE_END.includes(reason) && (ends || FINAL.includes(after.status))),
        `${reason} is cleared by ${cause}`,
      );
    if (was !== undefined && is !== undefined && was !== is)
      expect(CLOSES[reason].includes(cause), `${reason} is open since another time`);
  }
  judgeSms(world, before, event, after, d);
  judgeReminder(world, before, event, after);
  judgeCreate(world, before, event, after, d);
  judgeCancel(world, before, event, after, d);
  if (event.type === 'resolved') judgeAnswer(before, event.resolution.action, after);
  if (event.type === 'time') judgeTime(before, event, after);
}

function judgeRevision(before: Order, after: Order, event: OrderEvent, d: Decider): void {
  const seen = (order: Order) => JSON.stringify({ ...d.orderView(order), revision: 0 });
  const changed = seen(before) !== seen(after);
  const rise = after.revision - before.revision;
  if (event.type === 'recovered') expect(rise > 0 || (rise === 0 && !changed), 'no two states have the same revision');
  else
    expect(
      rise === (changed ? 1 : 0),
      `the revision rises by ${rise}, ${changed ? 'and something else shows' : 'and nothing else shows'}`,
    );
  if (after !== before) expect(JSON.stringify(after) !== JSON.stringify(before), 'another order without a change');
}

function judgeConstants(before: Order, after: Order, event: OrderEvent, jumps: boolean): void {
  for (const key of ['id', 'reference', 'merchantId', 'storeRef', 'totalCents', 'currency', 'createdAt'] as const)
    expect(before[key] === after[key], `${key} has changed`);
  expect(JSON.stringify(before.policy) === JSON.stringify(after.policy), 'the policy has changed');
  if (event.type === 'recovered') return;
  const attaches = event.type === 'resolved' && event.resolution.action === 'attach';
  const creates = event.type === 'create_ended' && event.result.outcome === 'created';
  expect(before.confirmBy === null || before.confirmBy === after.confirmBy, 'confirm_by has moved');
  if (before.confirmBy === null && after.confirmBy !== null) {
    expect(
      before.status === 'creating' && (attaches || creates),
      'confirm_by is set by something else than the creation',
    );
    expect(
      Date.parse(after.confirmBy) === Date.parse(event.at) + before.policy.confirmWithinSeconds * 1000,
      'confirm_by counts from another time',
    );
  }
  if (before.sequraOrderId !== after.sequraOrderId) expect(attaches || creates, 'the number has changed');
  if (creates)
    expect(
      event.result.outcome === 'created' &&
        after.sequraOrderId === event.result.sequraOrderId &&
        after.confirmBy !== null,
      'the number is not taken',
    );
  if (attaches) expect(after.sequraOrderId === event.resolution.sequra_order_id, 'the attached number is not taken');
  expect(before.orderUuid === null || before.orderUuid === after.orderUuid, 'order_uuid has changed');
  const isNew = before.status !== after.status && FINAL.includes(after.status);
  if (isNew) expect(after.closedAt === event.at, 'closed_at is not when the status was reached');
  else if (!jumps && FINAL.includes(after.status)) expect(after.closedAt === before.closedAt, 'closed_at has moved');
  if (isNew && after.status === 'failed') {
    const failure =
      event.type === 'create_ended' && 'failure' in event.result
        ? event.result.failure
        : { code: 'given_up', http_status: null, errors: [] };
    expect(JSON.stringify(after.failure) === JSON.stringify(failure), `failed with ${JSON.stringify(after.failure)}`);
  } else expect(JSON.stringify(before.failure) === JSON.stringify(after.failure), 'the failure has changed');
}

/** Of commands with an idempotency key. */
function judgeKeys(before: Order, event: OrderEvent, after: Order, jumps: boolean): void {
  const past = event.type === 'recovered' ? event.recovery.order : before;
  const isOver = (order: Order, { key, ...known }: KeyedCommand) =>
    known.command === 'send_sms' ? !order.sms.queue.includes(key) : known.command !== 'cancel' || known.end !== null;
  for (const known of past?.keyed ?? []) {
    const still = after.keyed?.find(({ key }) => key === known.key);
    if (past !== null && isOver(past, known))
      expect(JSON.stringify(still) === JSON.stringify(known), `what came of ${known.key} has changed`);
  }
  const isRepeat = 'key' in event && before.keyed?.some(({ key }) => key === event.key) === true;
  if (isRepeat && !jumps) expect(after === before, 'the repeat of a command has an effect');
}

function judgeWebhook(
  world: World,
  before: Order,
  webhook: {
    event: string;
    event_id?: string | null | undefined;
    order_ref?: string | null | undefined;
    kind?: string | undefined;
  },
  after: Order,
  d: Decider,
): void {
  const key = `${webhook.event} ${webhook.event_id ?? ''}`;
  const isRepeat = world.facts.accepted.includes(key);
  const news = after.timeline.slice(before.timeline.length).map(({ event }) => event);
  const closed = FINAL.includes(before.status) && Object.keys(before.attentions).length === 0;
  if (world.resets > 0 || before.attentions.workflow_stopped !== undefined) return;
  if (isRepeat && !world.facts.jumped) {
    if (closed) expect(after === before, 'the repeat of a webhook changes a closed order');
    else {
      const bare = (order: Order) => JSON.stringify({ ...d.orderView(order), revision: 0, timeline: [] });
      expect(
        bare(before) === bare(after) && news.join() === 'webhook_duplicate',
        `the repeat of a webhook has an effect: ${news.join()}`,
      );
    }
    return;
  }
  if (!isRepeat) {
    // Another delivery of the news that ended the order is a repeat, too.
    const tellsNothing =
      (webhook.kind === 'confirm' && ['confirmed', 'cancellation_requested'].includes(before.status)) ||
      (webhook.kind === 'cancel' && ['cancelled', 'expired'].includes(before.status));
    if (closed && tellsNothing) return expect(after === before, 'old news changes a closed order');
    expect(news.length > 0, 'I4: an accepted webhook leaves no trace');
    if (!tellsNothing) {
      expect(
        after.orderUuid === (before.orderUuid ?? webhook.order_ref ?? null),
        'order_uuid is not taken from the webhook',
      );
      expect(after.seen.includes(key), 'a webhook that was taken is not remembered');
    }
    if (webhook.kind === 'unknown')
      expect(after.attentions.unrecognised_event !== undefined, 'an event that no rule knows asks nobody');
    if (webhook.kind === 'note')
      expect(
        after.status === before.status && JSON.stringify(after.attentions) === JSON.stringify(before.attentions),
        'an event that is only noted has an effect',
      );
    if (webhook.kind === 'confirm') {
      const heard = after.status === 'confirmed' || tellsNothing || after.heard.confirmedAt !== null;
      expect(heard, 'a confirmation is not heard');
      if (before.status === 'awaiting_customer')
        expect(after.status === 'confirmed', 'a confirmation does not confirm');
      if (['expired', 'cancelled', 'failed'].includes(before.status))
        expect(
          after.status === before.status && after.attentions.confirm_cancel_crossed !== undefined,
          'a late confirmation asks nobody',
        );
    }
    if (webhook.kind === 'cancel') {
      if (before.status === 'awaiting_customer' || before.status === 'cancellation_requested')
        expect(after.status === 'cancelled', 'a cancel event does not cancel');
      if (before.status === 'confirmed')
        expect(
          after.status === 'confirmed' && after.attentions.confirm_cancel_crossed !== undefined,
          'a cancel event for a confirmed order asks nobody',
        );
    }
  }
}

/** A run that carries on loses nothing that the one before it knew, and does nothing that may have been done. */
function judgeJump(world: World, before: Order, event: OrderEvent, after: Order): void {
  const past = event.type === 'recovered' ? event.recovery.order : before;
  expect(after.attentions.workflow_stopped === undefined, 'carried on, and still stopped');
  if (past === null) return;
  const isHeard = FINAL.includes(after.status) || after.heard.confirmedAt !== null || after.heard.cancelledAt !== null;
  if (event.type === 'recovered') expect(after.tookOverFrom === event.recovery.run, 'recovered, and does not know it');
  expect(after.sms.sent >= past.sms.sent, 'I8: a run that carries on has forgotten an SMS');
  expect(after.sequraOrderId !== null || past.sequraOrderId === null, 'a run that carries on has forgotten the number');
  expect(past.confirmBy === null || after.confirmBy === past.confirmBy, 'confirm_by has moved');
  expect(
    past.seen.every((key) => after.seen.includes(key)),
    'I4: a run that carries on has forgotten a webhook',
  );
  if (event.type === 'recovered')
    expect(
      before.seen.every((key) => after.seen.includes(key)),
      'I4: what was heard since the reset is forgotten',
    );
  expect(
    past.heard.confirmedAt === null || after.heard.confirmedAt !== null || world.facts.operatorDecided,
    'a confirmation is forgotten',
  );
  if (past.status === 'creating' && !isHeard) {
    const answers = event.type === 'resolved' && event.resolution.action !== 'retry';
    expect(
      answers || after.attentions.create_outcome_unknown !== undefined,
      'I2: a create that may have been sent asks nobody',
    );
    expect(past.cancel === null || after.cancel !== null, 'a cancel is forgotten');
  }
  if (past.status === 'awaiting_customer' && past.sms.queue.length > 0 && past.sms.retryAt === null)
    expect(after.sms.sent === past.sms.sent + 1, 'I8: an SMS that may have been sent does not count');
  if (past.cancel !== null && ['due', 'sending'].includes(past.cancel.phase) && after.status === 'cancelling')
    expect(after.cancel?.mayHaveArrived === true, 'a cancel that may have arrived is taken for one that has not');
  for (const reason of REASONS)
    if (
      reason !== 'workflow_stopped' &&
      past.attentions[reason] !== undefined &&
      !isHeard &&
      event.type !== 'resolved' &&
      event.type !== 'create_ended'
    )
      expect(after.attentions[reason] !== undefined, `${reason} is forgotten`);
  const mayCancel = past.cancel === null && (after.status === 'confirmed' || !FINAL.includes(after.status));
  if (event.type === 'recovered' && before.cancel?.cause === 'request' && mayCancel)
    expect(
      after.timeline.some((entry) => entry.event === 'cancel_requested'),
      'a cancel that was asked for since the reset leaves no trace',
    );
}

function judgeTimeline(before: Order, event: OrderEvent, after: Order): void {
  expect(
    JSON.stringify(after.timeline.slice(0, before.timeline.length)) === JSON.stringify(before.timeline),
    'the timeline’s past has changed',
  );
  const added = after.timeline.slice(before.timeline.length);
  for (const { at } of added) expect(at === event.at, 'an entry of the timeline has another time');
  const text = (entry: Partial<TimelineEntry> & { event: string }) => JSON.stringify({ ...entry, at: undefined });
  const wanted: string[] = [];
  for (const reason of REASONS)
    if (after.attentions[reason] !== undefined && before.attentions[reason] !== after.attentions[reason])
      wanted.push(text({ event: 'attention', reason }));
  if (after.status !== before.status && FINAL.includes(after.status))
    wanted.push(text({ event: after.status as 'confirmed' }));
  const optional: string[] = [];
  if (event.type === 'create_ended' && event.result.outcome === 'created') wanted.push(text({ event: 'created' }));
  if (event.type === 'create_ended' && event.result.outcome === 'unknown' && after.create.doubt && !before.create.doubt)
    wanted.push(text({ event: 'recreated' }));
  if (event.type === 'sms_ended' && event.result.outcome === 'sent') wanted.push(text({ event: 'sms_sent' }));
  if (event.type === 'sms_ended' && event.result.outcome !== 'sent' && before.sms.queue.length > after.sms.queue.length)
    wanted.push(text({ event: 'sms_failed' }));
  const asked = before.timeline.some((entry) => entry.event === 'cancel_requested');
  if (event.type === 'cancel_requested' && after.cancel !== null && (before.cancel === null || !asked))
    wanted.push(text({ event: 'cancel_requested' }));
  if (event.type === 'resolved') {
    const { action, operator, note } = event.resolution;
    wanted.push(text({ event: 'resolved', action, operator, note }));
    if (action === 'attach' && before.status === 'creating') wanted.push(text({ event: 'created' }));
  }
  if (event.type === 'webhook') {
    const noted = text({ event: 'webhook_noted', name: event.webhook.event });
    const kind = event.webhook.kind;
    const isRepeat = added.some((entry) => entry.event === 'webhook_duplicate');
    if (isRepeat) wanted.push(text({ event: 'webhook_duplicate', name: event.webhook.event }));
    else if ((kind === 'note' || kind === 'unknown') && after !== before) wanted.push(noted);
    else optional.push(noted);
  }
  if (event.type === 'sms_ended' && event.result.outcome === 'refused') optional.push(text({ event: 'sms_failed' }));
  const got = added.map(text);
  for (const entry of wanted) expect(got.includes(entry), `the timeline does not say ${entry}`);
  for (const entry of got) expect(wanted.includes(entry) || optional.includes(entry), `the timeline says ${entry}`);
  expect(new Set(got).size === got.length, `the timeline says something twice: ${got.join()}`);
}

function judgeSms({ facts }: World, before: Order, event: OrderEvent, after: Order, d: Decider): void {
  const sms = after.sms;
  if (event.type === 'sms_requested')
    return expect(
      sms.queue.join() === [...new Set([...before.sms.queue, event.requestId])].join(),
      'an SMS that was asked for is not wanted',
    );
  if (event.type !== 'sms_ended') {
    expect(
      sms.sent === before.sms.sent &&
        sms.lastSentAt === before.sms.lastSentAt &&
        sms.lastOutcome === before.sms.lastOutcome,
      'SMS are counted that were not sent',
    );
    return;
  }
  const { outcome } = event.result;
  const mayHave = outcome === 'sent' || outcome === 'unknown';
  expect(sms.sent === before.sms.sent + (mayHave ? 1 : 0), `I8: an SMS that is ${outcome} is counted wrongly`);
  expect(sms.lastSentAt === (mayHave ? event.at : before.sms.lastSentAt), 'last_sent_at');
  expect(sms.lastOutcome === (outcome === 'not_sent' ? before.sms.lastOutcome : outcome), 'last_outcome');
  if (outcome === 'sent')
    expect(after.attentions.sms_not_sent === undefined, 'an SMS went out, and sms_not_sent is still open');
  if (before.status !== 'awaiting_customer') return;
  const rest = before.sms.queue.slice(1);
  const room = sms.sent + rest.length < before.policy.smsLimit;
  const again = facts.jumped
    ? null
    : outcome === 'not_sent'
      ? facts.smsNotSent < 2
      : outcome === 'unknown'
        ? facts.smsLost === 0 && room && !('repeat' in event.result)
        : false;
  if (again === null) return;
  expect(
    sms.queue.join() === (again ? before.sms.queue : rest).join(),
    again ? 'an SMS that may be tried again is given up' : 'an SMS that is done is still wanted',
  );
  if (again) {
    const hinted = event.result.outcome === 'not_sent' ? (event.result.retryAfterMs ?? 0) : 0;
    const delayMs = outcome === 'unknown' ? 1_000 : Math.max(1_000 * 2 ** facts.smsNotSent, hinted);
    const step = d.decide(after);
    const until = Math.min(since(event.at) + delayMs, since(after.graceUntil ?? after.confirmBy ?? event.at));
    expect(
      step.do === 'await_retry' && step.until === time(until),
      `the SMS is tried again at another time: ${JSON.stringify(step)}`,
    );
    expect(
      after.attentions.sms_not_sent === before.attentions.sms_not_sent,
      'an SMS that is tried again asks for a human',
    );
  } else {
    expect(sms.retryAt === null && sms.tries === 0 && !sms.repeated, 'the next SMS inherits the tries of the last one');
    if (outcome !== 'sent') expect(after.attentions.sms_not_sent !== undefined, 'an SMS that was not sent asks nobody');
  }
}

function asksForReminder(before: Order, after: Order): boolean {
  return after.sms.queue.includes('reminder') && !before.sms.queue.includes('reminder');
}

function judgeReminder({ facts }: World, before: Order, event: OrderEvent, after: Order): void {
  if (!asksForReminder(before, after)) return;
  const { smsReminderAfterSeconds: seconds = Infinity } = before.policy;
  expect(event.type === 'time', `a reminder is asked for by ${event.type}`);
  expect(!facts.reminded || facts.restored, 'a second reminder');
  expect(before.sms.queue.length === 0 && smsRoom(before), 'a reminder beside another SMS, or beyond the limit');
  expect(
    since(event.at) >= since(before.sms.lastSentAt ?? '') + seconds * 1_000,
    'a reminder before the silence was long enough',
  );
  expect(since(event.at) < tooLateForReminder(before), 'a reminder in the last hour or tenth');
}

function judgeCreate({ facts }: World, before: Order, event: OrderEvent, after: Order, d: Decider): void {
  if (event.type !== 'create_ended' || before.status !== 'creating') return;
  const heard = before.heard.confirmedAt !== null || before.heard.cancelledAt !== null;
  const { result } = event;
  const doubt = before.create.doubt;
  if (result.outcome === 'created' && !heard) {
    expect(
      after.status === (before.cancel === null ? 'awaiting_customer' : 'cancelling'),
      `created, and ${after.status}`,
    );
    if (before.cancel === null) expect(after.sms.queue.length === 1, 'created, and no SMS is wanted');
  }
  if (result.outcome === 'refused')
    expect(
      doubt ? after.attentions.create_outcome_unknown !== undefined : after.status === 'failed',
      `refused, and ${after.status}`,
    );
  if (result.outcome === 'refused' && !doubt && before.heard.confirmedAt !== null)
    expect(after.attentions.confirm_cancel_crossed !== undefined, 'confirmed and refused, and nobody is asked');
  if (result.outcome === 'unknown' && !heard) {
    const recreates = before.policy.onCreateOutcomeUnknown === 'recreate' && !doubt && before.cancel === null;
    expect(
      recreates ? d.decide(after).do === 'create' : after.attentions.create_outcome_unknown !== undefined,
      'a lost answer to a create is not dealt with',
    );
    expect(!recreates || after.create.doubt, 'a create whose answer was lost leaves no doubt');
  }
  if (result.outcome === 'not_sent' && !heard && before.cancel !== null)
    expect(
      doubt ? after.attentions.create_outcome_unknown !== undefined : after.status === 'cancelled',
      `nothing was created, a cancel was asked for, and it is ${after.status}`,
    );
  if (result.outcome === 'not_sent' && !heard && before.cancel === null && !facts.jumped) {
    const delayMs = result.retryAfterMs ?? Math.min(1_000 * 2 ** facts.creates, 10_000);
    const windowMs =
      Date.parse(before.create.firstAt ?? event.at) + before.policy.createRetrySeconds * 1000 - Date.parse(event.at);
    if (delayMs <= windowMs) {
      const step = d.decide(after);
      expect(
        step.do === 'await_retry' && step.until === time(since(event.at) + delayMs),
        `the create is tried again at another time: ${JSON.stringify(step)}`,
      );
    } else
      expect(
        doubt ? after.attentions.create_outcome_unknown !== undefined : after.status === 'failed',
        'the window for the create is over, and it goes on',
      );
  }
}

function judgeCancel({ facts }: World, before: Order, event: OrderEvent, after: Order, d: Decider): void {
  if (event.type === 'cancel_requested') {
    const taken = before.cancel === null && (!FINAL.includes(before.status) || before.status === 'confirmed');
    expect(
      taken === (after.cancel !== null && before.cancel === null),
      taken ? 'a cancel that was asked for is not wanted' : 'a cancel is taken that cannot be',
    );
    if (taken && before.status !== 'creating')
      expect(
        after.status === 'cancelling' || before.sequraOrderId === null,
        `a cancel was asked for, and it is ${after.status}`,
      );
  }
  if (
    event.type !== 'cancel_ended' ||
    facts.jumped ||
    facts.cancel === null ||
    facts.operatorDecided ||
    before.status !== 'cancelling'
  )
    return;
  const { cause, ofConfirmed, settled, confirmHeard, cancelHeard } = facts.cancel;
  const { outcome } = event.result;
  const arrived =
    outcome === 'done' ||
    facts.cancel.mayHaveArrived ||
    ('mayHaveArrived' in event.result && event.result.mayHaveArrived);
  expect(after.attentions.cancel_overdue === undefined, 'the cancel was answered, and is still overdue');
  const ended = ofConfirmed
    ? cancelHeard
      ? 'cancelled'
      : 'cancellation_requested'
    : cause === 'deadline'
      ? 'expired'
      : 'cancelled';
  if (confirmHeard && !ofConfirmed) {
    if (arrived || cancelHeard)
      expect(
        after.status === 'cancelling' && after.attentions.confirm_cancel_crossed !== undefined,
        `I3: confirmation and cancel crossed, and it is ${after.status}`,
      );
    else expect(after.status === 'confirmed', `confirmed, nothing was cancelled, and it is ${after.status}`);
  } else if (outcome !== 'refused' || cancelHeard)
    expect(after.status === ended, `cancelled (${cause}), and ${after.status}`);
  else if (ofConfirmed || settled)
    expect(after.attentions.cancel_refused !== undefined, 'a cancel that was refused asks nobody');
  else {
    const step = d.decide(after);
    expect(
      step.do === 'await_confirmation' && step.until === time(since(event.at) + before.policy.settleSeconds * 1000),
      `a refused cancel does not wait for a confirmation: ${JSON.stringify(step)}`,
    );
  }
}

function judgeAnswer(before: Order, action: string, after: Order): void {
  const open = REASONS.filter((reason) => before.attentions[reason] !== undefined);
  if (action === 'give_up') expect(after.status === 'failed', `given up, and ${after.status}`);
  if (action === 'mark_confirmed') expect(after.status === 'confirmed', `marked confirmed, and ${after.status}`);
  if (action === 'mark_cancelled') expect(after.status === 'cancelled', `marked cancelled, and ${after.status}`);
  const { confirmedAt, cancelledAt } = after.heard;
  const heard = [confirmedAt !== null, cancelledAt !== null].join();
  if (action === 'mark_confirmed') expect(heard === 'true,false', 'marked confirmed, and not taken for that later');
  if (action === 'mark_cancelled') expect(heard === 'false,true', 'marked cancelled, and not taken for that later');
  const answered = [
    'create_outcome_unknown',
    'confirm_cancel_crossed',
    'cancel_refused',
    'webhooks_unreachable',
    'sms_not_sent',
    'unrecognised_event',
  ].find((reason) => open.includes(reason as AttentionReason)) as AttentionReason | undefined;
  if (answered === undefined) return;
  // A number is put right also where no SMS is left to send to it.
  const isFull = action === 'attach' && answered === 'sms_not_sent' && !smsRoom(before);
  if (isFull)
    expect(after.sms.queue.length === before.sms.queue.length, 'attached, and more SMS are wanted than the limit');
  else if (!(action === 'retry' && before.create.doubt))
    expect(after.attentions[answered] === undefined, `${action} leaves ${answered} open`);
  if (action === 'retry' && answered === 'create_outcome_unknown')
    expect(after.status === (before.cancel === null ? 'creating' : 'cancelled'), `retried, and ${after.status}`);
  const again = action === 'retry' || action === 'attach';
  if (again && answered === 'sms_not_sent' && !isFull)
    expect(after.sms.queue.length === before.sms.queue.length + 1, `${action}, and no SMS is wanted`);
  if (again && answered === 'cancel_refused')
    expect(after.cancel?.phase === 'due', `${action}, and no cancel is wanted`);
  if (again && answered === 'cancel_refused' && before.sequraOrderId !== after.sequraOrderId)
    expect(
      after.cancel?.mayHaveArrived === false && after.cancel.settleUntil === null,
      'what was sent for another number counts for this one',
    );
  if (action === 'attach' && before.status === 'creating' && before.cancel !== null)
    expect(after.status === 'cancelling', 'attached, and the cancel is forgotten');
  if (action === 'attach' && before.status === 'creating' && before.cancel === null)
    expect(after.status === 'awaiting_customer' && after.sms.queue.length === 1, 'attached, and no SMS is wanted');
  if (action === 'dismiss' && answered === 'webhooks_unreachable')
    expect(after.status === 'cancelling' && after.cancel?.cause === 'deadline', 'dismissed, and no cancel goes out');
  else if (action === 'dismiss')
    expect(
      after.status === before.status && JSON.stringify(after.sms) === JSON.stringify(before.sms),
      'dismissed, with an effect',
    );
}

function judgeTime(before: Order, event: OrderEvent & { type: 'time' }, after: Order): void {
  const { at, away, wayIn = 'open' } = event;
  const deadline = before.graceUntil ?? before.confirmBy;
  const grace = (ms: number) =>
    expect(
      after.status === 'awaiting_customer' && after.graceUntil === time(since(at) + ms),
      `a deadline at which confirmations may be on their way gives them another time: ${after.graceUntil}`,
    );
  const settleMs = before.policy.settleSeconds * 1000;
  const isFirst = (before.graceUntil ?? null) === null;
  if (before.status !== 'awaiting_customer' || deadline === null || deadline > at) {
    const isStill = after.status === before.status && after.graceUntil === before.graceUntil;
    expect(isStill, 'time has moved the order before its deadline');
  } else if (wayIn === 'closed') {
    expect(after.status === 'awaiting_customer', 'a deadline cancels while no confirmation can come in');
    expect(after.attentions.webhooks_unreachable !== undefined, 'no confirmation can come in, and nobody is asked');
    expect(after.sms.queue.length === 0, 'an SMS is wanted after the time to sign');
  } else if (away === true && isFirst) grace(settleMs);
  else if (wayIn !== 'open' && wayIn.openForMs < settleMs) {
    grace(settleMs - wayIn.openForMs);
    expect(isFirst || after.attentions.webhooks_unreachable !== undefined, 'waits once more, and asks nobody');
  } else
    expect(
      after.status === 'cancelling' && after.cancel?.cause === 'deadline',
      'I10: past its deadline without a cancel',
    );
  const { cancel } = before;
  if (cancel?.phase === 'settling' && cancel.settleUntil !== null && cancel.settleUntil <= at)
    expect(after.attentions.cancel_refused !== undefined, 'the settle time is over, and nobody is asked');
}

/** What the observer makes of it. */
export function learn({ facts, order: _order, ...world }: World, before: Order, event: OrderEvent, after: Order): void {
  if (asksForReminder(before, after)) facts.reminded = true;
  if (before.sms.queue[0] === 'reminder' && after.sms.queue[0] !== 'reminder') facts.smsNotSent = facts.smsLost = 0;
  switch (event.type) {
    case 'started':
      if (event.step === 'create' && world.call?.sendsNothing === null) facts.mayCreate = false;
      return;
    case 'create_ended': {
      facts.creates += 1;
      const { outcome } = event.result;
      if (outcome === 'not_sent') facts.mayCreate = true;
      if (
        outcome === 'unknown' &&
        before.policy.onCreateOutcomeUnknown === 'recreate' &&
        !facts.recreated &&
        before.cancel === null
      ) {
        facts.mayCreate = true;
        facts.recreated = true;
      }
      break;
    }
    case 'sms_ended':
      if (event.result.outcome === 'not_sent') facts.smsNotSent += 1;
      if (event.result.outcome === 'unknown') facts.smsLost += 1;
      if (after.sms.queue[0] !== before.sms.queue[0]) facts.smsNotSent = facts.smsLost = 0;
      break;
    case 'webhook': {
      const key = `${event.webhook.event} ${event.webhook.event_id ?? ''}`;
      // A closed order keeps nothing of what it says itself: that costs no run.
      if (after !== before && !facts.accepted.includes(key)) facts.accepted.push(key);
      if (event.webhook.kind === 'confirm' && facts.cancel !== null) facts.cancel.confirmHeard = true;
      if (event.webhook.kind === 'cancel' && facts.cancel !== null) facts.cancel.cancelHeard = true;
      if (event.webhook.kind === 'confirm') facts.confirmAccepted = true;
      break;
    }
    case 'cancel_ended':
      if (facts.cancel !== null && event.result.outcome === 'refused') {
        facts.cancel.settled = true;
        facts.cancel.mayHaveArrived ||= event.result.mayHaveArrived;
      }
      break;
    case 'stopped':
    case 'recovered':
      facts.jumped = true;
      break;
    default:
  }
  if (event.type === 'recovered' && event.recovery.order?.cancel != null && after.cancel !== null)
    facts.cancel = facts.forgotten;
  else if (after.cancel !== null && (facts.cancel === null || before.cancel === null)) {
    const cause = before.status === 'awaiting_customer' && event.type !== 'cancel_requested' ? 'deadline' : 'request';
    facts.cancel = {
      cause,
      ofConfirmed: before.status === 'confirmed',
      mayHaveArrived: false,
      settled: false,
      confirmHeard: false,
      cancelHeard: false,
    };
  }
  if (after.cancel === null) facts.cancel = null;
  if (event.type === 'recovered') facts.forgotten = null;
  // What was sent went to another order.
  if (facts.cancel !== null && before.sequraOrderId !== null && before.sequraOrderId !== after.sequraOrderId)
    facts.cancel = { ...facts.cancel, mayHaveArrived: false, settled: false };
}
