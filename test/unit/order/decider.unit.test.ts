// The rules of the lifecycle as sequences of events (shared vocabulary: src/order).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cancelStillWanted, decide } from '../../../src/order/decide.ts';
import { evolve } from '../../../src/order/evolve.ts';
import type { NewOrderEvent } from '../../../src/order/events.ts';
import type { Resolution } from '../../../src/order/resolution.ts';
import type { WayIn } from '../../../src/order/activity-results.ts';
import { heldCreateIsAnswered } from '../../../src/order/on-create.ts';
import { isSameAgain } from '../../../src/order/on-webhook.ts';
import type { Order } from '../../../src/order/order.ts';
import { openAttention } from '../../../src/order/order.ts';
import {
  allowedActions,
  isResolvedBefore,
  refuseCancel,
  refuseResolution,
  refuseSms,
} from '../../../src/order/refusal.ts';
import { ATTENTIONS, RESOLVE_ACTIONS } from '../../../src/order/status.ts';
import type { ResolveAction } from '../../../src/order/status.ts';
import { orderView } from '../../../src/order/view.ts';
import { after, at, awaiting, cancelling, happen, newOrder, timeIs } from '../../support/orders.ts';

const events = (order: Order) => order.timeline.map(({ event }) => event);
const attention = (order: Order) => openAttention(order)?.reason ?? null;
const resolve = (order: Order, action: ResolveAction, sequraOrderId?: string) => {
  const resolution = {
    action,
    operator: 'ana',
    note: 'looked it up',
    ...(sequraOrderId === undefined ? {} : { sequra_order_id: sequraOrderId }),
  };
  assert.equal(refuseResolution(order, resolution, at(0)), null);
  return after(order, { type: 'resolved', resolution });
};

describe('creating', () => {
  it('creates, sends one SMS and waits until the deadline, which counts from the creation', () => {
    const order = newOrder({ confirmWithinSeconds: 60 });
    assert.deepEqual(decide(order), { do: 'create' });
    const created = after(order, happen.createStarted, happen.created);
    assert.equal(created.status, 'awaiting_customer');
    assert.equal(created.confirmBy, at(62));
    assert.deepEqual(decide(created), { do: 'send_sms', requestId: 'first' });
    const sent = after(created, happen.smsSent);
    assert.deepEqual(decide(sent), { do: 'await_customer', until: at(62) });
    assert.deepEqual(events(sent), ['accepted', 'created', 'sms_sent']);
  });

  it('tries again only what surely was not sent: 1 s doubling to 10 s, within its window', () => {
    let order = newOrder({ createRetrySeconds: 30 });
    const delays: number[] = [];
    for (let now = 0; order.status === 'creating';) {
      order = evolve(order, { type: 'started', step: 'create', at: at(now) });
      order = evolve(order, { ...happen.createNotSent, at: at(now) });
      const step = decide(order);
      if (step.do !== 'await_retry') break;
      const next = (Date.parse(step.until ?? '') - Date.parse(at(0))) / 1000;
      delays.push(next - now);
      now = next;
      order = timeIs(order, now);
      assert.deepEqual(decide(order), { do: 'create' });
    }
    assert.deepEqual(delays, [1, 2, 4, 8, 10]);
    assert.equal(order.status, 'failed');
    assert.equal(order.failure?.code, 'unreachable');
    assert.deepEqual(decide(order), { do: 'close' });
  });

  it('waits as long as Retry-After says, unless that is beyond the window', () => {
    const limited = (retryAfterMs: number) =>
      after(newOrder(), happen.createStarted, {
        type: 'create_ended',
        result: {
          outcome: 'not_sent',
          failure: { code: 'rate_limited', http_status: 429, errors: [] },
          retryAfterMs,
        },
      });
    assert.deepEqual(decide(limited(120_000)), { do: 'await_retry', until: at(122) });
    assert.equal(limited(10 ** 12).status, 'failed');
    assert.equal(limited(10 ** 12).failure?.code, 'rate_limited');
  });

  it('never creates again after an unknown outcome, until an operator says so', () => {
    const held = after(newOrder(), happen.createStarted, happen.createUnknown);
    assert.equal(held.status, 'creating');
    assert.equal(attention(held), 'create_outcome_unknown');
    assert.deepEqual(decide(held), { do: 'await_operator', until: null });
    assert.deepEqual(decide(resolve(held, 'retry')), { do: 'create' });
    const attached = resolve(held, 'attach', '99');
    assert.equal(attached.sequraOrderId, '99');
    assert.deepEqual(decide(attached), { do: 'send_sms', requestId: 'first' });
    assert.equal(resolve(held, 'give_up').failure?.code, 'given_up');
  });

  it('recreates once where the merchant says so, and holds after a second doubt of any kind', () => {
    const order = after(newOrder({ onCreateOutcomeUnknown: 'recreate' }), happen.createStarted, happen.createUnknown);
    assert.deepEqual(decide(order), { do: 'create' });
    assert.ok(events(order).includes('recreated'));
    for (const second of [happen.createUnknown, happen.createRefused]) {
      assert.equal(attention(after(order, happen.createStarted, second)), 'create_outcome_unknown');
    }
    assert.equal(after(order, happen.createStarted, happen.created).status, 'awaiting_customer');
  });

  it('ends as failed where seQura refuses', () => {
    const order = after(newOrder(), happen.createStarted, happen.createRefused);
    assert.equal(order.status, 'failed');
    assert.deepEqual(decide(order), { do: 'close' });
  });

  it('takes a confirmation that comes before the create’s answer, whatever that answer is', () => {
    const confirmed = after(newOrder(), happen.createStarted, happen.confirm);
    assert.equal(confirmed.status, 'creating');
    assert.equal(after(confirmed, happen.created).status, 'confirmed');
    assert.equal(after(confirmed, happen.createUnknown).status, 'confirmed');
    const refused = after(confirmed, happen.createRefused);
    assert.equal(refused.status, 'failed');
    assert.equal(attention(refused), 'confirm_cancel_crossed');
  });

  it('takes a confirmation while held as the answer', () => {
    const order = after(newOrder(), happen.createStarted, happen.createUnknown, happen.confirm);
    assert.equal(order.status, 'confirmed');
    assert.equal(attention(order), null);
  });

  it('remembers a cancel until seQura’s side is known', () => {
    const asked = after(newOrder(), happen.createStarted, happen.cancelRequested);
    assert.equal(asked.status, 'creating');
    assert.deepEqual(decide(after(asked, happen.created)), { do: 'cancel' });
    assert.equal(after(asked, happen.createNotSent).status, 'cancelled');
    assert.equal(after(asked, happen.createRefused).status, 'failed');
    const held = after(asked, happen.createUnknown);
    assert.equal(attention(held), 'create_outcome_unknown');
    assert.deepEqual(decide(resolve(held, 'attach', '1')), { do: 'cancel' });
    assert.equal(resolve(held, 'retry').status, 'cancelled');
  });
});

