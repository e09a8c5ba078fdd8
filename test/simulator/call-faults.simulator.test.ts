// Each fault of a call does to the caller, and to the order, what its line in the table says; the ledger counts it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import type { FaultInput } from '../../src/simulator/fault-table.ts';
import { CALL_FAULTS } from '../../src/simulator/call-faults.ts';
import type { CallOutcome } from '../../src/simulator/records.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/waits.ts';
import type { Answered, CallResult } from './setup.ts';
import { ACCOUNT, cancel, create, createdId, orderBody, sendSms, simulate } from './setup.ts';

type Case = {
  fault: FaultInput<'create'>;
  /** Orders that exist afterwards. */
  orders: 0 | 1;
  outcome: CallOutcome;
  timeoutMs?: number;
  check: (answer: CallResult) => void;
};

const failsWith = (error: string) => (answer: CallResult) => {
  assert.ok(answer.status === null, `answered ${answer.status}`);
  assert.equal(answer.error, error);
};
const answers =
  (status: number, look: (answer: Answered) => void = () => undefined) =>
  (answer: CallResult) => {
    assert.ok(answer.status !== null, 'no answer');
    assert.equal(answer.status, status);
    look(answer);
  };
const field = (name: string, value: unknown) =>
  answers(200, ({ json }) => assert.equal((json as Record<string, unknown>)[name], value));
const header = (status: number, name: string, value: string | undefined) =>
  answers(status, ({ headers }) => assert.equal(headers[name], value));

const ANSWERED = { outcome: 'answered' } as const;
/** Long enough to have reached the simulator, on a busy machine too. */
const TIMEOUT = { outcome: 'client_left', timeoutMs: 500, check: failsWith('TimeoutError') } as const;
const RESET = { outcome: 'reset', check: failsWith('ECONNRESET') } as const;
const DATE = 'Wed, 21 Oct 2099 07:28:00 GMT';

const SERVER_ERRORS = ([500, 502, 503, 504] as const).flatMap((status): Case[] => [
  { fault: { kind: `http_${status}` }, orders: 0, ...ANSWERED, check: answers(status) },
  { fault: { kind: `http_${status}`, effect: true }, orders: 1, ...ANSWERED, check: answers(status) },
]);

const SHAPES: [FaultInput<'create'> & { kind: 'refuse' }, (answer: Answered) => void][] = [
  [
    { kind: 'refuse', status: 409, code: 'taken' },
    ({ json }) => assert.equal((json as { errors: { code: string }[] }).errors[0]?.code, 'taken'),
  ],
  [
    { kind: 'refuse', shape: 'texts' },
    ({ json }) => assert.equal(typeof (json as { errors: unknown[] }).errors[0], 'string'),
  ],
  [
    { kind: 'refuse', status: 403, shape: 'plain' },
    ({ headers }) => assert.match(String(headers['content-type']), /^text\/plain/),
  ],
  [{ kind: 'refuse', status: 404, shape: 'html' }, ({ text }) => assert.match(text, /^<!DOCTYPE html>/)],
];

