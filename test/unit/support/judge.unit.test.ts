// The judge of all tests of faults, on evidence that is forged: it finds each violation, and finds none where there is none.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evolve } from '../../../src/order/evolve.ts';
import type { NewOrderEvent } from '../../../src/order/events.ts';
import type { Order } from '../../../src/order/order.ts';
import { orderView } from '../../../src/order/view.ts';
import type { Call, Delivery, ProviderOrder } from '../../../src/simulator/records.ts';
import type { Evidence, Posted, Run } from '../../oracle/evidence.ts';
import type { Invariant } from '../../oracle/judge.ts';
import { INVARIANTS, judge } from '../../oracle/judge.ts';
import { at, happen, newOrder } from '../../support/orders.ts';

const ms = (seconds: number) => Date.parse(at(seconds));

/** An order led through events, a second apart, with every state that it had. */
function lived(...events: NewOrderEvent[]): Order[] {
  return events.reduce<Order[]>(
    (states, event, index) => [...states, evolve(states.at(-1) ?? newOrder(), { ...event, at: at(index + 1) })],
    [newOrder()],
  );
}
const HAPPY = [happen.createStarted, happen.created, happen.smsSent, happen.confirm];
const CANCELLED = [
  happen.createStarted,
  happen.created,
  happen.smsSent,
  happen.cancelRequested,
  happen.cancelStarted,
  happen.cancelDone,
];

const call = (kind: Call['kind'], seconds: number, more: Partial<Call> = {}): Call => ({
  at: at(seconds),
  ended_at: at(seconds),
  kind,
  merchant_id: 'merchant_1',
  reference: 'pos_1234',
  order_id: 4567,
  outcome: 'answered',
  http_status: 200,
  fault: null,
  effect: null,
  ...more,
});

const provider = (more: Partial<ProviderOrder> = {}): ProviderOrder => ({
  id: 4567,
  uuid: 'uuid',
  merchant_id: 'merchant_1',
  store_ref: 'store_1',
  reference: 'pos_1234',
  status: 'confirmed',
  declined: false,
  total_with_tax: 25_000,
  currency: 'EUR',
  created_at: at(2),
  request: {} as ProviderOrder['request'],
  sms: [{ at: at(3), phone: '', link: '' }],
  effects: [],
  calls: [],
  ...more,
});

const delivery = (event = 'order/confirmed', status: number | null = 200, more: Partial<Delivery> = {}): Delivery => ({
  at: at(4),
  order_id: 4567,
  merchant_id: 'merchant_1',
  reference: 'pos_1234',
  event,
  event_id: 'c1',
  params: {},
  state: 'delivered',
  due_at: null,
  fault: null,
  tries: [{ at: at(4), duration_ms: 100, http_status: status, error: null, redirects: 0, answer_lost: false }],
  ...more,
});

const posted = (more: Partial<Posted> = {}): Posted => ({
  reference: 'pos_1234',
  body: 'a',
  cents: 25_000,
  status: 202,
  id: 'order:merchant_1:pos_1234',
  answeredMs: ms(0),
  ...more,
});

type Forged = Partial<Omit<Evidence, 'ledger'>> & {
  states?: Order[];
  run?: Partial<Run>;
  ledger?: Partial<Evidence['ledger']>;
};

function evidence({ states = lived(...HAPPY), run = {}, ledger = {}, ...more }: Forged = {}): Evidence {
  const last = states.at(-1) ?? newOrder();
  const own: Run = {
    id: last.id,
    runId: 'r',
    status: 'COMPLETED',
    startedMs: ms(0),
    states,
    heard: [{ key: 'order/confirmed c1', atMs: ms(4), taken: true }],
    history: {},
    ...run,
  };
  return {
    nowMs: ms(100),
    orders: [orderView(last)],
    runs: [own],
    kept: [],
    posted: [posted()],
    ledger: {
      orders: [provider()],
      calls: [call('create', 1), call('send_sms', 3)],
      webhooks: [delivery()],
      fault_hits: [],
      ...ledger,
    },
    ...more,
  };
}

const awaiting = lived(happen.createStarted, happen.created, happen.smsSent);
const cancelled = { states: lived(...CANCELLED), run: { heard: [] } };