describe('the SMS', () => {
  it('is tried three times where it surely was not sent, then asks for a human', () => {
    let order = after(newOrder(), happen.createStarted, happen.created);
    for (let tries = 1; tries < 3; tries += 1) {
      order = after(order, happen.smsNotSent);
      assert.equal(decide(order).do, 'await_retry');
      order = timeIs(order, 100 * tries);
      assert.equal(decide(order).do, 'send_sms');
    }
    order = after(order, happen.smsNotSent);
    assert.equal(attention(order), 'sms_not_sent');
    assert.equal(order.sms.sent, 0);
    assert.equal(decide(order).do, 'await_customer');
    assert.equal(decide(resolve(order, 'retry')).do, 'send_sms');
    assert.equal(attention(after(resolve(order, 'retry'), happen.smsSent)), null);
    assert.equal(attention(resolve(order, 'dismiss')), null);
  });

  it('is repeated once after a lost answer, and each that may have arrived counts', () => {
    let order = after(newOrder(), happen.createStarted, happen.created, happen.smsUnknown);
    order = timeIs(order, 100);
    assert.equal(decide(order).do, 'send_sms');
    order = after(order, happen.smsUnknown);
    assert.equal(order.sms.sent, 2);
    assert.equal(attention(order), 'sms_not_sent');
    assert.equal(decide(order).do, 'await_customer');
  });

  it('is never sent beyond the limit, not as a repeat either', () => {
    const order = after(newOrder({ smsLimit: 1 }), happen.createStarted, happen.created, happen.smsUnknown);
    assert.equal(order.sms.sent, 1);
    assert.equal(decide(order).do, 'await_customer');
    assert.equal(refuseSms(order)?.code, 'sms_limit_reached');
    assert.deepEqual(allowedActions(order), ['dismiss']);
  });

  it('is stopped by a confirmation or a cancel between two tries', () => {
    const trying = after(newOrder(), happen.createStarted, happen.created, happen.smsNotSent);
    assert.deepEqual(decide(after(trying, happen.confirm)), { do: 'close' });
    assert.deepEqual(decide(after(trying, happen.cancelRequested)), { do: 'cancel' });
  });

  it('can be asked for only while the order waits for its customer', () => {
    assert.equal(refuseSms(newOrder())?.code, 'sms_not_possible');
    assert.equal(refuseSms(cancelling())?.code, 'sms_not_possible');
    assert.equal(refuseSms(awaiting()), null);
  });
});

describe('the budget of SMS', () => {
  const sent = (counted: string): NewOrderEvent => ({ type: 'sms_ended', result: { outcome: 'sent', counted } });
  const overLimit: NewOrderEvent = { type: 'sms_ended', result: { outcome: 'over_limit' } };
  const asked = (requestId: string): NewOrderEvent => ({ type: 'sms_requested', requestId });
  const created = after(newOrder({ smsLimit: 10 }), happen.createStarted, happen.created);

  it('counts what was or may have been sent, each phone for itself, and forgets the days before', () => {
    const one = after(created, sent('k:a 2026-11-22'));
    assert.deepEqual(one.sms.ofDay, ['k:a 2026-11-22 1']);
    const lost: NewOrderEvent = { type: 'sms_ended', result: { outcome: 'unknown', counted: 'k:a 2026-11-22' } };
    const three = after(one, asked('b'), lost, sent('k:b 2026-11-22'));
    assert.deepEqual(three.sms.ofDay, ['k:a 2026-11-22 1', 'k:a 2026-11-22 2', 'k:b 2026-11-22 1']);
    assert.deepEqual(after(three, asked('c'), sent('k:a 2026-11-23')).sms.ofDay, ['k:a 2026-11-23 1']);
    for (const end of [happen.smsRefused, happen.smsNotSent, overLimit])
      assert.deepEqual(after(one, asked('b'), end).sms.ofDay, one.sms.ofDay);
  });

  it('leaves an SMS unsent, and asks for a human, who may try again', () => {
    const order = after(created, overLimit);
    assert.deepEqual([order.sms.sent, order.sms.lastOutcome, order.sms.queue], [0, null, []]);
    assert.deepEqual([attention(order), order.timeline.at(-2)?.event], ['sms_not_sent', 'sms_failed']);
    assert.equal(decide(resolve(order, 'retry')).do, 'send_sms');
    assert.equal(attention(after(resolve(order, 'retry'), happen.smsSent)), null);
  });

  it('leaves a reminder unsent, and asks nobody', () => {
    const order = after(timeIs(awaiting({ smsReminderAfterSeconds: 60 }), 64), overLimit);
    assert.deepEqual([order.timeline.at(-1)?.event, attention(order)], ['sms_failed', null]);
    assert.deepEqual([decide(order).do, order.sms.sent], ['await_customer', 1]);
  });
});

