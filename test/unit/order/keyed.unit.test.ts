// What an order remembers of commands that came with an idempotency key.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decide } from '../../../src/order/decide.ts';
import type { NewOrderEvent } from '../../../src/order/events.ts';
import { evolve } from '../../../src/order/evolve.ts';
import { commandOf, isUnderWay, KEPT_MS, MOST_KEPT } from '../../../src/order/keyed.ts';
import type { Order } from '../../../src/order/order.ts';
import { orderView } from '../../../src/order/view.ts';
import { after, at, awaiting, cancelling, happen, newOrder, resolution } from '../../support/orders.ts';

const sms = (key: string): NewOrderEvent => ({ type: 'sms_requested', requestId: key, key });
const cancel = (key: string): NewOrderEvent => ({ type: 'cancel_requested', key });

const smsStarted: NewOrderEvent = { type: 'started', step: 'send_sms' };

/** What came of it; undefined: it is not known. */
function endOf(order: Order, key: string) {
  const known = commandOf(order, key);
  if (known === undefined) return undefined;
  if (isUnderWay(order, known)) return 'under way';
  return known.command === 'resolve' ? 'done' : known.end;
}

describe('an SMS with a key', () => {
  it('is wanted once, however often it is asked for', () => {
    const asked = after(awaiting(), sms('k'));
    assert.deepEqual([asked.sms.queue, endOf(asked, 'k')], [['k'], 'under way']);
    assert.equal(evolve(asked, { ...sms('k'), at: at(900) }), asked);
    const sent = after(asked, happen.smsSent);
    assert.deepEqual([sent.sms.sent, endOf(sent, 'k')], [2, 'sent']);
    assert.equal(evolve(sent, { ...sms('k'), at: at(900) }), sent);
    assert.deepEqual(after(sent, sms('another')).sms.queue, ['another']);
  });

  for (const [end, ...events] of [
    ['refused', happen.smsRefused],
    ['unknown', happen.smsUnknown, happen.smsUnknown],
    ['sent', happen.smsUnknown, happen.time, happen.smsSent],
    ['not_sent', happen.smsNotSent, happen.smsNotSent, happen.smsNotSent],
    ['unknown', happen.smsUnknown, happen.confirm],
    ['unknown', smsStarted, happen.confirm],
    ['unknown', smsStarted, happen.confirm, happen.smsSent],
    ['sent', smsStarted, happen.smsSent],
  ] as const) {
    it(`is remembered as ${end} after ${events.map((event) => JSON.stringify(event)).join()}`, () => {
      const order = after(awaiting({ smsLimit: 5 }), sms('k'), ...events);
      assert.equal(endOf(order, 'k'), end);
      assert.equal(endOf(after(order, happen.noted), 'k'), end);
    });
  }

  it('is forgotten where it came to nothing: it may be asked for again', () => {
    const order = after(awaiting(), sms('k'), happen.confirm);
    assert.equal(endOf(order, 'k'), undefined);
    const late = after(awaiting({ smsLimit: 2 }), sms('k'), sms('beyond the limit'));
    assert.deepEqual([late.sms.queue, endOf(late, 'beyond the limit')], [['k'], undefined]);
  });

  it('may have been sent by a run that was stopped', () => {
    const stopped = after(awaiting({ smsLimit: 2 }), sms('k'), happen.stopped);
    const carried = after(stopped, sms('k'));
    assert.deepEqual([carried.sms.queue, carried.sms.sent, endOf(carried, 'k')], [[], 2, 'unknown']);
  });
});

