// A simulator that keeps its ledger in a folder has it again after its process was killed, and no number is ever given twice.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import type { LedgerRecord } from '../../src/simulator/records.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { startReceiver } from '../support/receiver.ts';
import { until } from '../support/waits.ts';
import type { SimulatorProcess } from './setup.ts';
import { ACCOUNT, cancel, control, create, createdId, sendSms, simulate, simulatorProcess } from './setup.ts';

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Starts processes, one after the other, that keep their ledger in the same folder and send webhooks to the same place. */
function lives(
  t: TestContext,
  apiUrl = 'http://127.0.0.1:9',
): { data: string; start: () => Promise<SimulatorProcess> } {
  const folder = newFolder(t);
  const [merchants, data] = [join(folder, 'merchants.json'), join(folder, 'data')];
  writeFileSync(
    merchants,
    JSON.stringify({ merchants: [{ id: 'merchant_1', ...ACCOUNT, webhook_tokens: ['token'] }] }),
  );
  const args = ['--merchants', merchants, '--data', data, '--api', apiUrl, '--webhook-gap-ms', '300'];
  return { data, start: () => simulatorProcess(t, args) };
}

const ledgerOf = async (simulator: { url: string }) =>
  (await control(simulator, 'GET', '/ledger')).json as LedgerRecord;
const act = (simulator: { url: string }, id: number, move: string) =>
  control(simulator, 'POST', `/orders/${id}/${move}`);

describe('after it was killed, a simulator', { concurrency: 2 }, () => {
  test('has every order in its state, and goes on with links and webhooks', { timeout: 60_000 }, async (t) => {
    // The first try is refused; the second is under way when the simulator is killed.
    const receiver = await startReceiver(t, 500, () => {}, 200);
    const { start } = lives(t, receiver.origin);
    const first = await start();
    const signed = await createdId(first, { reference: 'signed' });
    const undone = await createdId(first, { reference: 'undone' });
    const waiting = await createdId(first, { reference: 'waiting' });
    await sendSms(first, waiting);
    await cancel(first, undone);
    await act(first, signed, 'confirm');
    await control(first, 'PUT', '/faults', { reference: 'held', call: 'create', kind: 'timeout_after_effect' });
    const held = create(first, { reference: 'held' });
    await until('the second try', () => receiver.received.length === 2);
    const before = await ledgerOf(first);
    await first.end('SIGKILL');
    assert.equal((await held).status, null);

    const second = await start();
    const after = await ledgerOf(second);
    assert.deepEqual(
      after.orders.map(({ reference, status }) => [reference, status]),
      [
        ['signed', 'confirmed'],
        ['undone', 'cancelled'],
        ['waiting', 'pending'],
        ['held', 'pending'],
      ],
    );
    const withoutCalls = ({ orders }: LedgerRecord) => orders.map((order) => ({ ...order, calls: [] }));
    assert.deepEqual(withoutCalls(after), withoutCalls(before));
    assert.deepEqual(after.fault_hits, before.fault_hits);
    const [theirs] = after.orders.slice(-1);
    assert.deepEqual(
      theirs?.calls.map(({ effect, outcome }) => [effect, outcome]),
      [['created', 'closed']],
    );

    const webhook = await until(
      'the delivery',
      async () => (await ledgerOf(second)).webhooks.find(({ state }) => state === 'delivered'),
      20_000,
    );
    assert.deepEqual(
      webhook.tries.map(({ http_status, error }) => http_status ?? error),
      [500, 'simulator_ended', 200],
    );
    assert.equal(new Set(receiver.received.map(({ form }) => form.get('event_id'))).size, 1);

    const link = after.orders[2]?.sms[0]?.link.replace(first.url, second.url);
    const body = new URLSearchParams({ code: '23456' });
    assert.equal((await fetch(`${link}/confirm`, { method: 'POST', body })).status, 200);
    assert.equal((await ledgerOf(second)).orders[2]?.status, 'confirmed');
  });

  test('has all that it has answered, whenever that was', { timeout: 60_000 }, async (t) => {
    const { start } = lives(t);
    const first = await start();
    const answered: number[] = [];
    const calls = Array.from({ length: 200 }, async (_, index) => {
      const answer = await create(first, { reference: `many-${index}` });
      if (answer.status === 200) answered.push((answer.json as { id: number }).id);
      if (answered.length === 60) await first.end('SIGKILL');
    });
    await Promise.all(calls);
    assert.ok(answered.length >= 60 && answered.length < 200, `${answered.length} were answered`);
    const { orders } = await ledgerOf(await start());
    const ids = new Set(orders.map(({ id }) => id));
    assert.deepEqual(
      answered.filter((id) => !ids.has(id)),
      [],
    );
  });

  test('does not take a new order for an old one, although it has lost its ledger', { timeout: 60_000 }, async (t) => {
    const { data, start } = lives(t);
    const first = await start();
    const old = await createdId(first);
    await first.end('SIGKILL');
    rmSync(data, { recursive: true });
    const second = await start();
    assert.deepEqual((await ledgerOf(second)).orders, []);
    const id = await createdId(second);
    assert.notEqual(id, old);
    assert.equal((await cancel(second, old)).status, 404);
    assert.deepEqual(
      (await ledgerOf(second)).orders.map(({ status }) => status),
      ['pending'],
    );
  });
});