describe('the reminder', () => {
  const REMIND = { smsReminderAfterSeconds: 3_600 };
  /** Of an SMS that was sent 3 s, and an order that exists since 2 s, after it was accepted. */
  const reminded = (policy = {}) => timeIs(awaiting({ ...REMIND, ...policy }), 3_603);

  it('is one more SMS after a silence, once', () => {
    const waits = awaiting(REMIND);
    assert.deepEqual(decide(waits), { do: 'await_reminder', until: at(3_603) });
    assert.equal(timeIs(waits, 3_602), waits);
    const due = reminded();
    assert.deepEqual(decide(due), { do: 'send_sms', requestId: 'reminder' });
    const sent = after(due, happen.smsSent);
    assert.deepEqual(events(sent).slice(-2), ['sms_sent', 'sms_sent']);
    assert.equal(sent.sms.sent, 2);
    assert.deepEqual(decide(sent), { do: 'await_customer', until: at(86_402) });
    assert.equal(decide(timeIs(sent, 20_000)).do, 'await_customer');
  });

  it('counts from the last SMS that was or may have been sent, whoever asked for it', () => {
    const asked = { type: 'sms_requested', requestId: 'again', at: at(1_000) } as const;
    const again = evolve(awaiting(REMIND), asked);
    assert.equal(decide(again).do, 'send_sms');
    const refused = evolve(again, { ...happen.smsRefused, at: at(1_001) });
    assert.deepEqual(decide(refused), { do: 'await_reminder', until: at(3_603) });
    const unknown = evolve(again, { ...happen.smsUnknown, at: at(1_002) });
    assert.equal(decide(unknown).do, 'await_retry');
    const sent = evolve(timeIs(unknown, 1_003), { ...happen.smsSent, at: at(1_004) });
    assert.equal(decide(sent).do, 'await_customer', 'the limit is reached');
    const more = evolve(evolve(awaiting({ ...REMIND, smsLimit: 9 }), asked), { ...happen.smsSent, at: at(1_001) });
    assert.deepEqual(decide(more), { do: 'await_reminder', until: at(4_601) });
  });

  it('does not come where no SMS was sent, none is wanted, or none is left', () => {
    const refused = after(newOrder(REMIND), happen.createStarted, happen.created, happen.smsRefused);
    for (const order of [refused, awaiting(), awaiting({ ...REMIND, smsLimit: 1 })])
      assert.equal(decide(order).do, 'await_customer');
    assert.equal(decide(after(awaiting(REMIND), happen.confirm)).do, 'close');
    assert.equal(decide(after(awaiting(REMIND), happen.cancelRequested)).do, 'cancel');
  });

  it('never comes in the last hour before the deadline, or the last tenth of the time where that is shorter', () => {
    const within = (smsReminderAfterSeconds: number, confirmWithinSeconds: number) =>
      decide(awaiting({ smsReminderAfterSeconds, confirmWithinSeconds })).do;
    assert.equal(within(86_400 - 3_602, 86_400), 'await_reminder');
    assert.equal(within(86_400 - 3_601, 86_400), 'await_customer');
    assert.equal(within(88, 100), 'await_reminder');
    assert.equal(within(89, 100), 'await_customer');
  });

  it('is left out where its time is noticed too late, and the order goes on to its deadline', () => {
    const late = timeIs(awaiting(REMIND), 86_402 - 3_600);
    assert.deepEqual(decide(late), { do: 'await_customer', until: at(86_402) });
    assert.equal(timeIs(awaiting(REMIND), 86_402).status, 'cancelling');
    assert.deepEqual(decide(timeIs(awaiting(REMIND), 86_402 - 3_601)), { do: 'send_sms', requestId: 'reminder' });
  });

  it('is tried again as any SMS is, and dropped where that would be too late', () => {
    const tried = after(reminded(), happen.smsNotSent);
    assert.equal(decide(tried).do, 'await_retry');
    assert.equal(decide(timeIs(tried, 3_700)).do, 'send_sms');
    const late = timeIs(tried, 86_402 - 3_600);
    assert.deepEqual(decide(late), { do: 'await_customer', until: at(86_402) });
    assert.equal(attention(late), null);
    let order = tried;
    for (const seconds of [3_700, 3_800]) order = after(timeIs(order, seconds), happen.smsNotSent);
    assert.equal(attention(order), 'sms_not_sent');
    assert.equal(decide(order).do, 'await_customer');
  });

  it('that was under way in a stopped run counts as one that may have been sent', () => {
    const carriedOn = after(reminded(), happen.stopped, happen.time);
    assert.equal(carriedOn.sms.sent, 2);
    assert.equal(carriedOn.sms.reminded, true);
  });
});

describe('an SMS that an operator asks for by name', () => {
  const wanted = { type: 'sms_requested', requestId: 'r', by: { operator: 'ana', note: 'new phone' } } as const;

  it('stands in the timeline, where the order takes it', () => {
    const asked = after(awaiting(), wanted);
    const { at, ...entry } = asked.timeline.at(-1) ?? {};
    assert.deepEqual([typeof at, entry], ['string', { event: 'sms_requested', ...wanted.by }]);
    assert.deepEqual(decide(asked), { do: 'send_sms', requestId: 'r' });
    const unable = cancelling();
    assert.equal(after(unable, wanted), unable);
  });
});

