// What an order keeps of what happened, to the last field: a next run, the API and operators go by it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cancelStillWanted, decide } from '../../../src/order/decide.ts';
import { isClosed } from '../../../src/order/draft.ts';
import type { NewOrderEvent } from '../../../src/order/events.ts';
import { evolve } from '../../../src/order/evolve.ts';
import { heldCreateIsAnswered } from '../../../src/order/on-create.ts';
import { isSameAgain } from '../../../src/order/on-webhook.ts';
import type { Order, TimelineEntry } from '../../../src/order/order.ts';
import { acceptOrder, openAttention } from '../../../src/order/order.ts';
import { allowedActions, refuseCancel, refuseResolution, refuseSms } from '../../../src/order/refusal.ts';
import type { ResolveAction } from '../../../src/order/status.ts';
import { orderView } from '../../../src/order/view.ts';
import {
  after,
  at,
  awaiting,
  cancelling,
  happen,
  newOrder,
  orderPolicy,
  orderRequest,
  timeIs,
} from '../../support/orders.ts';

/** The event at a second of its own. */
const then = (order: Order, seconds: number, event: NewOrderEvent) => evolve(order, { ...event, at: at(seconds) });
const answer = (action: ResolveAction, more: object = {}): NewOrderEvent => ({
  type: 'resolved',
  resolution: { action, operator: 'ana', note: 'looked it up', ...more },
});
/** What the timeline has gained. */
const gained = (before: Order, now: Order) => now.timeline.slice(before.timeline.length);
const attentions = (order: Order) => Object.keys(order.attentions);
const resolved = (seconds: number, action: ResolveAction): TimelineEntry => ({
  at: at(seconds),
  event: 'resolved',
  action,
  operator: 'ana',
  note: 'looked it up',
});

const held = then(then(newOrder(), 1, happen.createStarted), 2, happen.createUnknown);
const waiting = then(then(then(newOrder(), 1, happen.createStarted), 2, happen.created), 3, happen.smsSent);
const asked = then(waiting, 4, happen.cancelRequested);
const sending = then(asked, 5, happen.cancelStarted);
const confirm2 = { type: 'webhook', webhook: { event: 'order/approved', event_id: 'c2', kind: 'confirm' } } as const;

describe('a new order', () => {
  it('has nothing behind it', () => {
    const order = acceptOrder(orderRequest(), orderPolicy(), 'EUR', at(0));
    assert.deepEqual(order, {
      id: 'order:merchant_1:pos_1234',
      reference: 'pos_1234',
      merchantId: 'merchant_1',
      storeRef: 'store_1',
      totalCents: 25_000,
      currency: 'EUR',
      policy: orderPolicy(),
      status: 'creating',
      attentions: {},
      revision: 1,
      sequraOrderId: null,
      orderUuid: null,
      createdAt: at(0),
      confirmBy: null,
      closedAt: null,
      failure: null,
      create: { phase: 'due', attempts: 0, firstAt: null, retryAt: null, doubt: false },
      sms: { sent: 0, lastSentAt: null, lastOutcome: null, queue: [], tries: 0, repeated: false, retryAt: null },
      cancel: null,
      heard: { confirmedAt: null, cancelledAt: null },
      seen: [],
      timeline: [{ at: at(0), event: 'accepted' }],
    });
  });

  it('is shown without anything of the customer', () => {
    assert.deepEqual(orderView(waiting), {
      id: 'order:merchant_1:pos_1234',
      reference: 'pos_1234',
      merchant_id: 'merchant_1',
      store_ref: 'store_1',
      status: 'awaiting_customer',
      attention: null,
      revision: 3,
      total_with_tax: 25_000,
      currency: 'EUR',
      sequra_order_id: '4567',
      order_uuid: null,
      sms: { sent: 1, last_sent_at: at(3), last_outcome: 'sent', can_resend: true },
      created_at: at(0),
      confirm_by: at(86_402),
      closed_at: null,
      failure: null,
      timeline: [
        { at: at(0), event: 'accepted' },
        { at: at(2), event: 'created' },
        { at: at(3), event: 'sms_sent' },
      ],
    });
    assert.deepEqual(orderView(held).attention, { reason: 'create_outcome_unknown', since: at(2) });
  });
});