describe('the ledger in a folder', () => {
  async function open(t: TestContext, dataFolder: string, lines: string[] = []): Promise<Simulator> {
    const simulator = await simulate(null, { dataFolder, log: (line) => lines.push(line) });
    t.after(() => simulator.close());
    return simulator;
  }
  const fileIn = (folder: string) => join(folder, 'ledger.jsonl');

  test('is nobody else’s', async (t) => {
    const folder = newFolder(t);
    const data = join(folder, 'new', 'data');
    await createdId(await open(t, data));
    assert.deepEqual([statSync(data).mode & 0o777, statSync(fileIn(data)).mode & 0o777], [0o700, 0o600]);
  });

  test('names a last line that was cut off, and has the others', async (t) => {
    const data = newFolder(t);
    const first = await open(t, data);
    const id = await createdId(first);
    await cancel(first, id);
    await first.close();
    appendFileSync(fileIn(data), '["order",77,{"id":7');
    const count = readFileSync(fileIn(data), 'utf8').split('\n').length;
    const lines: string[] = [];
    const second = await open(t, data, lines);
    assert.deepEqual(
      lines.map((line) => line.includes(`${fileIn(data)}: the last line, ${count}, was cut off`)),
      [true],
    );
    assert.deepEqual(
      second.ledger.orders().map(({ id, status }) => [id, status]),
      [[id, 'cancelled']],
    );
    await second.close();
    const quiet: string[] = [];
    assert.equal((await open(t, data, quiet)).ledger.orders().length, 1);
    assert.deepEqual(quiet, []);
  });

  for (const wrong of ['["order",77,{"id":7', '{}', '["refund",1,{}]']) {
    test(`keeps a simulator from starting where ${wrong} is in the middle`, async (t) => {
      const data = newFolder(t);
      writeFileSync(fileIn(data), `["last_id",5]\n${wrong}\n["last_id",6]\n`);
      await assert.rejects(open(t, data), new RegExp(`${fileIn(data)}: line 2 is not one of a ledger`));
      assert.match(readFileSync(fileIn(data), 'utf8'), /"last_id",6/);
    });
  }

  test('belongs to the simulator that was started last: another one does nothing more', async (t) => {
    const data = newFolder(t);
    const lines: string[] = [];
    const first = await open(t, data, lines);
    const id = await createdId(first);
    const second = await open(t, data);
    assert.equal((await cancel(first, id)).status, 500);
    assert.match(lines.join('\n'), /another simulator has taken it over/);
    assert.deepEqual(
      [first, second].map(({ ledger }) => ledger.order(id)?.status),
      ['pending', 'pending'],
    );
    assert.equal((await cancel(second, id)).status, 200);
  });

  test('forgets customers with a reset, but no number', async (t) => {
    const data = newFolder(t);
    const first = await open(t, data);
    const id = await createdId(first, { given_names: 'Canary' });
    assert.match(readFileSync(fileIn(data), 'utf8'), /Canary/);
    first.reset();
    assert.doesNotMatch(readFileSync(fileIn(data), 'utf8'), /Canary/);
    await first.close();
    assert.ok((await createdId(await open(t, data))) > id);
  });

  test('goes on from its last number where the clock was put back', async (t) => {
    const data = newFolder(t);
    const future = (Date.now() - Date.UTC(2026, 0, 1)) * 10 + 1_000_000_000;
    writeFileSync(fileIn(data), `["last_id",${future}]\n`);
    const simulator = await open(t, data);
    assert.deepEqual([await createdId(simulator), await createdId(simulator)], [future + 1, future + 2]);
  });
});

test('two simulators that keep nothing give no number twice', async (t) => {
  const ids: number[] = [];
  for (let life = 0; life < 3; life += 1) {
    const simulator = await simulate();
    t.after(() => simulator.close());
    ids.push(...(await Promise.all(Array.from({ length: 20 }, () => createdId(simulator)))));
  }
  assert.equal(new Set(ids).size, ids.length);
});