describe('the deadline and cancels', () => {
  it('cancels first and only then says expired', () => {
    const order = timeIs(awaiting({ confirmWithinSeconds: 60 }), 100);
    assert.equal(order.status, 'cancelling');
    assert.deepEqual(decide(order), { do: 'cancel' });
    assert.equal(after(order, happen.cancelStarted, happen.cancelDone).status, 'expired');
  });

  it('does nothing before its time', () => {
    const order = awaiting({ confirmWithinSeconds: 60 });
    assert.equal(timeIs(order, 59), order);
  });

  it('ends as cancelled on request, and as cancellation_requested where it was confirmed', () => {
    assert.equal(after(cancelling(), happen.cancelStarted, happen.cancelDone).status, 'cancelled');
    const confirmed = after(awaiting(), happen.confirm);
    const asked = after(confirmed, happen.cancelRequested);
    assert.equal(asked.status, 'cancelling');
    const requested = after(asked, happen.cancelStarted, happen.cancelDone);
    assert.equal(requested.status, 'cancellation_requested');
    assert.equal(after(requested, happen.cancelEvent).status, 'cancelled');
  });

  it('names the operator who asks for it, also where it is under way already', () => {
    const by = { operator: 'ana', note: 'unwanted' };
    const asked = after(awaiting(), { type: 'cancel_requested', by });
    const noted = (order: Order) => order.timeline.filter(({ event }) => event === 'cancel_requested');
    assert.deepEqual(noted(asked), [{ at: noted(asked)[0]?.at, event: 'cancel_requested', ...by }]);
    assert.equal(asked.status, 'cancelling');
    const again = after(asked, { type: 'cancel_requested', by: { ...by, operator: 'eva' } }, happen.cancelRequested);
    assert.deepEqual(
      noted(again).map((entry) => ('operator' in entry ? entry.operator : null)),
      ['ana', 'eva'],
    );
    assert.deepEqual(again.cancel, asked.cancel);
  });

  it('while the create waits for its next try has the activity say that nothing was sent, and ends', () => {
    const asked = after(newOrder(), happen.createStarted, happen.createNotSent, happen.cancelRequested);
    assert.equal(asked.status, 'creating');
    assert.deepEqual(decide(asked), { do: 'create' });
    assert.equal(after(asked, happen.createStarted, happen.createNotSent).status, 'cancelled');
    assert.equal(attention(after(asked, happen.createStarted, happen.createUnknown)), 'create_outcome_unknown');
  });

  it('that joins the deadline’s is noted, so that it is known where a reset delivers it again', () => {
    const order = timeIs(awaiting({ confirmWithinSeconds: 60 }), 100);
    const joined = after(order, happen.cancelRequested, happen.cancelRequested);
    assert.deepEqual([joined.cancel, joined.revision], [order.cancel, order.revision + 1]);
    assert.equal(events(joined).filter((event) => event === 'cancel_requested').length, 1);
    assert.equal(after(order, { ...happen.cancelRequested, oldRule: true }), order);
    const confirmed = after(joined, happen.confirm);
    const redelivered = after(awaiting({ confirmWithinSeconds: 60 }), happen.confirm, happen.cancelRequested);
    const recovered = after(redelivered, { type: 'recovered', recovery: { run: 'r', order: confirmed } });
    assert.deepEqual([recovered.status, recovered.cancel], ['confirmed', null]);
  });

  it('joins a cancel that is under way', () => {
    const order = cancelling();
    assert.equal(after(order, happen.cancelRequested), order);
  });

  it('is refused where the order has ended otherwise', () => {
    for (const order of [
      after(cancelling(), happen.cancelDone),
      after(newOrder(), happen.createStarted, happen.createRefused),
    ]) {
      assert.equal(refuseCancel(order)?.code, 'not_cancellable');
      assert.equal(after(order, happen.cancelRequested), order);
    }
  });

  it('is stopped by a confirmation that comes before it was sent', () => {
    assert.equal(after(cancelling(), happen.confirm).status, 'confirmed');
    const sending = after(cancelling(), happen.cancelStarted, happen.confirm);
    assert.equal(sending.status, 'cancelling');
    assert.equal(cancelStillWanted(sending), false);
    const withdrawn = (mayHaveArrived: boolean) =>
      after(sending, { type: 'cancel_ended', result: { outcome: 'withdrawn', mayHaveArrived } });
    assert.equal(withdrawn(false).status, 'confirmed');
    assert.equal(withdrawn(true).status, 'cancelling');
    assert.equal(attention(withdrawn(true)), 'confirm_cancel_crossed');
  });

  it('asks an operator where a confirmation crossed it in flight', () => {
    const crossed = after(cancelling(), happen.cancelStarted, happen.confirm, happen.cancelDone);
    assert.equal(crossed.status, 'cancelling');
    assert.equal(attention(crossed), 'confirm_cancel_crossed');
    assert.deepEqual(decide(crossed), { do: 'await_operator', until: null });
    assert.equal(resolve(crossed, 'mark_confirmed').status, 'confirmed');
    assert.equal(resolve(crossed, 'mark_cancelled').status, 'cancelled');
    assert.deepEqual(decide(resolve(crossed, 'mark_cancelled')), { do: 'close' });
  });

  it('waits for a confirmation that explains a refusal, then asks an operator', () => {
    const refused = after(cancelling({ settleSeconds: 10 }), happen.cancelStarted, happen.cancelRefused);
    assert.equal(decide(refused).do, 'await_confirmation');
    assert.equal(after(refused, happen.confirm).status, 'confirmed');
    const settled = timeIs(refused, 100);
    assert.equal(attention(settled), 'cancel_refused');
    assert.equal(after(settled, happen.confirm).status, 'confirmed');
    assert.equal(attention(after(settled, happen.confirm)), null);
    const again = resolve(settled, 'retry');
    assert.deepEqual(decide(again), { do: 'cancel' });
    assert.equal(attention(after(again, happen.cancelStarted, happen.cancelRefused)), 'cancel_refused');
  });

  it('says so while a cancel stays unanswered for too long', () => {
    const overdue = after(cancelling(), happen.cancelStarted, { type: 'cancel_overdue' });
    assert.equal(attention(overdue), 'cancel_overdue');
    assert.deepEqual(decide(overdue), { do: 'cancel' });
    assert.deepEqual(decide(after(overdue, happen.cancelDone)), { do: 'close' });
  });

  it('needs an operator where the order was confirmed without our knowing its id', () => {
    const confirmed = after(newOrder(), happen.createStarted, happen.createUnknown, happen.confirm);
    const asked = after(confirmed, happen.cancelRequested);
    assert.equal(attention(asked), 'create_outcome_unknown');
    assert.deepEqual(allowedActions(asked), ['attach']);
    assert.deepEqual(decide(resolve(asked, 'attach', '7')), { do: 'cancel' });
  });
});

