// `temporal orders reconcile` compares a list of seQura's back office with the orders here, and puts right what it is told to.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CommandLine } from '../support/command-line.ts';
import { commandLine } from '../support/command-line.ts';
import { apiKey, merchant, merchantsFile } from '../support/config-fixtures.ts';
import { idOf, orderRequest } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

type Line = { id: string; status: string | null; tasks: string[]; left: string[] };

describe('temporal orders reconcile', () => {
  let service: Service;
  let orders: CommandLine;
  const numberOf = (reference: string) => String(service.simulator.ledger.orders(reference)[0]?.id ?? '');
  const write = (...rows: string[][]) =>
    writeFileSync(join(orders.folder, 'list.csv'), rows.map((row) => row.join(',')).join('\n'));
  const HEAD = ['merchant', 'reference', 'sequra_order_id', 'state', 'total'];
  const row = (reference: string, state: string, total = '250.00') => [
    'merchant_1',
    reference,
    numberOf(reference),
    state,
    total,
  ];

  before(async () => {
    // seQura's webhooks do not come in.
    service = await startService({ seenAt: null });
    const file = merchantsFile({ merchants: [merchant()], api_keys: [apiKey()] });
    orders = commandLine(service, { MERCHANTS_FILE: file });
    service.simulator.faults.set('to attach', 'create', { kind: 'cut_body' });
    for (const reference of ['agrees', 'signed', 'undone', 'cheaper', 'to attach', 'not listed']) {
      const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
      await service.see(body.id, 'where it begins', reference === 'to attach' ? asksHuman : smsSent);
    }
    await until('the lists', async () => (await orders.json('list')).length === 6 || null);
    write(
      HEAD,
      row('agrees', 'pending'),
      row('signed', 'confirmed'),
      row('undone', 'undone'),
      row('cheaper', 'open', '249.99'),
      row('to attach', 'pending'),
      ['merchant_1', 'forgotten', '1', 'open', ''],
    );
  });
  after(() => service.close());

  const lines = async (code: number, ...args: string[]) => {
    const said = await orders('reconcile', 'list.csv', '--json', ...args);
    assert.equal(said.code, code, said.stderr);
    return said.lines.map((line) => JSON.parse(line) as Line);
  };
  const tasks = (found: readonly Line[]) => Object.fromEntries(found.map(({ id, left }) => [id, left]));

  it('names what is missing on either side and what differs, and changes nothing', async () => {
    assert.deepEqual(tasks(await lines(3, '--newer-than', '1h')), {
      [idOf('signed')]: ['confirm'],
      [idOf('undone')]: ['confirm', 'cancel'],
      [idOf('cheaper')]: ['amount'],
      [idOf('to attach')]: ['attach'],
      [idOf('forgotten')]: ['forgotten'],
      [idOf('not listed')]: ['unlisted'],
    });
    const table = await orders('reconcile', 'list.csv');
    assert.match(table.lines[0] ?? '', /^ORDER +THERE +HERE +TO DO$/);
    assert.match(
      table.stdout,
      new RegExp(`^${idOf('signed')} +${numberOf('signed')} signed +awaiting_customer +confirm$`, 'm'),
    );
    assert.equal(table.stderr, '6 in the file: 2 confirm, 1 cancel, 1 amount, 1 attach, 1 forgotten\n');
    const csv = await orders('reconcile', 'list.csv', '--csv');
    assert.match(csv.stdout, /^ORDER,THERE,HERE,TO DO\n/);
    const forgotten = await orders('reconcile', 'list.csv', '--forgotten');
    assert.deepEqual([forgotten.code, forgotten.lines], [0, [idOf('forgotten')]]);
  });

  it('tells orders what they have not heard, and gives them their numbers, once', async () => {
    const left = tasks(await lines(3, '--tell', '--attach', '--by', 'ana'));
    assert.deepEqual(left, {
      [idOf('signed')]: [],
      [idOf('undone')]: [],
      [idOf('cheaper')]: ['amount'],
      [idOf('to attach')]: [],
      [idOf('forgotten')]: ['forgotten'],
    });
    assert.equal((await service.see(idOf('signed'), 'the end', closed)).status, 'confirmed');
    assert.match((await orders('show', idOf('signed'))).stdout, /signal typed by ana: /);
    const attached = await service.see(idOf('to attach'), 'the SMS', smsSent);
    assert.ok(attached.timeline.some((entry) => entry.event === 'resolved' && entry.operator === 'ana'));
    await service.see(idOf('undone'), 'both', asksHuman);
    assert.deepEqual(Object.keys(tasks(await lines(3))), [idOf('cheaper'), idOf('forgotten')]);
    write(HEAD, row('agrees', 'pending'), row('signed', 'confirmed'));
    assert.deepEqual(await lines(0), []);
  });

  it('takes no list of a merchant that it does not know, and none that is not there', async () => {
    write(HEAD, ['merchant_9', 'x', '1', 'open', '']);
    const strange = await orders('reconcile', 'list.csv');
    assert.deepEqual([strange.code, strange.stderr], [2, 'Not in the merchants file: merchant_9.\n']);
    assert.deepEqual((await orders('reconcile', 'nowhere.csv')).stderr, 'nowhere.csv cannot be read.\n');
  });
});