describe('the record of a create', () => {
  it('counts tries and keeps when the first began, until there is an order', () => {
    const first = then(newOrder(), 1, happen.createStarted);
    assert.deepEqual(first.create, { phase: 'sending', attempts: 0, firstAt: at(1), retryAt: null, doubt: false });
    const failed = then(first, 2, happen.createNotSent);
    assert.deepEqual(failed.create, { phase: 'backoff', attempts: 1, firstAt: at(1), retryAt: at(3), doubt: false });
    assert.deepEqual([failed.status, gained(first, failed), failed.revision], ['creating', [], 1]);
    assert.deepEqual(decide(timeIs(failed, 2)), { do: 'await_retry', until: at(3) });
    const due = timeIs(failed, 3);
    assert.deepEqual(due.create, { phase: 'due', attempts: 1, firstAt: at(1), retryAt: null, doubt: false });
    const created = then(then(due, 4, happen.createStarted), 5, happen.created);
    assert.deepEqual(created.create, { phase: 'done', attempts: 2, firstAt: at(1), retryAt: null, doubt: false });
    assert.deepEqual(created.sms.queue, ['first']);
    assert.equal(created.sms.askedAt, undefined, 'the SMS came with the order');
  });

  it('waits up to the last moment of its window, and fails with what seQura said', () => {
    const failsAt = (seconds: number, retryAfterMs: number | null) =>
      then(then(newOrder({ createRetrySeconds: 10 }), 0, happen.createStarted), seconds, {
        type: 'create_ended',
        result: { outcome: 'not_sent', failure: { code: 'rate_limited', http_status: 429, errors: [] }, retryAfterMs },
      });
    assert.equal(failsAt(4, 6_000).create.retryAt, at(10));
    const late = failsAt(4, 6_001);
    assert.deepEqual(
      [late.status, late.closedAt, late.failure],
      ['failed', at(4), { code: 'rate_limited', http_status: 429, errors: [] }],
    );
    assert.deepEqual(gained(newOrder(), late), [{ at: at(4), event: 'failed' }]);
    assert.equal(failsAt(9, null).create.retryAt, at(10));
    assert.equal(failsAt(9.001, null).status, 'failed');
  });

  it('takes seQura’s UUID from the create or a webhook, whichever comes first', () => {
    const created: NewOrderEvent = {
      type: 'create_ended',
      result: { outcome: 'created', sequraOrderId: '1', orderUuid: 'of the create' },
    };
    const told: NewOrderEvent = { ...happen.noted, webhook: { ...happen.noted.webhook, order_ref: 'of a webhook' } };
    const sent = then(newOrder(), 1, happen.createStarted);
    assert.equal(then(then(sent, 2, created), 3, told).orderUuid, 'of the create');
    assert.equal(then(then(sent, 2, told), 3, created).orderUuid, 'of a webhook');
    assert.equal(then(then(sent, 2, happen.created), 3, told).orderUuid, 'of a webhook');
  });

  it('that is doubtful is held after anything but an order, and says why only where nothing exists', () => {
    const doubt = then(
      then(newOrder({ onCreateOutcomeUnknown: 'recreate' }), 1, happen.createStarted),
      2,
      happen.createUnknown,
    );
    assert.deepEqual(doubt.create, { phase: 'due', attempts: 1, firstAt: at(1), retryAt: null, doubt: true });
    assert.deepEqual(gained(newOrder(), doubt), [{ at: at(2), event: 'recreated' }]);
    for (const end of [happen.createRefused, happen.createUnknown]) {
      const order = then(then(doubt, 3, happen.createStarted), 4, end);
      assert.deepEqual(
        [order.status, attentions(order), order.failure],
        ['creating', ['create_outcome_unknown'], null],
      );
      assert.equal(order.create.phase, 'unknown');
    }
    const cancelled = then(then(doubt, 3, happen.cancelRequested), 4, happen.createNotSent);
    assert.deepEqual([cancelled.status, attentions(cancelled)], ['creating', ['create_outcome_unknown']]);
  });

  it('that is held and asked for anew starts from the beginning, and its SMS was wanted since then', () => {
    const again = then(held, 10, answer('retry'));
    assert.deepEqual(again.create, {
      phase: 'due',
      attempts: 1,
      firstAt: null,
      retryAt: null,
      doubt: false,
      againAt: at(10),
    });
    assert.deepEqual([attentions(again), gained(held, again)], [[], [resolved(10, 'retry')]]);
    const created = then(then(again, 11, happen.createStarted), 12, happen.created);
    assert.deepEqual(created.sms.askedAt, { first: at(10) });
    assert.equal(then(created, 13, happen.smsSent).sms.askedAt?.['first'], undefined);
  });

  it('that both a confirmation and a cancel answer asks which of them holds', () => {
    const both = then(then(held, 3, happen.confirm), 4, happen.cancelEvent);
    assert.deepEqual([both.status, attentions(both)], ['confirmed', ['confirm_cancel_crossed']]);
    const sent = then(then(then(newOrder(), 1, happen.createStarted), 2, happen.confirm), 3, happen.cancelEvent);
    assert.deepEqual(sent.heard, { confirmedAt: at(2), cancelledAt: at(3) });
    assert.deepEqual(
      gained(newOrder(), sent).map(({ event }) => event),
      ['webhook_noted', 'webhook_noted'],
    );
    for (const end of [happen.created, happen.createUnknown, happen.createNotSent]) {
      const order = then(sent, 4, end);
      assert.deepEqual(
        [order.status, attentions(order)],
        ['cancelled', ['confirm_cancel_crossed']],
        end.result.outcome,
      );
    }
    const cancelled = then(
      then(then(newOrder(), 1, happen.createStarted), 2, happen.cancelEvent),
      3,
      happen.createUnknown,
    );
    assert.deepEqual([cancelled.status, attentions(cancelled)], ['cancelled', []]);
  });

  it('is told of only where it is held and something was heard', () => {
    assert.equal(heldCreateIsAnswered(held), false);
    const stopped = then(then(then(newOrder(), 1, happen.createStarted), 2, happen.confirm), 3, happen.stopped);
    const carriedOn = then(stopped, 4, happen.time);
    assert.equal(heldCreateIsAnswered(carriedOn), true);
    assert.equal(
      heldCreateIsAnswered(then(then(newOrder(), 1, happen.createStarted), 2, happen.confirm)),
      false,
      'its answer comes first',
    );
    assert.equal(heldCreateIsAnswered(then(waiting, 5, happen.confirm)), false);
  });
});

