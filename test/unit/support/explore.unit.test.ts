// The explorer finds the bugs that it is there to find: each is planted in a copy of the decider, and told as a life that anybody can read.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OrderEvent } from '../../../src/order/events.ts';
import type { Order } from '../../../src/order/order.ts';
import type { OrderPolicy } from '../../../src/order/request.ts';
import { isFinal } from '../../../src/order/status.ts';
import type { Bounds } from '../../explore/bounds.ts';
import { NOTHING } from '../../explore/bounds.ts';
import type { Decider } from '../../explore/decider.ts';
import { REAL } from '../../explore/decider.ts';
import { explore } from '../../explore/explore.ts';

/** More than any of the bugs needs, and some seconds at most. */
const MOST_STATES = 20_000;

function walk(decider: Decider, bounds: Partial<Bounds>, its: Partial<OrderPolicy> = {}) {
  const policy = { createRetrySeconds: 5, confirmWithinSeconds: 60, settleSeconds: 600, smsLimit: 2, ...its };
  return explore({ name: 'a test', policy, bounds: { ...NOTHING, ...bounds } }, decider, { maxStates: MOST_STATES });
}

/** The decider with another result of `evolve`; null leaves it as it is. */
function evolving(change: (before: Order, event: OrderEvent, after: Order) => Order | null): Decider {
  return {
    ...REAL,
    evolve: (before, event) => {
      const after = REAL.evolve(before, event);
      return change(before, event, after) ?? after;
    },
  };
}

type Bug = { name: string; decider: Decider; bounds: Partial<Bounds>; policy?: Partial<OrderPolicy>; says: RegExp };