describe('webhooks', () => {
  it('confirm an order once, however often they come', () => {
    const confirmed = after(awaiting(), happen.confirm);
    assert.equal(confirmed.status, 'confirmed');
    assert.equal(after(confirmed, happen.confirm, happen.confirm), confirmed);
    const other = { type: 'webhook', webhook: { event: 'approved', event_id: 'c2', kind: 'confirm' } } as const;
    assert.equal(after(confirmed, other), confirmed);
  });

  it('are noted as duplicates while the order is open', () => {
    const order = after(awaiting(), happen.noted, happen.noted);
    assert.deepEqual(events(order).slice(-2), ['webhook_noted', 'webhook_duplicate']);
  });

  it('tell events without an id apart by name', () => {
    const noted = (event: string) => ({ type: 'webhook', webhook: { event, kind: 'note' } }) as const;
    const order = after(awaiting(), noted('a'), noted('a'), noted('b'));
    assert.deepEqual(events(order).slice(-3), ['webhook_noted', 'webhook_duplicate', 'webhook_noted']);
  });

  it('cancel an open order', () => {
    assert.equal(after(awaiting(), happen.cancelEvent).status, 'cancelled');
    assert.equal(after(newOrder(), happen.createStarted, happen.cancelEvent, happen.created).status, 'cancelled');
  });

  it('that contradict the end ask an operator, and leave the status as it is', () => {
    const expired = after(timeIs(awaiting({ confirmWithinSeconds: 60 }), 100), happen.cancelStarted, happen.cancelDone);
    const late = after(expired, happen.confirm);
    assert.equal(late.status, 'expired');
    assert.equal(attention(late), 'confirm_cancel_crossed');
    assert.equal(late.closedAt, expired.closedAt);
    const against = after(awaiting(), happen.confirm, happen.cancelEvent);
    assert.equal(against.status, 'confirmed');
    assert.equal(attention(against), 'confirm_cancel_crossed');
  });

  it('that say what the order has ended as are remembered while it is open: their repeat never reopens it', () => {
    const crossed = after(awaiting(), happen.cancelRequested, happen.cancelStarted, happen.cancelDone, happen.confirm);
    const said = after(crossed, happen.cancelEvent);
    assert.deepEqual(
      [said.status, attention(said), events(said).at(-1)],
      ['cancelled', 'confirm_cancel_crossed', 'webhook_duplicate'],
    );
    const marked = resolve(said, 'mark_confirmed');
    assert.equal(after(marked, happen.cancelEvent), marked);
    // Another event is news.
    const other = { type: 'webhook', webhook: { ...happen.cancelEvent.webhook, event_id: 'x2' } } as const;
    assert.equal(attention(after(marked, other)), 'confirm_cancel_crossed');
  });

  it('that say so in a run of before that rule are not', () => {
    const crossed = after(awaiting(), happen.cancelRequested, happen.cancelStarted, happen.cancelDone, happen.confirm);
    assert.equal(isSameAgain(crossed, happen.cancelEvent.webhook), true);
    const said = after(crossed, { ...happen.cancelEvent, oldRule: true });
    assert.deepEqual([said.seen, events(said).at(-1)], [crossed.seen, 'webhook_duplicate']);
  });

  it('make no difference to a closed order that says the same', () => {
    const closed = after(cancelling(), happen.cancelStarted, happen.cancelDone);
    assert.equal(after(closed, happen.cancelEvent), closed);
    assert.equal(isSameAgain(closed, happen.cancelEvent.webhook), false);
  });

  it('with a name that no rule knows ask an operator and do not stop the order', () => {
    const order = after(awaiting(), happen.unknownEvent);
    assert.equal(attention(order), 'unrecognised_event');
    assert.equal(decide(order).do, 'await_customer');
    const confirmed = after(order, happen.confirm);
    assert.equal(confirmed.status, 'confirmed');
    assert.deepEqual(decide(confirmed), { do: 'await_operator', until: null });
    assert.deepEqual(decide(resolve(confirmed, 'dismiss')), { do: 'close' });
  });

  it('without a kind, as an operator types them, mean what their name says', () => {
    const typed = (event: string) => after(awaiting(), { type: 'webhook', webhook: { event } });
    assert.equal(typed('order/approved').status, 'confirmed');
    assert.equal(typed('cancelled').status, 'cancelled');
    assert.equal(attention(typed('needs_card')), 'unrecognised_event');
  });
});