describe('the record of the SMS', () => {
  const wanted = then(then(newOrder({ smsLimit: 2 }), 1, happen.createStarted), 2, happen.created);
  const limited = (retryAfterMs: number): NewOrderEvent => ({
    type: 'sms_ended',
    result: { outcome: 'not_sent', retryAfterMs },
  });

  it('of one that surely was not sent keeps the tries, and when the next one is', () => {
    const once = then(wanted, 3, happen.smsNotSent);
    assert.deepEqual(once.sms, { ...wanted.sms, tries: 1, retryAt: at(4) });
    assert.deepEqual([decide(once), decide(timeIs(once, 4)).do], [{ do: 'await_retry', until: at(4) }, 'send_sms']);
    assert.equal(timeIs(once, 3.999), once);
    assert.equal(then(timeIs(once, 4), 5, happen.smsNotSent).sms.retryAt, at(7));
    assert.equal(then(wanted, 3, limited(30_000)).sms.retryAt, at(33));
    assert.equal(then(wanted, 3, limited(500)).sms.retryAt, at(4));
    assert.equal(then(wanted, 3, limited(900_000)).sms.retryAt, at(63), 'a minute at most');
  });

  it('of one that cannot be sent leaves nothing behind for the next', () => {
    let order = wanted;
    for (const seconds of [3, 10, 20]) order = then(timeIs(order, seconds), seconds, happen.smsNotSent);
    assert.deepEqual(order.sms, { ...wanted.sms, queue: [], tries: 0, retryAt: null });
    assert.deepEqual(gained(wanted, order), [
      { at: at(20), event: 'sms_failed' },
      { at: at(20), event: 'attention', reason: 'sms_not_sent' },
    ]);
    assert.deepEqual(order.attentions, { sms_not_sent: at(20) });
    const again = then(order, 30, answer('retry'));
    assert.deepEqual([again.sms.queue, again.sms.askedAt], [[`retry ${at(30)}`], { [`retry ${at(30)}`]: at(30) }]);
    assert.deepEqual(attentions(again), []);
  });

  it('of one with a lost answer counts it, and repeats it once', () => {
    const lost = then(wanted, 3, happen.smsUnknown);
    assert.deepEqual(lost.sms, {
      ...wanted.sms,
      sent: 1,
      lastSentAt: at(3),
      lastOutcome: 'unknown',
      repeated: true,
      retryAt: at(4),
    });
    assert.deepEqual(gained(wanted, lost), []);
    const twice = then(timeIs(lost, 4), 5, happen.smsUnknown);
    assert.deepEqual(
      [twice.sms.sent, twice.sms.queue, twice.sms.repeated, attentions(twice)],
      [2, [], false, ['sms_not_sent']],
    );
    const held = then(wanted, 3, { type: 'sms_ended', result: { outcome: 'unknown', repeat: false } });
    assert.deepEqual([held.sms.sent, held.sms.queue, attentions(held)], [1, [], ['sms_not_sent']]);
  });

  it('of one that was refused does not count', () => {
    const refused = then(wanted, 3, happen.smsRefused);
    assert.deepEqual(refused.sms, { ...wanted.sms, lastOutcome: 'refused', queue: [] });
    assert.deepEqual([attentions(refused), gained(wanted, refused)[0]?.event], [['sms_not_sent'], 'sms_failed']);
    const sent = then(then(refused, 4, answer('retry')), 5, happen.smsSent);
    assert.deepEqual([attentions(sent), sent.sms.lastOutcome, sent.sms.lastSentAt], [[], 'sent', at(5)]);
  });

  it('of one that is answered after the customer’s time asks nobody', () => {
    for (const end of [happen.smsRefused, happen.smsUnknown, happen.smsNotSent, happen.smsSent]) {
      const order = then(then(wanted, 3, happen.cancelRequested), 4, end);
      assert.deepEqual([order.status, attentions(order), decide(order)], ['cancelling', [], { do: 'cancel' }]);
    }
    const lost = then(then(wanted, 3, happen.cancelRequested), 4, happen.smsUnknown);
    assert.deepEqual([lost.sms.sent, lost.sms.retryAt, lost.sms.repeated], [1, null, false]);
    const late = then(then(wanted, 3, happen.cancelRequested), 4, happen.smsNotSent);
    assert.deepEqual([late.sms.tries, late.sms.retryAt], [1, null]);
  });

  it('that were asked for are sent one after the other, within the limit', () => {
    const order = then(wanted, 3, { type: 'sms_requested', requestId: 'a' });
    assert.deepEqual([order.sms.queue, order.sms.askedAt], [['first', 'a'], { a: at(3) }]);
    assert.equal(then(order, 4, { type: 'sms_requested', requestId: 'b' }), order);
    const first = then(order, 5, happen.smsSent);
    assert.deepEqual([decide(first), first.sms.askedAt], [{ do: 'send_sms', requestId: 'a' }, { a: at(3) }]);
    const lost = then(order, 5, happen.smsUnknown);
    assert.deepEqual([lost.sms.queue, attentions(lost)], [['a'], ['sms_not_sent']], 'no room for a repeat');
    assert.deepEqual(then(order, 6, happen.confirm).sms, { ...wanted.sms, queue: [] });
  });

  it('is over where a retry would be after the deadline', () => {
    const order = then(then(newOrder({ confirmWithinSeconds: 1 }), 1, happen.createStarted), 2, happen.created);
    assert.deepEqual(decide(then(order, 2.5, happen.smsNotSent)), { do: 'await_retry', until: at(3) });
    const both = timeIs(then(order, 2.5, limited(900)), 3.5);
    assert.deepEqual([both.status, both.sms.retryAt], ['cancelling', null]);
  });
});

