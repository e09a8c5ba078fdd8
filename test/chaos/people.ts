// Who uses the service while chaos goes on: shops that order, repeat and cancel, customers who sign, dither or leave, and an operator.
import { setTimeout as sleep } from 'node:timers/promises';
import { orderWorkflowId } from '../../src/order/ids.ts';
import { totalCents } from '../../src/order/request.ts';
import type { OrderView } from '../../src/order/view.ts';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import type { Faults } from '../../src/simulator/faults.ts';
import type { LedgerReader } from '../../src/simulator/ledger-reader.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Posted } from '../oracle/evidence.ts';
import { PERSON } from '../support/canaries.ts';
import { orderPath, orderRequest } from '../support/orders.ts';
import type { Till } from '../support/till.ts';
import { until } from '../support/waits.ts';
import type { Chance } from './random.ts';

/** The service as people outside see it, wherever it runs. */
export type Outside = {
  apis: readonly Pick<Till, 'call'>[];
  simulator: Pick<Simulator, 'confirm' | 'decline' | 'idle'> & {
    ledger: Pick<LedgerReader, 'orders' | 'record'>;
    faults: Pick<Faults, 'set'>;
  };
};

/** Each in its turn. */
export function apiOf({ apis }: Outside, turn: number): Pick<Till, 'call'> {
  const api = apis[turn % apis.length];
  if (api === undefined) throw new Error('there is no API');
  return api;
}

export type Shops = {
  /** Everything that was ever asked for, with its answer. */
  posted: Posted[];
  /** Ids of the orders that were taken. */
  taken: string[];
  /** What they did beside placing orders once. */
  did: Map<string, number>;
  /** Places an order once; its status, or 0. */
  post: (reference: string, cents: number, api: number) => Promise<number>;
  /** One order's whole life on their side. */
  live: (number: number) => Promise<void>;
  /** An order without misfortunes; resolves when its SMS has been sent. */
  probe: (number: number) => Promise<void>;
  /** Places an order whose customer never answers. */
  lure: (number: number) => Promise<void>;
};

const MERCHANT_ID = 'merchant_1';
const CALL_TIMEOUT_MS = 12_000;
const AGAIN_MS = 400;
/** What takes longer never comes: how long it took is in the report. */
const PROBE_PATIENCE_MS = 180_000;
/** As the merchant of chaos gives them. */
const CUSTOMER_MS = 25_000;

const CUSTOMERS = [
  'signs',
  'signs',
  'signs',
  'signs',
  'dithers',
  'declines',
  'abandons',
  'signs while the shop cancels',
] as const;

const CALL_FAULTS: readonly FaultInput<'create' | 'send_sms' | 'cancel'>[] = [
  { kind: 'timeout_before_effect', hold_ms: 6_000 },
  { kind: 'timeout_after_effect', hold_ms: 6_000 },
  { kind: 'reset_before_effect' },
  { kind: 'reset_after_effect' },
  { kind: 'http_500', effect: true },
  { kind: 'http_503' },
  { kind: 'rate_limited', retry_after: '2' },
  { kind: 'refuse', status: 401, shape: 'plain' },
  { kind: 'delay', delay_ms: 1_200, before_effect: true },
];
const REFUSED: FaultInput<'create' | 'send_sms'> = { kind: 'refuse', status: 422 };
const FAULTS_OF = {
  create: [...CALL_FAULTS, REFUSED],
  send_sms: [...CALL_FAULTS, REFUSED],
  // To a cancel a 422 says that the order is past it, which the contract believes after a lost answer: never said where it is not true.
  cancel: CALL_FAULTS,
} as const;
const CREATE_FAULTS: readonly FaultInput<'create'>[] = [
  { kind: 'cut_body' },
  { kind: 'unreadable_body' },
  { kind: 'other_total' },
  { kind: 'drip', gap_ms: 100 },
];
const WEBHOOK_FAULTS: readonly FaultInput<'webhook'>[] = [
  { kind: 'duplicate', copies: 3, gap_ms: 700 },
  { kind: 'late', delay_ms: 4_000 },
  { kind: 'never' },
  { kind: 'other_event' },
  { kind: 'lost_answer' },
];