describe('a stopped workflow', () => {
  it('asks for a human, and does nothing until it is carried on', () => {
    const stopped = after(awaiting(), happen.stopped);
    assert.equal(attention(stopped), 'workflow_stopped');
    assert.deepEqual(decide(stopped), { do: 'await_operator', until: null });
    assert.equal(decide(resolve(stopped, 'retry')).do, 'await_customer');
    assert.equal(after(stopped, happen.confirm).status, 'confirmed');
  });

  it('that was creating never creates again by itself', () => {
    const stopped = after(newOrder(), happen.stopped);
    const carried = resolve(stopped, 'retry');
    assert.equal(attention(carried), 'create_outcome_unknown');
    assert.deepEqual(decide(carried), { do: 'await_operator', until: null });
  });

  it('that was cancelling takes its cancel for one that may have arrived', () => {
    const carried = resolve(after(cancelling(), happen.stopped), 'retry');
    assert.equal(carried.cancel?.mayHaveArrived, true);
    assert.equal(attention(after(carried, happen.confirm)), 'confirm_cancel_crossed');
  });
});

describe('a stopped workflow with an SMS under way', () => {
  it('counts it as one that may have been sent, and repeats it within the limit', () => {
    const stopped = after(newOrder({ smsLimit: 2 }), happen.createStarted, happen.created, happen.stopped);
    const carriedOn = after(stopped, happen.time);
    assert.deepEqual(
      [carriedOn.sms.sent, carriedOn.sms.lastOutcome, decide(carriedOn).do],
      [1, 'unknown', 'await_retry'],
    );
  });

  it('does not repeat it where it was the last one allowed, nor takes another', () => {
    const stopped = after(newOrder({ smsLimit: 1 }), happen.createStarted, happen.created, happen.stopped);
    const asked = after(stopped, { type: 'sms_requested', requestId: 'asked' });
    assert.deepEqual([asked.sms.sent, asked.sms.queue, attention(asked)], [1, [], 'sms_not_sent']);
  });
});

describe('a run made by a reset', () => {
  const recovered = (order: Order, past: Order | null) =>
    after(order, { type: 'recovered', recovery: { run: 'r1', order: past } });

  it('goes on from what the run before it knew, with a higher revision', () => {
    const past = after(awaiting({ smsLimit: 3 }), happen.noted);
    const order = recovered(newOrder({ smsLimit: 3 }), past);
    const { revision, tookOverFrom, ...rest } = order;
    const { revision: before, ...known } = past;
    assert.deepEqual([tookOverFrom, rest], ['r1', known]);
    assert.ok(revision > before + 1, 'also than what the API showed where that run was stopped first');
  });

  it('creates nothing where nobody can tell what the run before it created', () => {
    for (const past of [null, newOrder(), after(newOrder(), happen.createStarted)]) {
      const order = recovered(after(newOrder(), happen.createStarted), past);
      assert.deepEqual([attention(order), decide(order).do], ['create_outcome_unknown', 'await_operator']);
    }
  });

  it('creates nothing by an answer that a reset delivers again: it asks again', () => {
    const held = after(newOrder(), happen.createStarted, happen.createUnknown);
    const answered = resolve(held, 'retry');
    const order = recovered(after(resolve(held, 'retry'), happen.createStarted), after(answered, happen.createStarted));
    assert.deepEqual([attention(order), decide(order).do], ['create_outcome_unknown', 'await_operator']);
    assert.deepEqual(decide(resolve(order, 'retry')), { do: 'create' });
  });

  it('cancels nothing by a command that a reset delivers again', () => {
    const explained = after(
      cancelling({ settleSeconds: 60 }),
      happen.cancelStarted,
      happen.cancelRefused,
      happen.confirm,
    );
    assert.equal(explained.status, 'confirmed');
    assert.equal(recovered(after(awaiting(), happen.confirm, happen.cancelRequested), explained).status, 'confirmed');
  });

  it('adds what it heard before it was told', () => {
    const past = awaiting();
    assert.equal(recovered(after(newOrder(), happen.confirm), past).status, 'confirmed');
    assert.equal(recovered(after(newOrder(), happen.cancelRequested), past).status, 'cancelling');
    assert.equal(attention(recovered(after(newOrder(), happen.unknownEvent), past)), 'unrecognised_event');
    const late = recovered(
      after(newOrder(), happen.confirm),
      after(cancelling(), happen.cancelStarted, happen.cancelDone),
    );
    assert.deepEqual([late.status, attention(late)], ['cancelled', 'confirm_cancel_crossed']);
    const again = after(past, happen.noted);
    assert.deepEqual(events(recovered(after(newOrder(), happen.noted), again)), events(again), 'once');
  });

  it('leaves a sale alone that a cancel was asked for in ignorance of', () => {
    const confirmed = after(awaiting(), happen.confirm);
    const here = cancelling();
    const recovered = after(here, { type: 'recovered', recovery: { run: 'r', order: confirmed } });
    assert.deepEqual([recovered.status, decide(recovered)], ['confirmed', { do: 'close' }]);
    assert.deepEqual(events(recovered), [...events(confirmed), 'cancel_requested']);
    const byOldRule = after(here, { type: 'recovered', recovery: { run: 'r', order: confirmed }, oldRule: true });
    assert.deepEqual([byOldRule.status, byOldRule.cancel?.ofConfirmed], ['cancelling', true]);
  });

  it('cancels a sale that it knew of when it was asked to', () => {
    const here = after(awaiting(), happen.confirm, happen.cancelRequested);
    const recovered = after(here, { type: 'recovered', recovery: { run: 'r', order: awaiting() } });
    assert.deepEqual([recovered.status, recovered.cancel?.ofConfirmed], ['cancelling', true]);
  });

  it('changes neither of the two orders that it is made of', () => {
    const [here, past] = [after(newOrder(), happen.noted), cancelling()];
    const texts = [JSON.stringify(here), JSON.stringify(past)];
    after(recovered(here, past), happen.cancelStarted, happen.cancelDone);
    assert.deepEqual([JSON.stringify(here), JSON.stringify(past)], texts);
  });
});

