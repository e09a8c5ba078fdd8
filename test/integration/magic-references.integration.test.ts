// What docs/simulator.md says that a shop sees of each magic reference, seen.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { MAGIC_REFERENCES } from '../../src/simulator/magic-references.ts';
import { orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, smsSent, until } from '../support/waits.ts';

/** What becomes of an order, read until it shows. */
type Becomes = (order: OrderView) => boolean;
const failed =
  (code: string): Becomes =>
  (order) =>
    order.failure?.code === code && closed(order);
const asks =
  (reason: string): Becomes =>
  ({ attention }) =>
    attention?.reason === reason;
const ends =
  (status: string): Becomes =>
  (order) =>
    order.status === status && closed(order);

/** Long on a busy machine; only what is undecided waits to its end. */
const waitSeconds = (status: number) => (status === 202 ? 5 : 20);

/** With `Prefer: wait`. `hasty`: with the merchant's deadline of five seconds, in place of a minute. */
type Seen = {
  status: number;
  code?: string;
  hasty?: boolean;
  first?: Becomes;
  act?: (service: Service, id: string) => Promise<void>;
  last?: Becomes;
};

async function calls(service: Service, id: string, action: string, ...wanted: [number, string?][]): Promise<void> {
  for (const [status, code] of wanted) {
    const { status: is, body } = await service.api.act(id, action);
    assert.deepEqual([is, body.code], [status, code]);
  }
}

const SEEN: Record<string, Seen> = {
  'refuse-': { status: 422, code: 'order_refused', first: failed('refused') },
  'unauthorized-': { status: 502, code: 'sequra_unauthorized', first: failed('unauthorized') },
  'overloaded-': { status: 502, code: 'sequra_unreachable', first: failed('rate_limited') },
  'busy-': { status: 201, first: smsSent },
  'slow-': { status: 202, first: ({ status }) => status === 'creating', last: smsSent },
  'lost-': { status: 202, first: asks('create_outcome_unknown') },
  'sms-fails-': {
    status: 201,
    first: asks('sms_not_sent'),
    act: (service, id) => calls(service, id, 'send_sms', [502, 'sms_refused'], [200]),
    last: smsSent,
  },
  'sms-lost-': {
    status: 201,
    first: asks('sms_not_sent'),
    last: ({ sms }) => sms.last_outcome === 'unknown',
  },
  'cancel-refused-': {
    status: 201,
    first: smsSent,
    act: (service, id) => calls(service, id, 'cancel', [202]),
    last: asks('cancel_refused'),
  },
  'cancel-fails-': {
    status: 201,
    first: smsSent,
    act: async (service, id) => {
      await Promise.all([
        calls(service, id, 'cancel', [202]),
        service.see(id, 'the attention', asks('cancel_overdue')),
      ]);
    },
    last: ends('cancelled'),
  },
  'signs-': { status: 201, last: ends('confirmed') },
  'confirms-twice-': {
    status: 201,
    first: ends('confirmed'),
    act: async ({ simulator }) => {
      const both = () => simulator.ledger.webhooks('confirms-twice-1').filter(({ state }) => state === 'delivered');
      await until('both webhooks', () => both().length === 2);
    },
    last: (order) =>
      ends('confirmed')(order) && order.timeline.filter(({ event }) => event === 'confirmed').length === 1,
  },
  'confirms-late-': { status: 201, hasty: true, first: ends('expired'), last: asks('confirm_cancel_crossed') },
  'silent-': { status: 201, hasty: true, last: ends('expired') },
  'unknown-event-': { status: 201, last: asks('unrecognised_event') },
  'declines-': { status: 201, hasty: true, last: ends('expired') },
  'sequra-cancels-': { status: 201, last: ends('cancelled') },
};

describe('a magic reference', { concurrency: true }, () => {
  let service: Service;
  before(async () => {
    service = await startService({
      policy: { confirmWithinSeconds: 5, settleSeconds: 1, cancelOverdueSeconds: 1, sequraTimeoutMs: 15_000 },
    });
  });
  after(() => service.close());

  it('is each of these', () => {
    assert.deepEqual(Object.keys(SEEN).toSorted(), MAGIC_REFERENCES.map(({ begins }) => begins).toSorted());
  });

  for (const [begins, { status, code, hasty = false, first, act, last }] of Object.entries(SEEN)) {
    it(`${begins} is seen as the page says`, async () => {
      const patience = hasty ? {} : { confirm_within_seconds: 60 };
      const answer = await service.api.place(orderRequest({ reference: `${begins}1`, ...patience }), {
        prefer: `wait=${waitSeconds(status)}`,
      });
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      const { id } = answer.body.order ?? answer.body;
      service.replayAtEnd(id);
      if (first !== undefined) await service.see(id, 'what comes first', first);
      await act?.(service, id);
      if (last !== undefined) await service.see(id, 'what comes last', last);
    });
  }
});
