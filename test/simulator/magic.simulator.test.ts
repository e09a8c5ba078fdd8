// An order whose reference begins so meets a fault, or has a customer, without anybody switching anything on.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { FAULT_CALLS, parseFault } from '../../src/simulator/fault-table.ts';
import { MAGIC_REFERENCES, magicOf } from '../../src/simulator/magic-references.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Receiver } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/waits.ts';
import type { CallResult } from './setup.ts';
import { cancel, create, createdId, sendSms, simulate } from './setup.ts';

const wordOf = (answer: CallResult) => (answer.status === null ? answer.error : answer.status);

describe('a magic reference', { concurrency: true }, () => {
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

  async function inTurn(words: readonly unknown[], ask: () => Promise<CallResult>): Promise<void> {
    const answers = [];
    while (answers.length < words.length) answers.push(wordOf(await ask()));
    assert.deepEqual(answers, words);
  }

  const CREATES: [begins: string, answers: (number | string)[], orders: number][] = [
    ['refuse-', [422, 422], 0],
    ['unauthorized-', [401, 401], 0],
    ['overloaded-', [429, 429], 0],
    ['busy-', [429, 200, 200], 2],
    ['lost-', ['ECONNRESET', 200], 2],
    ['slow-', ['TimeoutError', 200], 2],
  ];
  for (const [begins, answers, orders] of CREATES) {
    test(`${begins}: creates come to ${answers.join(', ')}`, async () => {
      const reference = `${begins}1`;
      const timeoutMs = begins === 'slow-' ? 3_000 : 10_000;
      await inTurn(answers, () => create(simulator, { reference }, { timeoutMs }));
      assert.equal(simulator.ledger.orders(reference).length, orders);
    });
  }

  const LATER: [begins: string, ask: typeof sendSms, answers: (number | string)[], sent: number][] = [
    ['sms-fails-', sendSms, [422, 422, 200], 1],
    ['sms-lost-', sendSms, ['ECONNRESET', 'ECONNRESET', 200], 3],
    ['cancel-refused-', cancel, [422, 200], 0],
    ['cancel-fails-', cancel, [503, 503, 503, 503, 200], 0],
  ];
  for (const [begins, ask, answers, sent] of LATER) {
    test(`${begins}: calls come to ${answers.join(', ')}`, async () => {
      const id = await createdId(simulator, { reference: `${begins}1` });
      await inTurn(answers, () => ask(simulator, id));
      assert.equal(simulator.ledger.order(id)?.sms.length, sent);
    });
  }

  const CUSTOMERS: [begins: string, becomes: string, events: string[], states: string[]][] = [
    ['signs-', 'confirmed', ['order/confirmed'], ['delivered']],
    ['confirms-twice-', 'confirmed', ['order/confirmed', 'order/confirmed'], ['delivered', 'delivered']],
    ['confirms-late-', 'confirmed', ['order/confirmed'], ['under_way']],
    ['silent-', 'confirmed', ['order/confirmed'], ['withheld']],
    ['unknown-event-', 'confirmed', ['order/something_new'], ['delivered']],
    ['declines-', 'pending', [], []],
    ['sequra-cancels-', 'cancelled', ['order/cancelled'], ['delivered']],
  ];
  for (const [begins, becomes, events, states] of CUSTOMERS) {
    test(`${begins}: a second after the first SMS, and once`, async () => {
      const id = await createdId(simulator, { reference: `${begins}1` });
      assert.equal(simulator.ledger.order(id)?.effects.length, 1);
      await sendSms(simulator, id);
      const order = await until('the customer', () => {
        const now = simulator.ledger.order(id);
        return now !== undefined && now.effects.length > 2 ? now : null;
      });
      const [sent = '', acted = ''] = order.effects.slice(1).map(({ at }) => at);
      const waitedMs = Date.parse(acted) - Date.parse(sent);
      assert.ok(waitedMs >= 500 && waitedMs < 5_000, `${waitedMs} ms`);
      assert.deepEqual([order.status, order.declined], [becomes, begins === 'declines-']);
      const webhooks = () => simulator.ledger.webhooks(`${begins}1`);
      await until(
        'the webhooks',
        () =>
          webhooks()
            .map(({ state }) => state)
            .join() === states.join(),
      );
      assert.deepEqual(
        webhooks().map(({ event }) => event),
        events,
      );
      assert.ok(new Set(webhooks().map(({ event_id: id }) => id)).size <= 1);
      await sendSms(simulator, id);
      assert.equal(simulator.ledger.order(id)?.effects.filter(({ effect }) => effect !== 'sms_sent').length, 2);
    });
  }

  test('is each of these, and none begins another', () => {
    const all = MAGIC_REFERENCES.map(({ begins }) => begins);
    const tried = [...CREATES, ...LATER, ...CUSTOMERS].map(([begins]) => begins);
    assert.deepEqual(all.toSorted(), tried.toSorted());
    for (const one of all)
      assert.deepEqual(
        all.filter((other) => other.startsWith(one)),
        [one],
      );
  });

  test('asks for faults that there are', () => {
    for (const { begins } of MAGIC_REFERENCES) {
      const { faults = {} } = magicOf(begins);
      for (const call of FAULT_CALLS) if (faults[call] !== undefined) parseFault(call, faults[call]);
    }
  });

  test('gives way to a fault of the order, and goes before one for all', async (t) => {
    const other = await simulate();
    t.after(() => other.close());
    other.faults.set('*', 'create', { kind: 'http_500', times: null });
    other.faults.set('busy-2', 'create', { kind: 'http_502' });
    await inTurn([502, 429, 500], () => create(other, { reference: 'busy-2' }));
  });

  test('is remembered over a restart: what has happened does not happen again, and who was to sign does', async (t) => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'magic-'));
    t.after(() => rmSync(dataFolder, { recursive: true }));
    const first = await simulate(null, { dataFolder });
    await inTurn([429], () => create(first, { reference: 'busy-3' }));
    const id = await createdId(first, { reference: 'signs-3' });
    await sendSms(first, id);
    await first.close();
    assert.equal(first.ledger.order(id)?.status, 'pending');

    const second = await simulate(null, { dataFolder });
    t.after(() => second.close());
    await inTurn([200], () => create(second, { reference: 'busy-3' }));
    await until('the customer', () => second.ledger.order(id)?.status === 'confirmed');
  });

  test('of an order that was forgotten does nothing', async (t) => {
    const other = await simulate();
    t.after(() => other.close());
    const id = await createdId(other, { reference: 'signs-4' });
    await sendSms(other, id);
    other.reset();
    const next = await createdId(other, { reference: 'signs-5' });
    await sendSms(other, next);
    await until('the other customer', () => other.ledger.order(next)?.status === 'confirmed');
    assert.deepEqual(
      other.ledger.webhooks().map(({ reference }) => reference),
      ['signs-5'],
    );
  });
});