const CASES: Case[] = [
  { fault: { kind: 'timeout_before_effect' }, orders: 0, ...TIMEOUT },
  { fault: { kind: 'timeout_after_effect' }, orders: 1, ...TIMEOUT },
  {
    fault: { kind: 'timeout_after_effect', hold_ms: 20 },
    orders: 1,
    outcome: 'closed',
    check: failsWith('UND_ERR_SOCKET'),
  },
  { fault: { kind: 'reset_before_effect' }, orders: 0, ...RESET },
  { fault: { kind: 'reset_after_effect' }, orders: 1, ...RESET },
  ...SERVER_ERRORS,
  { fault: { kind: 'http_503', retry_after: '2' }, orders: 0, ...ANSWERED, check: header(503, 'retry-after', '2') },
  { fault: { kind: 'rate_limited' }, orders: 0, ...ANSWERED, check: header(429, 'retry-after', '1') },
  {
    fault: { kind: 'rate_limited', retry_after: DATE },
    orders: 0,
    ...ANSWERED,
    check: header(429, 'retry-after', DATE),
  },
  {
    fault: { kind: 'rate_limited', retry_after: null },
    orders: 0,
    ...ANSWERED,
    check: header(429, 'retry-after', undefined),
  },
  ...SHAPES.map(([fault, look]): Case => ({
    fault,
    orders: 0,
    ...ANSWERED,
    check: answers(fault.status ?? 422, look),
  })),
  {
    fault: { kind: 'redirect', location: 'https://elsewhere.example/x', status: 302 },
    orders: 0,
    ...ANSWERED,
    check: header(302, 'location', 'https://elsewhere.example/x'),
  },
  {
    fault: { kind: 'cut_body' },
    orders: 1,
    outcome: 'cut',
    check: (answer) => {
      failsWith('UND_ERR_SOCKET')(answer);
      assert.ok(answer.headers !== null, 'the head of the answer arrived');
    },
  },
  {
    fault: { kind: 'unreadable_body' },
    orders: 1,
    ...ANSWERED,
    check: answers(200, ({ json }) => assert.equal(json, undefined)),
  },
  { fault: { kind: 'other_reference' }, orders: 1, ...ANSWERED, check: field('reference', 'another-reference') },
  { fault: { kind: 'other_total', answered: '1.00' }, orders: 1, ...ANSWERED, check: field('total_with_tax', '1.00') },
  { fault: { kind: 'drip', gap_ms: 20 }, orders: 1, ...TIMEOUT },
  { fault: { kind: 'drip', gap_ms: 0 }, orders: 1, ...ANSWERED, check: field('total_with_tax', '250.00') },
  {
    fault: { kind: 'huge_body', bytes: 3_000_000 },
    orders: 1,
    ...ANSWERED,
    check: (answer) => {
      field('total_with_tax', '250.00')(answer);
      answers(200, ({ text }) => assert.ok(text.length > 3_000_000))(answer);
    },
  },
  {
    fault: { kind: 'interim', statuses: [102, 103] },
    orders: 1,
    ...ANSWERED,
    check: field('total_with_tax', '250.00'),
  },
  { fault: { kind: 'interim' }, orders: 1, ...ANSWERED, check: failsWith('UND_ERR_SOCKET') },
  { fault: { kind: 'encoded' }, orders: 1, ...ANSWERED, check: header(200, 'content-encoding', 'gzip') },
  { fault: { kind: 'encoded', coding: 'br' }, orders: 1, ...ANSWERED, check: header(200, 'content-encoding', 'br') },
  { fault: { kind: 'trailers' }, orders: 1, ...ANSWERED, check: field('total_with_tax', '250.00') },
  { fault: { kind: 'http_1_0' }, orders: 1, ...ANSWERED, check: field('total_with_tax', '250.00') },
  { fault: { kind: 'delay', delay_ms: 30 }, orders: 1, ...ANSWERED, check: field('total_with_tax', '250.00') },
];

