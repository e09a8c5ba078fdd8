// The control API under /_sim does over HTTP what the buttons and the Simulator object do.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LedgerRecord } from '../../src/simulator/records.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import { control, create, createdId, sendSms, simulate } from './setup.ts';

const UNICODE = ['plain', 'a/b?c=d&e#f', 'ñandú €', '日本 🛍️', '%2F+%00', '"quoted" <b>', ' leading and trailing '];

describe('the control API', () => {
  let receiver: Receiver;
  let simulator: Simulator;
  before(async () => {
    receiver = await startReceiver(null, 200);
    simulator = await simulate(receiver.origin);
  });
  after(async () => {
    await simulator.close();
    await receiver.goOffline();
  });

  const ledgerOf = async (reference: string) =>
    (await control(simulator, 'GET', `/ledger?reference=${encodeURIComponent(reference)}`)).json as LedgerRecord;

  for (const reference of UNICODE) {
    test(`takes ${JSON.stringify(reference)} for a reference everywhere`, async () => {
      const fault = await control(simulator, 'PUT', '/faults', { reference, call: 'create', kind: 'http_500' });
      assert.equal(fault.status, 201);
      assert.equal((await create(simulator, { reference })).status, 500);
      const id = await createdId(simulator, { reference });
      await control(simulator, 'POST', `/orders/${id}/confirm`);
      await simulator.idle();
      const ledger = await ledgerOf(reference);
      assert.deepEqual(ledger, JSON.parse(JSON.stringify(simulator.ledger.record(reference))));
      assert.deepEqual(
        [ledger.orders, ledger.calls, ledger.webhooks, ledger.fault_hits].map(({ length }) => length),
        [1, 2, 1, 1],
      );
      assert.equal(receiver.received.at(-1)?.form.get('order_ref_1'), reference);
    });
  }

  test('shows, adds and removes faults', async () => {
    await control(simulator, 'PUT', '/faults', {
      reference: 'f',
      call: 'cancel',
      kind: 'rate_limited',
      retry_after: 'soon',
      times: 3,
    });
    await control(simulator, 'POST', '/faults', { reference: 'f', call: 'create', kind: 'drip' });
    const listed = (await control(simulator, 'GET', '/faults')).json as { faults: Record<string, unknown>[] };
    assert.deepEqual(
      listed.faults.map(({ reference, call, kind, left, hits }) => ({ reference, call, kind, left, hits })),
      [
        { reference: 'f', call: 'cancel', kind: 'rate_limited', left: 3, hits: 0 },
        { reference: 'f', call: 'create', kind: 'drip', left: 1, hits: 0 },
      ],
    );
    assert.equal(listed.faults[0]?.['retry_after'], 'soon');
    await control(simulator, 'DELETE', '/faults?reference=f&call=cancel');
    assert.deepEqual(
      simulator.faults.list().map(({ fault }) => fault.kind),
      ['drip'],
    );
    await control(simulator, 'DELETE', '/faults');
    assert.deepEqual(simulator.faults.list(), []);
  });

  test('shows faults that were used up, the newest first', async () => {
    for (const kind of ['http_500', 'http_502']) {
      await control(simulator, 'PUT', '/faults', { reference: 'used', call: 'create', kind });
      await create(simulator, { reference: 'used' });
    }
    const { used_up: usedUp, faults } = (await control(simulator, 'GET', '/faults')).json as {
      faults: object[];
      used_up: Record<string, unknown>[];
    };
    assert.deepEqual(faults, []);
    assert.deepEqual(
      usedUp.map(({ reference, kind, left, hits, used_up_at: at }) => [reference, kind, left, hits, typeof at]),
      [
        ['used', 'http_502', 0, 1, 'string'],
        ['used', 'http_500', 0, 1, 'string'],
      ],
    );
    await control(simulator, 'DELETE', '/faults?reference=used');
    assert.deepEqual(simulator.faults.usedUp(), []);
  });

  describe('lists orders', () => {
    let ids: number[];
    const found = async (query: string) => {
      const { status, json } = await control(simulator, 'GET', `/orders?${query}`);
      assert.equal(status, 200, query);
      const { data, next_cursor: next } = json as { data: { id: number }[]; next_cursor: string | null };
      return { ids: data.map(({ id }) => id), next };
    };
    before(async () => {
      simulator.reset();
      ids = [
        await createdId(simulator, { reference: 'Till 7/001' }),
        await createdId(simulator, { reference: 'till 7/002', mobile_phone: '+34611111111' }),
        await createdId(simulator, { reference: 'web 1' }),
      ];
      const other = { username: 'merchant_2', password: 'secret' };
      const merchant = { id: 'merchant_2', store_ref: 'store_9' };
      const answer = await create(simulator, { reference: 'web 2', merchant }, { account: other });
      assert.ok(answer.status === 200);
      ids.push((answer.json as { id: number }).id);
      simulator.confirm('web 1');
    });

    const SEARCHES: [query: string, places: number[]][] = [
      ['', [3, 2, 1, 0]],
      ['q=TILL', [1, 0]],
      ['q=1111111', [1]],
      ['reference=till+7%2F002', [1]],
      ['reference=till', []],
      ['merchant_id=merchant_2', [3]],
      ['status=confirmed', [2]],
      ['status=pending&q=web', [3]],
    ];
    for (const [query, places] of SEARCHES) {
      test(`${query || 'all'}: the newest first`, async () => {
        assert.deepEqual(await found(query), { ids: places.map((place) => ids[place]), next: null });
      });
    }

    test('by number', async () => assert.deepEqual((await found(`q=${ids[2]}`)).ids, [ids[2]]));

    test('page by page, whatever is added meanwhile', async () => {
      const first = await found('limit=3');
      await createdId(simulator, { reference: 'later' });
      const second = await found(`limit=3&cursor=${first.next}`);
      assert.deepEqual([...first.ids, ...second.ids, second.next], [...ids.toReversed(), null]);
    });

    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'status=lost', 'colour=red']) {
      test(`and refuses ${query}`, async () => {
        assert.equal((await control(simulator, 'GET', `/orders?${query}`)).status, 422);
      });
    }
  });

  const WRONG = [
    { call: 'create', kind: 'drip' },
    { reference: 'f', call: 'refund', kind: 'drip' },
    { reference: 'f', call: 'create', kind: 'duplicate' },
    { reference: 'f', call: 'create', kind: 'drip', speed: 3 },
  ];
  for (const body of WRONG) {
    test(`refuses the fault ${JSON.stringify(body)} and says why`, async () => {
      const { status, json } = await control(simulator, 'PUT', '/faults', body);
      assert.equal(status, 422);
      assert.ok((json as { errors: unknown[] }).errors.length > 0);
      assert.deepEqual(simulator.faults.list(), []);
    });
  }

  test('says 409 for a move that is not possible, and 404 for an order that is not there', async () => {
    const id = await createdId(simulator, { reference: 'moves' });
    const outcomes = [];
    for (const move of ['complete', 'decline', 'confirm', 'cancel', 'cancel']) {
      outcomes.push((await control(simulator, 'POST', `/orders/${id}/${move}`)).status);
    }
    assert.deepEqual(outcomes, [409, 200, 409, 200, 409]);
    assert.equal((await control(simulator, 'POST', '/orders/1/confirm')).status, 404);
    assert.equal((await control(simulator, 'POST', '/orders/1/webhook', { event: 'x' })).status, 404);
  });

  test('sends any event, with parameters changed, repeated or left out, and changes nothing else', async () => {
    const id = await createdId(simulator, { reference: 'events' });
    const body = {
      event: 'order/cancelled',
      event_id: null,
      order_ref: ['a', 'b'],
      order_ref_2: 'x'.repeat(9_000),
      extra: 'ñ',
    };
    assert.equal((await control(simulator, 'POST', `/orders/${id}/webhook`, body)).status, 202);
    await simulator.idle();
    const params = receiver.received.at(-1)?.form;
    assert.deepEqual(params?.getAll('order_ref'), ['a', 'b']);
    assert.deepEqual(
      [params.has('event_id'), params.get('extra'), params.get('order_ref_2')?.length],
      [false, 'ñ', 9_000],
    );
    assert.equal(simulator.ledger.order(id)?.status, 'pending');
  });

  test('the ledger is a copy, which does not change afterwards', async () => {
    const id = await createdId(simulator, { reference: 'copied' });
    const [before] = simulator.ledger.orders('copied');
    await sendSms(simulator, id);
    assert.equal(before?.sms.length, 0);
    assert.equal(simulator.ledger.orders('copied')[0]?.sms.length, 1);
  });

  test('a reset forgets everything, and gives no id twice', async () => {
    const id = await createdId(simulator);
    simulator.faults.set('*', 'create', { kind: 'http_500', times: null });
    assert.equal((await control(simulator, 'POST', '/reset')).status, 200);
    assert.deepEqual(await control(simulator, 'GET', '/ledger').then(({ json }) => json), {
      orders: [],
      calls: [],
      webhooks: [],
      fault_hits: [],
    });
    assert.ok((await createdId(simulator)) > id);
  });
});