describe('the record of a cancel', () => {
  it('says why, how far it is, and what it may have done', () => {
    const record = { cause: 'request', ofConfirmed: false, settleUntil: null, mayHaveArrived: false } as const;
    assert.deepEqual(asked.cancel, { ...record, phase: 'due' });
    assert.deepEqual(gained(waiting, asked), [{ at: at(4), event: 'cancel_requested' }]);
    assert.deepEqual([sending.cancel, sending.revision], [{ ...record, phase: 'sending' }, asked.revision]);
    const settling = then(sending, 6, { type: 'cancel_ended', result: { outcome: 'refused', mayHaveArrived: true } });
    assert.deepEqual(settling.cancel, { ...record, phase: 'settling', settleUntil: at(606), mayHaveArrived: true });
    assert.equal(timeIs(settling, 605), settling);
    const refused = timeIs(settling, 606);
    assert.deepEqual(refused.cancel, { ...settling.cancel, phase: 'refused' });
    assert.deepEqual(
      [refused.attentions, decide(refused)],
      [{ cancel_refused: at(606) }, { do: 'await_operator', until: null }],
    );
    const retried = then(refused, 700, answer('retry'));
    assert.deepEqual([retried.cancel, attentions(retried)], [{ ...settling.cancel, phase: 'due' }, []]);
    // No second wait.
    const again = then(then(retried, 701, happen.cancelStarted), 702, happen.cancelRefused);
    assert.deepEqual(
      [again.cancel?.phase, again.cancel?.mayHaveArrived, attentions(again)],
      ['refused', true, ['cancel_refused']],
    );
    assert.equal(then(again, 703, happen.confirm).attentions.confirm_cancel_crossed, at(703));
    const deadline = timeIs(waiting, 100_000);
    assert.deepEqual(deadline.cancel, { ...record, cause: 'deadline', phase: 'due' });
  });

  it('is gone with the end, whichever that is', () => {
    const done = then(sending, 6, happen.cancelDone);
    assert.deepEqual(
      [done.status, done.cancel, done.closedAt, gained(sending, done)],
      ['cancelled', null, at(6), [{ at: at(6), event: 'cancelled' }]],
    );
    const expired = then(then(timeIs(waiting, 100_000), 100_001, happen.cancelStarted), 100_002, happen.cancelDone);
    assert.deepEqual([expired.status, expired.cancel], ['expired', null]);
    const withdrawn = (mayHaveArrived: boolean): NewOrderEvent => ({
      type: 'cancel_ended',
      result: { outcome: 'withdrawn', mayHaveArrived },
    });
    const confirmed = then(sending, 6, happen.confirm);
    assert.deepEqual(gained(sending, confirmed), [{ at: at(6), event: 'webhook_noted', name: 'order/confirmed' }]);
    assert.equal(then(confirmed, 7, withdrawn(false)).status, 'confirmed');
    assert.deepEqual(attentions(then(confirmed, 7, withdrawn(true))), ['confirm_cancel_crossed']);
    assert.equal(then(confirmed, 7, happen.cancelRefused).status, 'confirmed');
    const told = then(sending, 6, happen.cancelEvent);
    assert.deepEqual([told.status, told.heard.cancelledAt], ['cancelling', at(6)]);
    assert.equal(then(told, 7, withdrawn(false)).status, 'cancelled');
    assert.equal(then(told, 7, happen.cancelRefused).status, 'cancelled');
    const both = then(then(told, 7, happen.confirm), 8, happen.cancelRefused);
    assert.deepEqual(
      [both.status, both.cancel?.phase, attentions(both)],
      ['cancelling', 'crossed', ['confirm_cancel_crossed']],
    );
    assert.equal(then(waiting, 5, happen.cancelDone), waiting, 'where none was wanted');
  });

  it('of a confirmed order ends as a request to the financing provider, or asks at once', () => {
    const confirmed = then(waiting, 4, happen.confirm);
    const order = then(then(confirmed, 5, happen.cancelRequested), 6, happen.cancelStarted);
    assert.deepEqual([order.cancel?.ofConfirmed, order.heard.confirmedAt], [true, at(4)]);
    const done = then(order, 7, happen.cancelDone);
    assert.deepEqual([done.status, done.closedAt], ['cancellation_requested', at(7)]);
    assert.equal(then(done, 8, confirm2), done);
    assert.equal(then(done, 8, happen.cancelEvent).status, 'cancelled');
    assert.deepEqual(attentions(then(order, 7, happen.cancelRefused)), ['cancel_refused']);
    const told = then(order, 7, happen.cancelEvent);
    assert.equal(then(told, 8, happen.cancelDone).status, 'cancelled');
    // A confirmation that comes once more says nothing of this cancel.
    const again = then(order, 7, confirm2);
    assert.deepEqual([again.status, gained(order, again)[0]?.event], ['cancelling', 'webhook_noted']);
    assert.equal(then(again, 8, happen.cancelDone).status, 'cancellation_requested');
  });

  it('is wanted until seQura has said how the order ended', () => {
    assert.deepEqual([waiting, sending].map(cancelStillWanted), [false, true]);
    assert.equal(cancelStillWanted(then(sending, 6, happen.confirm)), false);
    assert.equal(cancelStillWanted(then(sending, 6, happen.cancelEvent)), false);
    const ofConfirmed = then(then(waiting, 4, happen.confirm), 5, happen.cancelRequested);
    assert.equal(cancelStillWanted(ofConfirmed), true);
    assert.equal(cancelStillWanted(then(ofConfirmed, 6, happen.cancelEvent)), false);
  });

  it('that stays unanswered is overdue until it is answered', () => {
    const overdue = then(sending, 6, { type: 'cancel_overdue' });
    assert.deepEqual([overdue.attentions, decide(overdue)], [{ cancel_overdue: at(6) }, { do: 'cancel' }]);
    assert.equal(then(overdue, 7, { type: 'cancel_overdue' }), overdue);
    assert.equal(then(asked, 6, { type: 'cancel_overdue' }), asked);
    assert.equal(then(waiting, 6, { type: 'cancel_overdue' }), waiting);
    const settling = then(overdue, 8, happen.cancelRefused);
    assert.deepEqual(attentions(settling), []);
    assert.equal(then(settling, 9, { type: 'cancel_overdue' }), settling);
  });
});