describe('a deadline that passed while nobody was there', () => {
  const late = (order: Order, seconds: number) => evolve(order, { type: 'time', away: true, at: at(seconds) });

  it('gives a confirmation that seQura repeats the settle time, once, and does not move', () => {
    const order = late(awaiting({ confirmWithinSeconds: 60, settleSeconds: 600 }), 5_000);
    assert.deepEqual(decide(order), { do: 'await_customer', until: at(5_600) });
    assert.deepEqual([order.status, order.confirmBy], ['awaiting_customer', at(62)]);
    assert.equal(after(order, happen.confirm).status, 'confirmed');
    assert.equal(timeIs(order, 5_599), order);
    assert.equal(timeIs(order, 5_600).status, 'cancelling');
    assert.equal(late(order, 9_000).status, 'cancelling');
  });
});

describe('a confirmation that was heard while the create was under way', () => {
  const heard = (policy = {}) => after(newOrder(policy), happen.createStarted, happen.confirm);

  it('is what a run that carries on knows of the create', () => {
    const held = resolve(after(heard(), happen.stopped), 'retry');
    assert.ok(heldCreateIsAnswered(held));
    assert.equal(after(held, { type: 'held_create_answered' }).status, 'confirmed');
  });

  it('answers the doubt that a create before the last one left', () => {
    const first = after(newOrder({ onCreateOutcomeUnknown: 'recreate' }), happen.createStarted, happen.createUnknown);
    const held = after(first, happen.createStarted, happen.confirm, happen.createRefused);
    assert.ok(heldCreateIsAnswered(held));
    const told = after(held, { type: 'held_create_answered' });
    assert.deepEqual([told.status, attention(told)], ['confirmed', null]);
  });
});

describe('resolve', () => {
  it('allows exactly what the table of attentions says', () => {
    const held = after(newOrder(), happen.createStarted, happen.createUnknown);
    for (const action of RESOLVE_ACTIONS) {
      const resolution = {
        action,
        operator: 'ana',
        note: 'x',
        ...(action === 'attach' ? { sequra_order_id: '1' } : {}),
      };
      const allowed: readonly ResolveAction[] = ATTENTIONS.create_outcome_unknown.actions;
      assert.equal(refuseResolution(held, resolution, at(9)) === null, allowed.includes(action), action);
      assert.equal(refuseResolution(awaiting(), resolution, at(9))?.code, 'action_not_allowed');
    }
    assert.equal(
      refuseResolution(held, { action: 'attach', operator: 'ana', note: 'x' }, at(9))?.code,
      'action_not_allowed',
    );
  });

  it('answers the most pressing of several attentions, and the next one shows', () => {
    const both = after(newOrder(), happen.createStarted, happen.createUnknown, happen.unknownEvent);
    assert.equal(attention(both), 'create_outcome_unknown');
    const next = resolve(both, 'give_up');
    assert.equal(next.status, 'failed');
    assert.equal(attention(next), 'unrecognised_event');
    assert.deepEqual(decide(resolve(next, 'dismiss')), { do: 'close' });
  });

  it('takes an answer for nothing but the question that it answers', () => {
    const held = after(newOrder(), happen.createStarted, happen.createUnknown);
    const again = after(resolve(held, 'retry'), happen.createStarted, happen.createUnknown);
    const retry = { action: 'retry', operator: 'ana', note: 'x' } as const;
    const answers = openAttention(held) ?? undefined;
    assert.equal(refuseResolution(held, { ...retry, answers }, at(9)), null);
    assert.equal(refuseResolution(again, { ...retry, answers }, at(9))?.code, 'action_not_allowed');
    assert.equal(refuseResolution(again, retry, at(9)), null);
  });

  it('takes the words of an answer that was carried out late for its repeat, and never for a new one', () => {
    const held = after(newOrder(), happen.createStarted, happen.createUnknown);
    const retry = { action: 'retry', operator: 'ana', note: 'x' } as const;
    const asked = (order: Order) => ({ ...retry, answers: openAttention(order) ?? undefined, asked_at: at(101) });
    const carriedOut = (askedAt: string) =>
      evolve(held, { type: 'resolved', resolution: { ...asked(held), asked_at: askedAt }, at: at(100) });
    const again = (order: Order) => after(order, happen.createStarted, happen.createUnknown);
    const code = (order: Order, resolution: Resolution, seconds = 102) =>
      refuseResolution(order, resolution, at(seconds))?.code ?? null;
    const inTime = again(carriedOut(at(99)));
    assert.deepEqual([isResolvedBefore(inTime, asked(inTime), at(102)), code(inTime, asked(inTime))], [false, null]);

    for (const askedAt of [at(90), at(100 + 3600), at(100 - 3600)]) {
      const late = carriedOut(askedAt);
      // However often: to what was asked then, or to nothing at all.
      for (const repeat of [asked(held), asked(late), asked(held)])
        assert.deepEqual([isResolvedBefore(late, repeat, at(102)), code(late, repeat)], [true, null]);
      const asksAnew = again(late);
      assert.equal(isResolvedBefore(asksAnew, asked(held), at(102)), true);
      assert.equal(isResolvedBefore(asksAnew, asked(asksAnew), at(102)), false);
      assert.equal(code(asksAnew, asked(asksAnew)), 'action_not_allowed');
      assert.equal(code(asksAnew, { ...asked(asksAnew), note: 'looked again' }), null);
      assert.equal(code(asksAnew, asked(asksAnew), 100 + 601), null);
      assert.equal(code(asksAnew, retry), null, 'in the UI of Temporal');
    }
  });
});