const VIOLATIONS: Record<Invariant, Record<string, Forged>> = {
  I1: {
    'an order that we do not have': { ledger: { orders: [provider(), provider({ reference: 'other' })] } },
    'an order that nobody knows of': { ledger: { orders: [provider(), provider({ id: 4568, status: 'pending' })] } },
    'a signed order that ended as cancelled': { ...cancelled, ledger: { orders: [provider()], webhooks: [] } },
    'a confirmed order that is open at seQura': { ledger: { orders: [provider({ status: 'pending' })] } },
    'a sale undone although its confirmation was accepted': {
      states: lived(...CANCELLED),
      ledger: { orders: [provider({ effects: [{ at: at(5), effect: 'financing_asked' }] })] },
    },
  },
  I2: {
    'a create repeated after a lost answer': {
      ledger: { calls: [call('create', 1, { http_status: null, outcome: 'reset' }), call('create', 2)] },
    },
    'two live orders': { ledger: { orders: [provider(), provider({ id: 4568 })] } },
  },
  I3: {
    'a cancel after an accepted confirmation': { ledger: { calls: [call('create', 1), call('cancel', 5)] } },
    'a crossing that took too long': {
      states: lived(...CANCELLED, happen.confirm),
      ledger: { orders: [provider({ status: 'cancelled' })], calls: [call('create', 1), call('cancel', 50)] },
    },
    'cancelled in silence after an accepted confirmation': {
      states: lived(...CANCELLED),
      ledger: { orders: [provider({ status: 'cancelled' })], calls: [call('create', 1), call('cancel', 3)] },
    },
  },
  I4: {
    'a webhook that is nowhere': {
      states: awaiting,
      run: { heard: [] },
      ledger: { orders: [provider({ status: 'confirmed' })] },
    },
    'a webhook that a stopped run was left with': {
      states: awaiting,
      run: { heard: [{ key: 'order/confirmed c1', atMs: ms(4), taken: false }] },
    },
    'a debt state that is nowhere': {
      ledger: { webhooks: [delivery(), delivery('order/account_in_debt', 200, { event_id: 'd1' })] },
    },
  },
  I5: {
    'a 2xx before Temporal has it': { run: { heard: [{ key: 'order/confirmed c1', atMs: ms(4) + 500, taken: true }] } },
    'a 410': { ledger: { webhooks: [delivery('order/confirmed', 410)] } },
    'a 501 for a confirmation': { ledger: { webhooks: [delivery('order/confirmed', 501)] } },
    'a 202 before its workflow': { run: { startedMs: ms(1) } },
  },
  I6: {
    'another order for the same request': { posted: [posted(), posted({ id: 'order:merchant_1:other', status: 200 })] },
    'a conflict for the same request': { posted: [posted(), posted({ status: 409, id: null })] },
    'a repeat that is taken for another request': { posted: [posted(), posted({ body: 'b', status: 200 })] },
    'an answer of 500': { posted: [posted(), posted({ status: 500, id: null })] },
  },
  I7: { 'back from an end': { states: [...lived(...HAPPY), ...awaiting.slice(-1)] } },
  I8: {
    'four SMS': {
      ledger: { orders: [provider({ sms: Array.from({ length: 4 }, () => ({ at: at(3), phone: '', link: '' })) })] },
    },
  },
  I9: {
    'an order left in its create': { states: lived(happen.createStarted), ledger: { orders: [], webhooks: [] } },
    'an end whose workflow goes on': { run: { status: 'RUNNING' } },
  },
  I10: {
    'an order past its deadline': {
      states: awaiting,
      nowMs: ms(1_000_000),
      ledger: { orders: [provider({ status: 'pending' })], webhooks: [] },
    },
  },
  I15: {
    'a cent more at seQura': { ledger: { orders: [provider({ total_with_tax: 25_001 })] } },
    'a cent less than was asked for': { posted: [posted({ cents: 25_001 })] },
  },
};

describe('the judge', () => {
  it('finds nothing wrong with an order that went well, and has looked at it', () => {
    const { violations, judged } = judge(evidence());
    assert.deepEqual(violations, []);
    for (const invariant of ['I1', 'I2', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I15'] as const)
      assert.ok(judged[invariant] > 0, invariant);
  });

  it('finds nothing wrong with a cancel', () => {
    const { violations } = judge(
      evidence({ ...cancelled, ledger: { orders: [provider({ status: 'cancelled' })], webhooks: [] } }),
    );
    assert.deepEqual(violations, []);
  });

  it('finds nothing wrong with what crossed in flight, and asks a human', () => {
    const states = lived(...CANCELLED, happen.confirm);
    const calls = [call('create', 1), call('cancel', 4.5)];
    const { violations, judged } = judge(
      evidence({ states, run: { status: 'RUNNING' }, ledger: { orders: [provider({ status: 'cancelled' })], calls } }),
    );
    assert.deepEqual(violations, []);
    assert.ok(judged.I3 > 0);
  });

  it('has seen every invariant violated', () => {
    assert.deepEqual(Object.keys(VIOLATIONS), Object.keys(INVARIANTS));
  });

  for (const [invariant, forgeries] of Object.entries(VIOLATIONS)) {
    for (const [what, forged] of Object.entries(forgeries)) {
      it(`${invariant}: finds ${what}`, () => {
        const { violations } = judge(evidence(forged));
        assert.ok(
          violations.some((each) => each.invariant === invariant),
          JSON.stringify(violations),
        );
      });
    }
  }
});