describe('the end of an order', () => {
  it('answers every question but those that it does not', () => {
    const odd = then(then(then(newOrder(), 1, happen.createStarted), 2, happen.created), 3, happen.smsRefused);
    assert.deepEqual(attentions(odd), ['sms_not_sent']);
    const asking = then(odd, 4, happen.unknownEvent);
    const confirmed = then(asking, 5, happen.confirm);
    assert.deepEqual(
      [confirmed.status, attentions(confirmed), isClosed(confirmed)],
      ['confirmed', ['unrecognised_event'], false],
    );
    assert.equal(isClosed(then(confirmed, 6, answer('dismiss'))), true);
    assert.equal(isClosed(waiting), false);
    const crossed = then(then(sending, 6, happen.cancelDone), 7, happen.confirm);
    assert.deepEqual(decide(crossed), { do: 'await_operator', until: null });
    assert.deepEqual(gained(sending, crossed).slice(1), [
      { at: at(7), event: 'webhook_noted', name: 'order/confirmed' },
      { at: at(7), event: 'attention', reason: 'confirm_cancel_crossed' },
    ]);
    const marked = then(crossed, 8, answer('mark_confirmed'));
    assert.deepEqual(
      [marked.status, marked.closedAt, marked.heard],
      ['confirmed', at(8), { confirmedAt: at(8), cancelledAt: null }],
    );
    const undone = then(crossed, 8, answer('mark_cancelled'));
    assert.deepEqual(
      [undone.status, undone.closedAt, undone.heard],
      ['cancelled', at(6), { confirmedAt: null, cancelledAt: at(8) }],
    );
    assert.deepEqual(gained(crossed, undone), [resolved(8, 'mark_cancelled')], 'it was cancelled before');
  });

  it('keeps what comes later, and asks where it contradicts', () => {
    const failed = then(then(newOrder(), 1, happen.createStarted), 2, happen.createRefused);
    assert.deepEqual(failed.failure, { code: 'refused', http_status: 422, errors: [{ code: 'invalid' }] });
    const cancelled = then(failed, 3, happen.cancelEvent);
    assert.deepEqual([cancelled.status, attentions(cancelled), cancelled.seen], ['failed', [], ['order/cancelled x1']]);
    assert.deepEqual(attentions(then(failed, 3, happen.confirm)), ['confirm_cancel_crossed']);
    const expired = then(then(timeIs(waiting, 100_000), 100_001, happen.cancelStarted), 100_002, happen.cancelDone);
    assert.equal(then(expired, 100_003, happen.cancelEvent), expired);
    assert.deepEqual(attentions(then(expired, 100_003, happen.confirm)), ['confirm_cancel_crossed']);
    const confirmed = then(waiting, 4, happen.confirm);
    assert.equal(then(confirmed, 5, confirm2), confirmed);
    const contradicted = then(confirmed, 5, happen.cancelEvent);
    assert.deepEqual([contradicted.status, contradicted.attentions], ['confirmed', { confirm_cancel_crossed: at(5) }]);
  });

  it('refuses every command that is too late, and says why', () => {
    const cancelled = then(sending, 6, happen.cancelDone);
    assert.deepEqual(refuseCancel(cancelled), { code: 'not_cancellable', detail: 'The order is already cancelled.' });
    assert.equal(then(cancelled, 7, happen.cancelRequested), cancelled);
    assert.deepEqual([waiting, held, then(waiting, 4, happen.confirm)].map(refuseCancel), [null, null, null]);
    assert.deepEqual(refuseSms(cancelled), {
      code: 'sms_not_possible',
      detail: 'The order is cancelled: it is not waiting for its customer.',
    });
    const full = then(then(newOrder({ smsLimit: 1 }), 1, happen.createStarted), 2, happen.created);
    assert.deepEqual(refuseSms(full), {
      code: 'sms_limit_reached',
      detail: 'The limit of 1 SMS for this order is reached.',
    });
    const shut = evolve(waiting, { type: 'time', at: at(100_000), wayIn: 'closed' });
    assert.deepEqual(refuseSms(shut), {
      code: 'sms_not_possible',
      detail: 'The time to confirm is over; only the cancel still waits.',
    });
  });
});