describe('the revision', () => {
  it('rises by one with every visible change and with nothing else', () => {
    const order = newOrder();
    assert.equal(after(order, happen.createStarted).revision, 1);
    assert.equal(after(order, happen.createStarted, happen.created).revision, 2);
    assert.equal(awaiting().revision, 3);
    assert.equal(timeIs(awaiting(), 5).revision, 3);
  });
});

describe('a deadline while webhooks cannot come in', () => {
  const policy = { confirmWithinSeconds: 60, settleSeconds: 600 };
  const looks = (order: Order, seconds: number, wayIn: WayIn) =>
    evolve(order, { type: 'time', at: at(seconds), wayIn });
  const shut = looks(awaiting(policy), 100, 'closed');

  it('asks a human and waits', () => {
    assert.deepEqual(
      [shut.status, openAttention(shut)?.reason, shut.cancel],
      ['awaiting_customer', 'webhooks_unreachable', null],
    );
    assert.deepEqual(decide(shut), { do: 'await_webhooks', until: null });
    assert.equal(refuseSms(shut)?.code, 'sms_not_possible');
    assert.equal(orderView(shut).sms.can_resend, false);
  });

  it('gives the repeats their time once the way is open, then cancels', () => {
    const open = evolve(shut, { type: 'webhooks_reachable', at: at(200) });
    assert.deepEqual(decide(open), { do: 'await_customer', until: at(800) });
    assert.equal(openAttention(open)?.reason, 'webhooks_unreachable');
    const flapped = looks(open, 800, { openForMs: 400_000 });
    assert.deepEqual(decide(flapped), { do: 'await_customer', until: at(1_000) });
    const again = looks(flapped, 1_000, 'closed');
    assert.deepEqual(decide(again), { do: 'await_webhooks', until: null });
    const end = looks(flapped, 1_000, { openForMs: 600_000 });
    assert.deepEqual([decide(end), end.cancel?.cause, openAttention(end)], [{ do: 'cancel' }, 'deadline', null]);
  });

  it('ends with a confirmation, an asked cancel, or an operator’s answer', () => {
    assert.deepEqual(decide(after(shut, happen.confirm)), { do: 'close' });
    const cancelled = after(shut, happen.cancelRequested);
    assert.deepEqual([decide(cancelled), openAttention(cancelled)], [{ do: 'cancel' }, null]);
    assert.deepEqual(allowedActions(shut), ['dismiss']);
    const dismissed = resolve(shut, 'dismiss');
    assert.deepEqual(
      [decide(dismissed), dismissed.cancel?.cause, openAttention(dismissed)],
      [{ do: 'cancel' }, 'deadline', null],
    );
  });

  it('waits the rest of the settle time where the way opened just before, in silence once', () => {
    const waits = looks(awaiting(policy), 62, { openForMs: 100_000 });
    assert.deepEqual([decide(waits), openAttention(waits)], [{ do: 'await_customer', until: at(562) }, null]);
    const flapped = looks(waits, 562, { openForMs: 500_000 });
    assert.deepEqual(decide(flapped), { do: 'await_customer', until: at(662) });
    assert.equal(openAttention(flapped)?.reason, 'webhooks_unreachable');
    assert.deepEqual(decide(looks(waits, 562, { openForMs: 600_000 })), { do: 'cancel' });
  });

  it('leaves no SMS behind that would be sent later', () => {
    const asked = after(awaiting(policy), { type: 'sms_requested', requestId: 'r' });
    assert.deepEqual(looks(asked, 100, 'closed').sms.queue, []);
  });
});

describe('a number that an operator typed', () => {
  const held = after(newOrder({ smsLimit: 2 }), happen.createStarted, happen.createUnknown);
  const typed = resolve(held, 'attach', '99');

  it('can be put right where seQura refused the SMS, and the link goes out again', () => {
    const refused = after(typed, happen.smsRefused);
    assert.deepEqual(allowedActions(refused), ['attach', 'retry', 'dismiss']);
    const right = resolve(refused, 'attach', '100');
    assert.deepEqual([right.sequraOrderId, decide(right).do, attention(right)], ['100', 'send_sms', null]);
    assert.equal(right.confirmBy, refused.confirmBy);
  });

  it('can be put right where the limit of SMS is reached: the question is asked anew', () => {
    const refused = after(typed, happen.smsUnknown, happen.smsUnknown);
    const right = resolve(refused, 'attach', '100');
    assert.deepEqual([right.sequraOrderId, attention(right)], ['100', 'sms_not_sent']);
    const again = { action: 'attach', operator: 'eve', note: 'x', sequra_order_id: '101' } as const;
    const answers = openAttention(refused) ?? undefined;
    assert.equal(refuseResolution(refused, { ...again, answers }, at(9)), null);
    assert.equal(refuseResolution(right, { ...again, answers }, at(9))?.code, 'action_not_allowed');
  });

  it('can be put right where seQura refused the cancel, which then starts anew', () => {
    const settling = after(typed, happen.smsSent, happen.cancelRequested, happen.cancelStarted, happen.cancelRefused);
    const refused = evolve(settling, { type: 'time', at: settling.cancel?.settleUntil ?? '' });
    assert.deepEqual(allowedActions(refused), ['attach', 'retry', 'mark_confirmed', 'mark_cancelled']);
    const right = resolve(refused, 'attach', '100');
    assert.deepEqual([right.sequraOrderId, decide(right), attention(right)], ['100', { do: 'cancel' }, null]);
    assert.deepEqual([right.cancel?.mayHaveArrived, right.cancel?.settleUntil], [false, null]);
  });

  it('is not asked for where seQura gave the number', () => {
    const refused = after(newOrder(), happen.createStarted, happen.created, happen.smsRefused);
    assert.deepEqual(allowedActions(refused), ['retry', 'dismiss']);
  });
});