const BUGS: Bug[] = [
  {
    name: 'a create whose answer was lost is sent again',
    decider: evolving((_before, event, after) =>
      event.type === 'create_ended' && event.result.outcome === 'unknown'
        ? { ...after, attentions: {}, create: { ...after.create, phase: 'due' } }
        : null,
    ),
    bounds: { lost: 1 },
    says: /create/,
  },
  {
    name: 'the last look before a cancel does not look',
    decider: { ...REAL, cancelStillWanted: ({ cancel }) => cancel !== null },
    bounds: { cancels: 1 },
    says: /I3: a cancel is sent after a confirmation was accepted/,
  },
  {
    name: 'an SMS with a lost answer does not count',
    decider: evolving((before, event, after) =>
      event.type === 'sms_ended' && event.result.outcome === 'unknown'
        ? { ...after, sms: { ...after.sms, sent: before.sms.sent } }
        : null,
    ),
    bounds: { lost: 1 },
    says: /SMS/,
  },
  {
    name: 'the SMS that are still to be sent outlive the order',
    decider: evolving((before, _event, after) =>
      isFinal(after.status) && before.sms.queue.length > 0
        ? { ...after, sms: { ...after.sms, queue: before.sms.queue } }
        : null,
    ),
    bounds: {},
    says: /SMS are wanted while confirmed/,
  },
  {
    name: 'an attention is not cleared',
    decider: evolving((before, event, after) =>
      event.type === 'cancel_ended' && before.attentions.cancel_overdue !== undefined
        ? { ...after, attentions: { ...after.attentions, cancel_overdue: before.attentions.cancel_overdue } }
        : null,
    ),
    bounds: { cancels: 1 },
    says: /overdue/,
  },
  {
    name: 'a webhook that comes again has its effect again',
    decider: { ...REAL, evolve: (order, event) => REAL.evolve({ ...order, seen: [] }, event) },
    bounds: { strays: 2 },
    says: /webhook|another order without a change/,
  },
  {
    name: 'the deadline moves',
    decider: evolving((before, event, after) =>
      event.type === 'webhook' && before.confirmBy !== null ? { ...after, confirmBy: event.at } : null,
    ),
    bounds: { strays: 1 },
    says: /confirm_by has moved/,
  },
  {
    name: 'a run that carries on takes its cancel for one that has not arrived',
    decider: evolving((before, _event, after) =>
      before.attentions.workflow_stopped !== undefined && after.cancel !== null
        ? { ...after, cancel: { ...after.cancel, mayHaveArrived: false } }
        : null,
    ),
    bounds: { cancels: 1, stops: 1, answers: 1 },
    says: /cancel that may have arrived/,
  },
  {
    name: 'the revision does not rise with a note',
    decider: evolving((before, event, after) =>
      event.type === 'webhook' ? { ...after, revision: before.revision } : null,
    ),
    bounds: { strays: 1 },
    says: /the revision rises by 0/,
  },
  {
    name: 'a deadline’s cancel ends as one that was asked for',
    decider: evolving((_before, _event, after) =>
      after.status === 'expired' ? { ...after, status: 'cancelled' } : null,
    ),
    bounds: {},
    says: /expired|cancelled/,
  },
  {
    name: 'a cancel that was answered is sent again',
    decider: evolving((before, event, after) =>
      event.type === 'cancel_ended' && event.result.outcome === 'done'
        ? {
            ...after,
            status: before.status,
            closedAt: null,
            cancel: before.cancel && { ...before.cancel, phase: 'due' },
          }
        : null,
    ),
    bounds: { cancels: 1 },
    says: /./,
  },
  {
    name: 'a confirmation after the end leaves no trace',
    decider: evolving((before, event) => (event.type === 'webhook' && before.status === 'expired' ? before : null)),
    bounds: {},
    says: /I4|leaves no trace/,
  },
  {
    name: 'the deadline goes on after the confirmation',
    decider: {
      ...REAL,
      decide: (order) =>
        order.status === 'confirmed' ? { do: 'await_customer', until: order.confirmBy } : REAL.decide(order),
    },
    bounds: {},
    says: /the next step/,
  },
  {
    name: 'news that an order knows already is not remembered',
    decider: {
      ...REAL,
      evolve: (order, event) => REAL.evolve(order, event.type === 'webhook' ? { ...event, oldRule: true } : event),
    },
    bounds: { webhooks: 2, cancels: 1, answers: 1 },
    says: /not remembered|the repeat of a webhook/,
  },
  {
    name: 'a reset cancels a sale that whoever asked for the cancel did not know of',
    decider: {
      ...REAL,
      evolve: (order, event) => REAL.evolve(order, event.type === 'recovered' ? { ...event, oldRule: true } : event),
    },
    bounds: { cancels: 1, resets: 1 },
    says: /I3: a cancel is sent after a confirmation was accepted/,
  },
  {
    name: 'an SMS that Temporal holds up is repeated',
    decider: {
      ...REAL,
      evolve: (order, event) =>
        REAL.evolve(
          order,
          event.type === 'sms_ended' && event.result.outcome === 'unknown'
            ? { ...event, result: { outcome: 'unknown' } }
            : event,
        ),
    },
    bounds: { heldUp: 1 },
    says: /an SMS that is done is still wanted/,
  },
  {
    name: 'a second reminder is sent',
    decider: evolving((_before, _event, after) => {
      const { reminded: _reminded, ...sms } = after.sms;
      return { ...after, sms };
    }),
    bounds: {},
    policy: { smsReminderAfterSeconds: 20, smsLimit: 3 },
    says: /a second reminder/,
  },
  {
    name: 'a reminder that comes late is sent all the same',
    decider: evolving((before, event, after) =>
      event.type === 'time' && after.sms.reminded === true && before.sms.reminded !== true
        ? { ...after, sms: { ...after.sms, queue: ['reminder'] } }
        : null,
    ),
    bounds: { late: 1 },
    policy: { smsReminderAfterSeconds: 20, confirmWithinSeconds: 7_300, smsLimit: 3 },
    says: /a reminder in the last hour or tenth/,
  },
  {
    name: 'the timeline does not tell of an SMS that failed',
    decider: evolving((_before, event, after) =>
      event.type === 'sms_ended'
        ? { ...after, timeline: after.timeline.filter((entry) => entry.event !== 'sms_failed') }
        : null,
    ),
    bounds: { refused: 1 },
    says: /the timeline does not say|revision/,
  },
  {
    name: 'an operator’s answer clears another question, too',
    decider: evolving((_before, event, after) => (event.type === 'resolved' ? { ...after, attentions: {} } : null)),
    bounds: { strays: 1, refused: 1, answers: 1 },
    says: /is cleared by|revision/,
  },
  {
    name: 'a worker that was away lets its deadline cancel at once',
    decider: {
      ...REAL,
      evolve: (order, event) => REAL.evolve(order, event.type === 'time' ? { ...event, away: false } : event),
    },
    bounds: { late: 1 },
    says: /gives them another time/,
  },
  {
    name: 'a backup that was put back has its create sent again',
    decider: evolving((_before, event, after) =>
      event.type === 'create_ended' && event.result.outcome === 'unknown'
        ? { ...after, attentions: {}, create: { ...after.create, phase: 'due', againAt: event.at } }
        : null,
    ),
    bounds: { restores: 1 },
    says: /./,
  },
  {
    name: 'an SMS that was asked for with a key is forgotten once it was sent',
    decider: evolving((_before, event, after) => (event.type === 'sms_ended' ? { ...after, keyed: [] } : null)),
    bounds: { sms: 1, repeats: 1 },
    says: /an SMS is wanted twice|an SMS is sent again/,
  },
  {
    name: 'the repeat of an SMS is sent, too',
    decider: evolving((before, event, after) =>
      event.type === 'sms_requested' && after === before
        ? { ...after, sms: { ...after.sms, queue: [...after.sms.queue, 'again'] } }
        : null,
    ),
    bounds: { sms: 1, repeats: 1 },
    says: /the repeat of a command has an effect|revision/,
  },
  {
    name: 'a cancel with a key is forgotten by a confirmation',
    decider: evolving((_before, event, after) => (event.type === 'webhook' ? { ...after, keyed: [] } : null)),
    bounds: { cancels: 1, repeats: 1 },
    says: /cancels the sale|what came of key 0 has changed/,
  },
  {
    name: 'a reset forgets what was asked for with a key',
    decider: evolving((_before, event, after) => (event.type === 'recovered' ? { ...after, keyed: [] } : null)),
    bounds: { sms: 1, repeats: 1, resets: 1 },
    says: /what came of key 0 has changed|an SMS is sent again/,
  },
  {
    name: 'two steps follow each other for ever',
    decider: evolving((before, event, after) =>
      event.type === 'sms_ended' ? { ...after, sms: { ...before.sms, retryAt: after.sms.retryAt } } : null,
    ),
    bounds: { refused: 1 },
    says: /./,
  },
];

describe('the explorer', () => {
  it('finds nothing in the decider as it is', () => {
    const report = walk(REAL, { lost: 1 });
    assert.deepEqual([report.counterExample, report.complete], [null, true]);
    assert.ok(report.rests > 10 && report.states > 100, JSON.stringify(report));
  });

  for (const { name, decider, bounds, policy, says } of BUGS) {
    it(`finds that ${name}`, (t) => {
      const { counterExample } = walk(decider, bounds, policy);
      assert.match(counterExample?.what ?? 'nothing', says);
      assert.ok((counterExample?.story.length ?? 0) > 0);
      t.diagnostic(`${counterExample?.what}: ${counterExample?.story.length} moves`);
    });
  }

  it('does not pass over a step that it does not know', () => {
    const decider = { ...REAL, decide: () => ({ do: 'dance' }) } as unknown as Decider;
    assert.match(walk(decider, {}).counterExample?.what ?? '', /knows no step/);
  });
});