describe('an answer of an operator', () => {
  const refusal = (order: Order, action: ResolveAction, more: object = {}) =>
    refuseResolution(order, { action, operator: 'ana', note: 'x', ...more }, at(9))?.detail ?? null;

  it('is refused with what would be allowed', () => {
    assert.equal(refusal(waiting, 'retry'), 'Nothing needs an operator: retry has nothing to answer.');
    assert.equal(
      refusal(held, 'dismiss'),
      'dismiss does not answer create_outcome_unknown; allowed: attach, retry, give_up.',
    );
    assert.equal(refusal(held, 'attach'), '`sequra_order_id` goes with `attach`, and with nothing else.');
    assert.equal(
      refusal(held, 'retry', { sequra_order_id: '1' }),
      '`sequra_order_id` goes with `attach`, and with nothing else.',
    );
    const overdue = then(sending, 6, { type: 'cancel_overdue' });
    assert.equal(
      refusal(overdue, 'retry'),
      'retry does not answer cancel_overdue; allowed: nothing, it clears by itself.',
    );
    const other = { answers: { reason: 'sms_not_sent', since: at(2) } };
    assert.equal(
      refusal(held, 'retry', other),
      'The order asks something else by now, create_outcome_unknown: look at it again.',
    );
    assert.equal(
      refusal(held, 'retry', { answers: { reason: 'create_outcome_unknown', since: at(3) } }),
      refusal(held, 'retry', other),
    );
    assert.equal(refusal(held, 'retry', { answers: { reason: 'create_outcome_unknown', since: at(2) } }), null);
  });

  it('to nothing is noted, and does nothing', () => {
    const order = then(waiting, 9, answer('dismiss'));
    assert.deepEqual({ ...order, timeline: waiting.timeline, revision: waiting.revision }, waiting);
    assert.deepEqual(gained(waiting, order), [resolved(9, 'dismiss')]);
  });

  it('attaches a number with an SMS of its own, or with the cancel that was asked for', () => {
    const attached = then(held, 9, answer('attach', { sequra_order_id: '77' }));
    assert.deepEqual(
      [attached.status, attached.sequraOrderId, attached.numberIsTyped, attached.confirmBy, attached.sms.askedAt],
      ['awaiting_customer', '77', true, at(9 + 86_400), { first: at(9) }],
    );
    assert.deepEqual(gained(held, attached), [resolved(9, 'attach'), { at: at(9), event: 'created' }]);
    const wanted = then(then(held, 5, happen.cancelRequested), 9, answer('attach', { sequra_order_id: '77' }));
    assert.deepEqual([wanted.status, decide(wanted), wanted.sms.queue], ['cancelling', { do: 'cancel' }, []]);
    // A confirmed order whose number nobody knows.
    const unknown = then(then(held, 5, happen.confirm), 6, happen.cancelRequested);
    assert.deepEqual(
      [unknown.status, attentions(unknown), allowedActions(unknown)],
      ['confirmed', ['create_outcome_unknown'], ['attach']],
    );
    const known = then(unknown, 9, answer('attach', { sequra_order_id: '77' }));
    assert.deepEqual(
      [known.status, known.sequraOrderId, known.cancel?.ofConfirmed, attentions(known)],
      ['cancelling', '77', true, []],
    );
  });

  it('gives up as failed, with its own reason', () => {
    const order = then(held, 9, answer('give_up'));
    assert.deepEqual(
      [order.status, order.closedAt, order.failure],
      ['failed', at(9), { code: 'given_up', http_status: null, errors: [] }],
    );
    assert.deepEqual(gained(held, order), [resolved(9, 'give_up'), { at: at(9), event: 'failed' }]);
  });

  it('leaves the other questions open', () => {
    const asking = then(then(then(newOrder(), 1, happen.createStarted), 2, happen.created), 3, happen.smsRefused);
    const both = then(asking, 4, happen.unknownEvent);
    assert.deepEqual(openAttention(both), { reason: 'sms_not_sent', since: at(3) });
    const next = then(both, 5, answer('dismiss'));
    assert.deepEqual([next.attentions, next.sms], [{ unrecognised_event: at(4) }, both.sms]);
  });

  it('to a full order’s failed SMS dismisses it, and asks nothing anew', () => {
    const full = then(
      then(then(newOrder({ smsLimit: 1 }), 1, happen.createStarted), 2, happen.created),
      3,
      happen.smsUnknown,
    );
    assert.deepEqual([attentions(full), allowedActions(full)], [['sms_not_sent'], ['dismiss']]);
    assert.deepEqual(attentions(then(full, 4, answer('dismiss'))), []);
  });

  it('is late after six seconds, or from a clock that is ahead by more than one', () => {
    const askedAt = (ms: number) =>
      then(held, 100, answer('retry', { asked_at: new Date(Date.parse(at(100)) - ms).toISOString() })).lateAnswer ??
      null;
    for (const ms of [0, 5_999, -1_000]) assert.equal(askedAt(ms), null, String(ms));
    for (const ms of [6_000, -1_001])
      assert.deepEqual(askedAt(ms), {
        words: JSON.stringify(['retry', 'ana', 'looked it up', null]),
        since: at(2),
        at: at(100),
      });
    assert.equal(then(held, 100, answer('retry')).lateAnswer, undefined);
  });
});