describe('a cancel with a key', () => {
  it('ends as the order does, and what comes later changes nothing of it', () => {
    const asked = after(awaiting(), cancel('k'), happen.cancelStarted);
    assert.equal(endOf(asked, 'k'), 'under way');
    const cancelled = after(asked, happen.cancelDone);
    assert.equal(endOf(cancelled, 'k'), 'cancelled');
    const late = after(cancelled, happen.confirm, { type: 'resolved', resolution: resolution('mark_confirmed') });
    assert.deepEqual([late.status, endOf(late, 'k')], ['confirmed', 'cancelled']);
  });

  it('that a confirmation overtook cancels no sale when it is repeated', () => {
    const order = after(awaiting(), cancel('k'), happen.cancelStarted, happen.cancelRefused, happen.confirm);
    assert.deepEqual([order.status, endOf(order, 'k')], ['confirmed', 'confirmed']);
    assert.deepEqual(decide(after(order, cancel('k'))), { do: 'close' });
    const meant = after(order, cancel('another'));
    assert.deepEqual(
      [meant.status, endOf(meant, 'k'), endOf(meant, 'another')],
      ['cancelling', 'confirmed', 'under way'],
    );
  });

  it('is open as long as an operator is asked', () => {
    const held = after(newOrder(), happen.createStarted, happen.createUnknown, cancel('k'));
    assert.equal(endOf(held, 'k'), 'under way');
    assert.equal(evolve(held, { ...cancel('k'), at: at(900) }), held);
    assert.equal(endOf(after(held, { type: 'resolved', resolution: resolution('give_up') }), 'k'), 'failed');
  });

  it('is open as long as nobody knows seQura’s number of an order that was confirmed', () => {
    const confirmed = after(newOrder(), happen.createStarted, happen.confirm, happen.createUnknown);
    const asked = after(confirmed, cancel('k'));
    assert.deepEqual([asked.status, endOf(asked, 'k')], ['confirmed', 'under way']);
  });

  it('joins the one that is under way', () => {
    const joined = after(cancelling(), happen.cancelStarted, cancel('k'), happen.cancelDone);
    assert.equal(endOf(joined, 'k'), 'cancelled');
  });
});

it('an answer with a key is given once', () => {
  const held = after(newOrder(), happen.createStarted, happen.createUnknown);
  const answered = after(held, { type: 'resolved', resolution: resolution('retry'), key: 'k' });
  assert.equal(endOf(answered, 'k'), 'done');
  const over = after(answered, happen.createStarted, happen.createRefused);
  assert.deepEqual([over.status, over.keyed], ['failed', answered.keyed]);
  const asksAgain = after(answered, happen.createStarted, happen.createUnknown);
  assert.equal(after(asksAgain, { type: 'resolved', resolution: resolution('retry'), key: 'k' }), asksAgain);
});

it('a reset is followed by all that was remembered', () => {
  const past = after(awaiting(), sms('k'), happen.smsSent);
  const here = after(newOrder(), happen.createStarted);
  const order = after(here, { type: 'recovered', recovery: { run: '1', order: past } });
  assert.deepEqual(order.keyed, past.keyed);
});

it('shows nowhere', () => {
  const order = after(awaiting(), sms('k'), happen.smsSent);
  assert.equal(JSON.stringify(orderView(order)).includes('keyed'), false);
  assert.equal('keyed' in after(awaiting(), happen.cancelRequested), false);
});

describe('what is remembered', () => {
  const asked = (order: Order, key: string, when: string) =>
    evolve(order, { type: 'resolved', resolution: resolution('dismiss'), key, at: when });

  it(`is bounded: the newest ${MOST_KEPT}`, () => {
    let order = awaiting();
    for (let nth = 0; nth <= MOST_KEPT; nth += 1) order = asked(order, `k${nth}`, at(100 + nth));
    assert.deepEqual([order.keyed?.length, endOf(order, 'k0'), endOf(order, 'k1')], [MOST_KEPT, undefined, 'done']);
  });

  it('is forgotten two days later, when something else is remembered', () => {
    const first = asked(awaiting(), 'first', at(100));
    const within = asked(first, 'within', at(100 + KEPT_MS / 1000 - 1));
    assert.equal(endOf(within, 'first'), 'done');
    const beyond = asked(first, 'beyond', at(100 + KEPT_MS / 1000));
    assert.equal(endOf(beyond, 'first'), undefined);
  });
});