/** `endMs`: when trouble ends; customers who have no link a while later give up. */
export function openShops(outside: Outside, chance: Chance, endMs: number): Shops {
  const posted: Posted[] = [];
  const taken: string[] = [];
  const did = new Map<string, number>();
  const { simulator } = outside;
  const noted = (what: string) => void did.set(what, (did.get(what) ?? 0) + 1);

  /** Null where no answer came. */
  async function ask(
    api: number,
    path: string,
    json?: object,
  ): Promise<{ status: number; body: Partial<OrderView> & { order?: OrderView } } | null> {
    const asked = apiOf(outside, api).call(path, { method: 'POST', json });
    return Promise.race([asked.catch(() => null), sleep(CALL_TIMEOUT_MS, null, { ref: false })]);
  }

  async function post(reference: string, cents: number, api: number): Promise<number> {
    const body = orderRequest({
      ...PERSON,
      reference,
      cart_items: [{ reference: 'FRAME-001', name: 'Frame', price_with_tax: cents, quantity: 1 }],
    });
    const answer = await ask(api, '/v1/orders', body);
    const id = answer?.body.order?.id ?? answer?.body.id ?? null;
    const facts = { status: answer?.status ?? 0, id, answeredMs: Date.now(), cents: totalCents(body.cart_items) };
    posted.push({ reference, body: JSON.stringify(body), ...facts });
    return facts.status;
  }

  /** As docs/integration.md tells them to. */
  async function place(reference: string, cents: number, mind: Chance): Promise<void> {
    for (let api = Math.floor(mind.next() * 2); ; api += 1) {
      const status = await post(reference, cents, api);
      if (status >= 200 && status < 300) {
        taken.push(orderWorkflowId(MERCHANT_ID, reference));
        return;
      }
      await sleep(AGAIN_MS);
    }
  }

  function misfortunes(reference: string, mind: Chance): void {
    for (const call of ['create', 'send_sms', 'cancel'] as const) {
      if (mind.happens(call === 'create' ? 0.3 : 0.2))
        simulator.faults.set(reference, call, { ...mind.pick(FAULTS_OF[call]), times: mind.happens(0.8) ? 1 : 2 });
    }
    if (mind.happens(0.1)) simulator.faults.set(reference, 'create', mind.pick(CREATE_FAULTS));
    if (mind.happens(0.4)) simulator.faults.set(reference, 'webhook', mind.pick(WEBHOOK_FAULTS));
  }

  async function customer(reference: string, mind: Chance): Promise<void> {
    const kind = mind.pick(CUSTOMERS);
    const link = () =>
      simulator.ledger.orders(reference).find(({ status, sms }) => status === 'pending' && sms.length > 0);
    while (link() === undefined) {
      if (Date.now() > endMs + 2 * CUSTOMER_MS) return;
      await sleep(300);
    }
    if (kind === 'abandons') return;
    await sleep(kind === 'dithers' ? CUSTOMER_MS * mind.between(0.7, 1.05) : mind.between(200, 4_000));
    const order = link();
    if (order === undefined) return;
    noted(`customer ${kind}`);
    if (kind === 'declines') return simulator.decline(order.id);
    if (kind === 'signs while the shop cancels')
      void ask(0, orderPath(orderWorkflowId(MERCHANT_ID, reference), '/cancel'));
    simulator.confirm(order.id);
  }

  async function shop(reference: string, cents: number, mind: Chance): Promise<void> {
    const id = orderWorkflowId(MERCHANT_ID, reference);
    const act = (action: string) => ask(Math.floor(mind.next() * 2), orderPath(id, action));
    if (mind.happens(0.4)) {
      await sleep(mind.between(0, 5_000));
      noted('repeated the order at both APIs at once');
      await Promise.all([post(reference, cents, 0), post(reference, cents, 1)]);
    }
    if (mind.happens(0.1)) {
      noted('another order under the same reference');
      await post(reference, cents + 1, 0);
    }
    if (mind.happens(0.2)) {
      await sleep(mind.between(0, 8_000));
      noted('asked for another SMS');
      await act('/send_sms');
    }
    if (mind.happens(0.25)) {
      await sleep(mind.between(0, 15_000));
      noted('cancelled');
      await act('/cancel');
      if (mind.happens(0.5)) await act('/cancel');
    }
    if (mind.happens(0.3)) {
      await sleep(mind.between(10_000, 30_000));
      noted('repeated the order late');
      await post(reference, cents, 1);
    }
  }

  return {
    posted,
    taken,
    did,
    post,
    async live(number) {
      const mind = chance.fork(`order ${number}`);
      const reference = `chaos ${number}`;
      const cents = 1_000 + Math.floor(mind.next() * 100_000);
      misfortunes(reference, mind);
      await place(reference, cents, mind);
      await Promise.all([customer(reference, mind.fork('customer')), shop(reference, cents, mind.fork('shop'))]);
    },
    lure: (number) => place(`lure ${number}`, 1_000, chance.fork(`lure ${number}`)),
    async probe(number) {
      const reference = `probe ${number}`;
      await place(reference, 1_000, chance.fork(reference));
      const order = () => simulator.ledger.orders(reference).find(({ sms }) => sms.length > 0);
      await until(`${reference} has its SMS`, () => order() !== undefined, PROBE_PATIENCE_MS);
      simulator.confirm(reference);
    },
  };
}