describe('a run that was stopped', () => {
  it('asks for it, keeps everything, and asks once', () => {
    const stopped = then(sending, 6, happen.stopped);
    assert.deepEqual(stopped, {
      ...sending,
      attentions: { workflow_stopped: at(6) },
      timeline: [...sending.timeline, { at: at(6), event: 'attention', reason: 'workflow_stopped' }],
      revision: sending.revision + 1,
    });
    assert.equal(then(stopped, 7, happen.stopped), stopped);
    const settling = then(then(sending, 6, happen.cancelRefused), 7, happen.stopped);
    const carriedOn = then(settling, 8, answer('retry'));
    assert.deepEqual([carriedOn.cancel, attentions(carriedOn)], [settling.cancel, []], 'nothing was under way');
  });

  it('whose SMS waited for its next try has none under way', () => {
    const wanted = then(then(newOrder(), 1, happen.createStarted), 2, happen.created);
    const waits = then(wanted, 3, happen.smsNotSent);
    assert.deepEqual(then(then(waits, 4, happen.stopped), 5, answer('retry')).sms, waits.sms);
    const without = then(then(waiting, 4, happen.stopped), 5, answer('retry'));
    assert.deepEqual(without.sms, waiting.sms);
  });

  it('is carried on by a webhook as well', () => {
    const order = then(then(waiting, 4, happen.stopped), 5, happen.confirm);
    assert.deepEqual([order.status, attentions(order)], ['confirmed', []]);
  });
});

describe('a run after a reset', () => {
  const recovered = (here: Order, past: Order | null, seconds = 50) =>
    then(here, seconds, { type: 'recovered', recovery: { run: 'r1', order: past } });

  it('adds what it heard itself, once, under the names it came by', () => {
    const past = then(waiting, 10, happen.noted);
    const here = then(then(waiting, 20, happen.unknownEvent), 21, happen.confirm);
    const order = recovered(here, past);
    assert.deepEqual(order.seen, ['order/account_in_debt n1', 'order/teleported u1', 'order/confirmed c1']);
    assert.deepEqual([order.status, order.attentions], ['confirmed', { unrecognised_event: at(21 - 1) }]);
    assert.deepEqual(
      gained(past, order).map((entry) => ('name' in entry ? `${entry.event} ${entry.name}` : entry.event)),
      ['webhook_noted order/teleported', 'webhook_noted order/confirmed', 'confirmed', 'attention'],
    );
    assert.deepEqual(gained(past, recovered(past, past)), []);
  });

  it('takes a cancel that was asked for meanwhile, and none that was known', () => {
    const order = recovered(asked, waiting);
    assert.deepEqual(
      [order.status, order.cancel?.phase, gained(waiting, order)],
      ['cancelling', 'due', [{ at: at(50), event: 'cancel_requested' }]],
    );
    const confirmed = then(asked, 6, happen.confirm);
    assert.deepEqual([recovered(asked, confirmed).status, recovered(asked, confirmed).cancel], ['confirmed', null]);
    const atDeadline = timeIs(waiting, 100_000);
    assert.deepEqual(recovered(atDeadline, waiting).cancel, null, 'the deadline comes again');
  });

  it('knows the higher revision, and whose knowledge it has', () => {
    const order = recovered({ ...waiting, revision: 40 }, waiting);
    assert.deepEqual([order.revision, order.tookOverFrom], [40, 'r1']);
    assert.equal(recovered(newOrder(), waiting).revision, waiting.revision + 2);
    const nobodyKnows = recovered(waiting, null);
    assert.deepEqual(nobodyKnows, { ...waiting, tookOverFrom: 'r1' });
  });
});

describe('the timeline', () => {
  it('keeps the newest hundred entries, and the keys of two hundred webhooks', () => {
    let order = waiting;
    for (let number = 0; number < 250; number += 1)
      order = then(order, 10 + number, {
        type: 'webhook',
        webhook: { event: `n${number}`, event_id: 'e', kind: 'note' },
      });
    assert.deepEqual([order.timeline.length, order.seen.length], [100, 200]);
    assert.deepEqual(
      [order.timeline.at(-1), order.seen.at(-1)],
      [{ at: at(259), event: 'webhook_noted', name: 'n249' }, 'n249 e'],
    );
    assert.deepEqual(
      [order.timeline[0], order.seen[0]],
      [{ at: at(160), event: 'webhook_noted', name: 'n150' }, 'n50 e'],
    );
  });

  it('does not change the order that something happens to', () => {
    const before = JSON.stringify(sending);
    for (const event of [happen.cancelDone, happen.confirm, happen.stopped, happen.time]) then(sending, 200_000, event);
    assert.equal(JSON.stringify(sending), before);
    assert.equal(then(cancelling(), 50, happen.createStarted).create.phase, 'sending');
    assert.equal(after(awaiting(), { type: 'started', step: 'send_sms' }).status, 'awaiting_customer');
  });
});