describe('a fault of a call', () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await simulate();
    await create(simulator, { reference: 'the first call takes longest' });
  });
  after(() => simulator.close());

  for (const { fault, orders, outcome, timeoutMs, check } of CASES) {
    const { kind, ...options } = fault;
    const reference = `${kind} ${JSON.stringify(options)}`;
    test(reference, async () => {
      simulator.faults.set(reference, 'create', fault);
      check(await create(simulator, { reference }, timeoutMs === undefined ? {} : { timeoutMs }));
      const call = await until('its end', () =>
        simulator.ledger.calls(reference).find(({ ended_at }) => ended_at !== null),
      );
      assert.equal(simulator.ledger.hits(reference, 'create', kind), 1);
      assert.equal(simulator.ledger.orders(reference).length, orders);
      assert.deepEqual([call.outcome, call.fault, call.effect], [outcome, kind, orders === 1 ? 'created' : null]);
      assert.equal((await create(simulator, { reference })).status, 200, 'the fault is used up');
    });
  }

  test('the cases above leave out no fault', () => {
    assert.deepEqual(
      [...new Set(CASES.map(({ fault }) => fault.kind))].toSorted(),
      Object.keys(CALL_FAULTS).toSorted(),
    );
  });

  test('a caller that stops reading ends a body of 50 MB', async () => {
    simulator.faults.set('huge', 'create', { kind: 'huge_body' });
    const stop = new AbortController();
    const answer = await request(`${simulator.url}/api/public/v1/orders`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${ACCOUNT.username}:${ACCOUNT.password}`).toString('base64')}` },
      body: JSON.stringify(orderBody({ reference: 'huge' })),
      signal: stop.signal,
    });
    answer.body.on('error', () => undefined);
    stop.abort();
    const call = await until('its end', () => simulator.ledger.calls('huge').find(({ ended_at }) => ended_at !== null));
    assert.ok(Number(answer.headers['content-length']) > 50_000_000);
    assert.equal(call.outcome, 'client_left');
  });

  test('a delay before the effect carries the call out though its caller has left', async () => {
    simulator.faults.set('late effect', 'create', { kind: 'delay', delay_ms: 120, before_effect: true });
    const answer = await create(simulator, { reference: 'late effect' }, { timeoutMs: 40 });
    assert.equal(answer.status, null);
    assert.equal(simulator.ledger.orders('late effect').length, 0);
    await until('the effect', () => simulator.ledger.orders('late effect').length === 1);
  });

  test('a redirect may come after the effect', async (t) => {
    const elsewhere = await startReceiver(t, 200);
    simulator.faults.set('moved', 'create', { kind: 'redirect', location: elsewhere.url, effect: true });
    assert.equal((await create(simulator, { reference: 'moved' })).status, 307);
    assert.deepEqual([simulator.ledger.orders('moved').length, elsewhere.received.length], [1, 0]);
  });

  test('SMS and cancels meet faults too: an answer that was lost is followed by 422', async () => {
    const id = await createdId(simulator, { reference: 'lost' });
    simulator.faults.set('lost', 'send_sms', { kind: 'reset_after_effect' });
    simulator.faults.set('lost', 'cancel', { kind: 'timeout_after_effect' });
    assert.equal((await sendSms(simulator, id)).status, null);
    assert.equal((await cancel(simulator, id, { timeoutMs: 50 })).status, null);
    assert.equal((await cancel(simulator, id)).status, 422);
    assert.equal(simulator.ledger.order(id)?.sms.length, 1);
    assert.deepEqual(
      simulator.ledger.calls('lost', 'cancel').map(({ effect, fault }) => [effect, fault]),
      [
        ['cancelled', 'timeout_after_effect'],
        [null, null],
      ],
    );
  });

  test('a fault of the answer waits for a call that succeeds', async () => {
    simulator.faults.set('waits', 'create', { kind: 'cut_body' });
    assert.equal((await create(simulator, { reference: 'waits', nin: '' })).status, 422);
    assert.equal(simulator.ledger.hits('waits'), 0);
    assert.equal((await create(simulator, { reference: 'waits' })).status, null);
    assert.equal(simulator.ledger.hits('waits'), 1);
  });

  test('a wrong password is refused before any fault', async () => {
    simulator.faults.set('denied', 'create', { kind: 'http_500' });
    assert.equal((await create(simulator, { reference: 'denied' }, { account: null })).status, 401);
    assert.equal(simulator.ledger.hits('denied'), 0);
  });

  test('closing the simulator ends what it holds', async () => {
    const other = await simulate();
    other.faults.set('*', 'create', { kind: 'timeout_after_effect' });
    other.faults.set('delayed', 'create', { kind: 'delay', delay_ms: 60_000 });
    const held = [create(other), create(other, { reference: 'delayed' })];
    await until(
      'both calls',
      () => other.ledger.calls().every(({ fault }) => fault !== null) && other.ledger.calls().length === 2,
    );
    await other.close();
    for (const answer of await Promise.all(held)) assert.equal(answer.status, null);
  });
});