export type Operator = { answered: Map<string, number>; stop: () => void };

/** Looks at every attention, and answers most of them by what seQura's back office, the ledger, says. The others stay for the end. */
export function openOperator(outside: Outside, chance: Chance): Operator {
  const answered = new Map<string, number>();
  const left = new Set<string>();
  const { ledger } = outside.simulator;
  const stopping = new AbortController();

  function answerTo({ reference, sequra_order_id: known, attention }: OrderView): Record<string, string> | null {
    const there = ledger.orders(reference);
    const ours = there.find(({ id }) => String(id) === known) ?? there.at(-1);
    const undone =
      ours === undefined ||
      ours.status === 'cancelled' ||
      ours.effects.some(({ effect }) => effect === 'financing_asked');
    switch (attention?.reason) {
      case 'create_outcome_unknown': {
        const live = there.findLast(({ status }) => status === 'pending') ?? there.at(-1);
        if (live !== undefined) return { action: 'attach', sequra_order_id: String(live.id) };
        return { action: chance.happens(0.7) ? 'retry' : 'give_up' };
      }
      case 'sms_not_sent':
        return { action: chance.happens(0.6) ? 'retry' : 'dismiss' };
      case 'cancel_refused':
        return { action: undone ? 'mark_cancelled' : ours.status === 'confirmed' ? 'mark_confirmed' : 'retry' };
      case 'confirm_cancel_crossed':
        return { action: undone ? 'mark_cancelled' : 'mark_confirmed' };
      case 'unrecognised_event':
        return { action: 'dismiss' };
      case 'workflow_stopped':
        return { action: 'retry' };
      default:
        return null;
    }
  }

  async function look(): Promise<void> {
    const { body } = await apiOf(outside, 0).call('/v1/orders?attention=true&limit=100');
    for (const order of (body as unknown as { data?: OrderView[] }).data ?? []) {
      const { reason, since } = order.attention ?? { reason: '', since: '' };
      const question = `${order.id} ${since}`;
      // What is still on its way may yet arrive: nobody answers at once.
      if (left.has(question) || Date.now() - Date.parse(since) < 4_000) continue;
      const answer = answerTo(order);
      if (answer === null || (reason !== 'workflow_stopped' && !chance.happens(0.8))) {
        left.add(question);
        continue;
      }
      const { status } = await apiOf(outside, 1).call(orderPath(order.id, '/resolve'), {
        method: 'POST',
        json: { operator: 'ana', note: `asked since ${since}: looked it up`, ...answer },
      });
      if (status === 200)
        answered.set(`${reason}: ${answer['action']}`, (answered.get(`${reason}: ${answer['action']}`) ?? 0) + 1);
    }
  }

  void (async () => {
    while (!stopping.signal.aborted) {
      await Promise.race([look().catch(() => {}), sleep(CALL_TIMEOUT_MS, null, { ref: false })]);
      await sleep(1_000);
    }
  })();
  return { answered, stop: () => stopping.abort() };
}