describe('what must not follow', () => {
  const shut = evolve(waiting, { type: 'time', at: at(100_000), wayIn: 'closed' });

  it('from the start of another step, or of none that is wanted', () => {
    assert.deepEqual([sending.create, sending.sms], [asked.create, asked.sms]);
    assert.equal(then(waiting, 5, happen.cancelStarted), waiting);
    const creating = then(then(newOrder(), 1, happen.cancelRequested), 2, happen.createStarted);
    assert.deepEqual([creating.cancel?.phase, creating.create.phase], ['due', 'sending']);
  });

  it('from time, where the order does not wait for its customer', () => {
    assert.equal(timeIs(sending, 100_000), sending);
    const confirmed = then(waiting, 5, happen.confirm);
    assert.equal(timeIs(confirmed, 100_000), confirmed);
    assert.equal(timeIs(newOrder(), 100_000).status, 'creating');
  });

  it('from a cancel that is asked for while a create is under way, or waits', () => {
    const started = then(newOrder(), 1, happen.createStarted);
    assert.deepEqual(then(started, 2, happen.cancelRequested).create, started.create);
    const waits = then(started, 2, happen.createNotSent);
    assert.deepEqual(then(waits, 2.5, happen.cancelRequested).create, { ...waits.create, phase: 'due', retryAt: null });
    const recreates = then(newOrder({ onCreateOutcomeUnknown: 'recreate' }), 1, happen.createStarted);
    const lost = then(then(recreates, 2, happen.cancelRequested), 3, happen.createUnknown);
    assert.deepEqual([attentions(lost), lost.create.doubt], [['create_outcome_unknown'], false]);
    assert.equal(heldCreateIsAnswered(then(held, 3, happen.confirm)), false);
  });

  it('from webhooks that can come in, or could not, once that is over', () => {
    assert.equal(then(waiting, 5, { type: 'webhooks_reachable' }), waiting);
    assert.deepEqual(shut.sms, { ...waiting.sms, queue: [], tries: 0, repeated: false, retryAt: null });
    assert.equal(then(shut, 100_001, happen.confirm).webhooksShutOut, undefined);
  });

  it('from the end, for what crossed before it', () => {
    const crossed = then(then(waiting, 4, happen.confirm), 5, happen.cancelEvent);
    const cancelled = then(then(crossed, 6, happen.cancelRequested), 7, happen.cancelStarted);
    const end = then(cancelled, 8, { type: 'cancel_ended', result: { outcome: 'withdrawn', mayHaveArrived: false } });
    assert.deepEqual([end.status, end.attentions], ['cancelled', { confirm_cancel_crossed: at(5) }]);
    const carriedOn = then(then(then(sending, 6, happen.confirm), 7, happen.stopped), 8, happen.cancelEvent);
    assert.deepEqual([carriedOn.status, attentions(carriedOn)], ['cancelling', ['confirm_cancel_crossed']]);
  });

  it('from any final status without a question', () => {
    const expired = then(then(timeIs(waiting, 100_000), 100_001, happen.cancelStarted), 100_002, happen.cancelDone);
    const requested = then(then(then(waiting, 4, happen.confirm), 5, happen.cancelRequested), 6, happen.cancelDone);
    assert.deepEqual([expired.status, requested.status], ['expired', 'cancellation_requested']);
    assert.deepEqual([decide(expired), decide(requested)], [{ do: 'close' }, { do: 'close' }]);
  });

  it('from a number that is typed again, or for which no SMS is left', () => {
    const typed = then(then(newOrder({ smsLimit: 1 }), 1, happen.createStarted), 2, happen.createUnknown);
    const attached = then(typed, 3, answer('attach', { sequra_order_id: '77' }));
    const full = then(attached, 4, happen.smsUnknown);
    assert.deepEqual(then(full, 5, answer('attach', { sequra_order_id: '78' })).sms, full.sms);
    const lost: NewOrderEvent = { type: 'cancel_ended', result: { outcome: 'refused', mayHaveArrived: true } };
    const settling = then(then(then(attached, 5, happen.cancelRequested), 6, happen.cancelStarted), 7, lost);
    const refused = timeIs(settling, 1_000);
    const same = then(refused, 1_001, answer('attach', { sequra_order_id: '77' }));
    assert.deepEqual(same.cancel, { ...refused.cancel, phase: 'due' });
  });

  it('from a late answer to nothing, or from an SMS that went out', () => {
    const late = then(waiting, 100, answer('dismiss', { asked_at: at(10) }));
    assert.deepEqual([late.lateAnswer?.since, late.lateAnswer?.at], [null, at(100)]);
    const failed = then(then(then(newOrder(), 1, happen.createStarted), 2, happen.created), 3, happen.smsRefused);
    const sent = then(then(failed, 4, { type: 'sms_requested', requestId: 'a' }), 5, happen.smsSent);
    assert.deepEqual([attentions(sent), sent.sms.sent], [[], 1]);
  });

  it('from what a run heard since its reset, but what it says', () => {
    const recovered = then(then(waiting, 4, happen.cancelEvent), 5, {
      type: 'recovered',
      recovery: { run: 'r', order: waiting },
    });
    assert.deepEqual([recovered.status, recovered.heard], ['cancelled', { confirmedAt: null, cancelledAt: at(5) }]);
    assert.equal(isSameAgain(waiting, happen.noted.webhook), false);
    assert.equal(isSameAgain(waiting, happen.confirm.webhook), false);
    const crossed = then(then(sending, 6, happen.cancelDone), 7, happen.confirm);
    assert.deepEqual(
      [isSameAgain(crossed, happen.cancelEvent.webhook), isSameAgain(crossed, happen.noted.webhook)],
      [true, false],
    );
    assert.equal(isSameAgain(then(crossed, 8, happen.cancelEvent), happen.cancelEvent.webhook), false);
  });
});
