// `temporal orders` changes orders: one, or many with one cause; in an operator's name, and once however often it is asked for.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import type { Notification } from '../../src/contract/messages.ts';
import { PERSON } from '../support/canaries.ts';
import type { CommandLine } from '../support/command-line.ts';
import { commandLine } from '../support/command-line.ts';
import { notifiedMerchants, verified } from '../support/notifications.ts';
import { idOf, orderRequest } from '../support/orders.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

type Said = { id: string; outcome: string; what: string };
const BY = ['--by', 'ana'];

describe('temporal orders', () => {
  const { notifying, setEndpoint } = notifiedMerchants();
  let service: Service;
  let orders: CommandLine;
  before(async () => {
    service = await startService({ notifying });
    orders = commandLine(service);
  });
  after(() => service.close());

  async function placed(reference: string, holds = smsSent): Promise<OrderView> {
    const { body } = await service.api.place(orderRequest({ reference }), { prefer: 'wait=10' });
    return service.see(body.id, 'where the test begins', holds);
  }
  const withoutSms = (reference: string) => {
    service.simulator.faults.set(reference, 'send_sms', { kind: 'refuse', status: 422 });
    return placed(reference, asksHuman);
  };
  const withoutCreate = (reference: string) => {
    service.simulator.faults.set(reference, 'create', { kind: 'cut_body' });
    return placed(reference, asksHuman);
  };
  const atSequra = (reference: string) => service.simulator.ledger.orders(reference)[0];
  const numberOf = (reference: string) => String(atSequra(reference)?.id);
  const read = async (reference: string) => (await service.orders.get(idOf(reference)))?.timeline ?? [];
  const listed = (count: number, ...args: string[]) =>
    until(`${count} in the list`, async () => (await orders.json('list', ...args)).length === count || null);

  describe('of one order', () => {
    it('answers what it asks, in the operator’s name', async () => {
      await withoutCreate('held');
      const number = numberOf('held');
      const attach = ['resolve', 'held', '--merchant', 'merchant_1', '--action', 'attach', '--sequra-order-id', number];
      const said = await orders(...attach, '--note', 'found in the back office', ...BY);
      assert.deepEqual([said.code, said.lines], [0, [`done         ${idOf('held')}  It is awaiting_customer.`]]);
      const entry = (await read('held')).find(({ event }) => event === 'resolved');
      assert.deepEqual(entry, {
        at: entry?.at,
        event: 'resolved',
        action: 'attach',
        operator: 'ana',
        note: 'found in the back office',
      });
    });

    it('sends the link again, to another number, with name and note in the timeline; once for the same words', async () => {
      await placed('lost link');
      const args = ['resend-sms', idOf('lost link'), '--to', PERSON.mobile_phone, '--note', 'new phone', ...BY];
      assert.deepEqual((await orders.json<Said>(...args))[0]?.outcome, 'done');
      assert.deepEqual((await orders.json<Said>(...args))[0]?.outcome, 'done before');
      assert.deepEqual(atSequra('lost link')?.sms.length, 2);
      const entries = (await read('lost link')).filter(({ event }) => event === 'sms_requested');
      assert.deepEqual(entries, [{ at: entries[0]?.at, event: 'sms_requested', operator: 'ana', note: 'new phone' }]);
      const { stdout } = await orders('show', idOf('lost link'));
      assert.match(stdout, /an SMS is asked for, to another number, by ana: “new phone”/);
      assert.ok(!stdout.includes(PERSON.mobile_phone));
    });

    it('cancels, with name and note in the timeline, and says where nothing is left to do', async () => {
      await placed('unwanted');
      const args = ['cancel', idOf('unwanted'), '--note', 'wrong frame', ...BY];
      assert.equal((await orders.json<Said>(...args))[0]?.outcome, 'done');
      await service.see(idOf('unwanted'), 'the end', closed);
      assert.equal(atSequra('unwanted')?.status, 'cancelled');
      const entry = (await read('unwanted')).find(({ event }) => event === 'cancel_requested');
      assert.deepEqual(entry, { at: entry?.at, event: 'cancel_requested', operator: 'ana', note: 'wrong frame' });
      assert.equal((await orders.json<Said>(...args))[0]?.outcome, 'done before');
      assert.match((await orders('show', idOf('unwanted'))).stdout, /a cancel is asked for, by ana: “wrong frame”/);
    });

    it('is told why an order refuses, and does nothing without a note', async () => {
      await placed('content');
      const refused = await orders('resolve', idOf('content'), '--action', 'retry', '--note', 'x', ...BY);
      assert.deepEqual([refused.code, refused.stdout.includes('Nothing needs an operator')], [1, true]);
      const attach = ['resolve', '--attention', '--action', 'attach', '--sequra-order-id', '1', '--note', 'x'];
      assert.match((await orders(...attach)).stderr, /are for one order/);
      assert.equal((await orders('cancel', idOf('content'), ...BY)).code, 2);
      assert.equal((await orders('cancel', '--note', 'x', ...BY)).code, 2);
      assert.equal((await orders('cancel', idOf('content'), '--store', 's', '--note', 'x')).code, 2);
    });

    it('tells the merchant’s endpoint again, by the same webhook-id and body', async (t) => {
      const endpoint = await startReceiver(t, 200);
      setEndpoint('merchant_1', endpoint);
      const { id } = await service.place({ request: { reference: 'told' }, policy: { notify: true } });
      await service.see(id, 'the SMS', smsSent);
      service.simulator.confirm('told');
      const end = await service.see(id, 'the end', closed);
      const arrived = () =>
        endpoint.received.filter(
          (request) => (verified(request, endpoint) as Notification).data.revision === end.revision,
        );
      await until('it is told', () => arrived().length === 1);
      const args = ['notify', id, '--note', 'their queue lost it', ...BY];
      assert.deepEqual((await orders.json<Said>(...args))[0]?.outcome, 'done');
      await until('it is told again', () => arrived().length === 2);
      const [first, second] = arrived();
      assert.deepEqual([second?.headers['webhook-id'], second?.body], [first?.headers['webhook-id'], first?.body]);
      assert.deepEqual((await orders.json<Said>(...args))[0]?.outcome, 'done before');
      assert.equal(arrived().length, 2);
    });
  });

  describe('of many orders', () => {
    const CAUSE = ['--attention', 'sms_not_sent'];
    const RETRY = ['resolve', '--action', 'retry', '--note', 'seQura works again', ...BY];
    const references = Array.from({ length: 12 }, (_, index) => `refused ${index}`);

    before(async () => {
      await Promise.all(references.map(withoutSms));
      await Promise.all(['held 1', 'held 2', 'held 3'].map(withoutCreate));
      await Promise.all(['fine 1', 'fine 2', 'fine 3', 'fine 4', 'fine 5'].map((reference) => placed(reference)));
      await listed(12, ...CAUSE);
    });

    it('shows what would be done, with the count and the money, and does nothing', async () => {
      const { code, lines, stderr } = await orders(...RETRY, ...CAUSE, '--dry-run');
      assert.deepEqual(
        [code, lines.length, stderr],
        [0, 12, 'Nothing was done. 12 orders, 3,000.00 EUR: 12 retry (sms_not_sent)\n'],
      );
      assert.ok(lines.every((line) => line.endsWith('retry  would be done')));
      const unasked = await orders(...RETRY, ...CAUSE);
      assert.deepEqual([unasked.code, unasked.stdout], [2, '']);
      assert.match(
        unasked.stderr,
        /^12 orders, 3,000\.00 EUR: .*\nby ana: “seQura works again”\nNothing was done: --yes/,
      );
      await listed(12, ...CAUSE);
    });

    it('clears all with one cause among twenty, and does nothing twice', async () => {
      const { code, lines, stderr } = await orders(...RETRY, ...CAUSE, '--yes', '--rate', '50');
      assert.deepEqual([code, lines.length, stderr], [0, 12, '12 done, 0 done before, 0 failed\n'], stderr);
      assert.ok(lines.every((line) => line.endsWith('It is awaiting_customer, and being tried again.')));
      for (const reference of references) await service.see(idOf(reference), 'the SMS', smsSent);
      const sms = () => references.map((reference) => atSequra(reference)?.sms.length);
      assert.deepEqual(
        sms(),
        references.map(() => 1),
      );
      await listed(0, ...CAUSE);
      const again = await orders(...RETRY, ...CAUSE, '--yes');
      assert.deepEqual([again.code, again.stderr], [0, '0 orders: nothing is left to do.\n']);
      const rows = references.map((reference) => `merchant_1;${reference};retry;`).join('\n');
      writeFileSync(join(orders.folder, 'again.csv'), `merchant;reference;action;sequra_order_id\n${rows}\n`);
      const words = ['--note', 'seQura works again', ...BY, '--yes', '--rate', '50'];
      const byFile = await orders('apply', 'again.csv', ...words);
      assert.deepEqual([byFile.code, byFile.stderr], [0, '0 done, 12 done before, 0 failed\n'], byFile.stdout);
      assert.deepEqual(
        sms(),
        references.map(() => 1),
      );
      await listed(3, '--attention');
    });

    it('does what a file says, and writes those that failed, which may be tried again', async () => {
      const number = numberOf('held 1');
      const rows = [
        ['reference', 'action', 'sequra_order_id', 'phone'],
        ['held 1', 'attach', number, ''],
        ['held 2', 'give_up', '', ''],
        [idOf('held 3'), 'attach', number, ''],
        ['fine 1', 'cancel', '', ''],
        ['fine 2', 'resend-sms', '', '+34 666 777 888'],
        ['fine 3', 'dismiss', '', ''],
      ];
      writeFileSync(join(orders.folder, 'day.csv'), rows.map((row) => row.join(',')).join('\n'));
      const words = ['--merchant', 'merchant_1', '--note', 'by the list', ...BY, '--yes', '--rate', '50'];
      const said = await orders('apply', 'day.csv', ...words, '--failed', 'failed.csv');
      assert.equal(said.code, 3, said.stderr);
      assert.match(said.stderr, /^4 done, 0 done before, 2 failed\nThose that failed are in failed\.csv/);
      const failed = readFileSync(join(orders.folder, 'failed.csv'), 'utf8').trim().split('\n');
      assert.equal(failed[0], 'merchant,reference,action,sequra_order_id,phone,asked,reason');
      const reasons = failed.slice(1).toSorted((a, b) => (a < b ? -1 : 1));
      assert.match(reasons[0] ?? '', /^merchant_1,fine 3,dismiss,,,,Nothing needs an operator/);
      assert.match(reasons[1] ?? '', new RegExp(`^merchant_1,held 3,attach,${number},.*held%201`));
      assert.equal((await service.see(idOf('held 2'), 'the end', closed)).failure?.code, 'given_up');
      await service.see(idOf('fine 1'), 'the end', closed);
      const right = numberOf('held 3');
      const mended = failed.filter((line) => !line.includes('fine 3')).map((line) => line.replace(number, right));
      writeFileSync(join(orders.folder, 'failed.csv'), mended.join('\n'));
      const again = await orders('apply', 'failed.csv', ...words);
      assert.deepEqual([again.code, again.lines[0]?.startsWith('done ')], [0, true], again.stderr + again.stdout);
      const all = await orders('apply', 'day.csv', ...words, '--failed', 'failed-again.csv');
      assert.match(all.stderr, /^0 done, 4 done before, 2 failed/);
      assert.deepEqual(
        atSequra('fine 2')?.sms.map(({ phone }) => phone),
        ['+34666123456', '+34666777888'],
      );
    });

    it('asks at a terminal, and shows how far it is', async () => {
      const twice = ['refused again 1', 'refused again 2'];
      await Promise.all(twice.map(withoutSms));
      await listed(2, ...CAUSE);
      const args = [...RETRY.slice(0, 4), 'at a terminal', ...BY, ...CAUSE];
      const declined = await orders.atTerminal('n', ...args);
      assert.deepEqual([declined.code, declined.stdout.includes('Go on? [y/N]')], [1, true]);
      await listed(2, ...CAUSE);
      const { code, stdout } = await orders.atTerminal('y', ...args);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /2 orders, 500\.00 EUR: 2 retry \(sms_not_sent\)/);
      assert.match(stdout, / of 2, /);
      assert.match(stdout, /done +order:merchant_1:refused%20again%201 /);
      for (const reference of twice) await service.see(idOf(reference), 'the SMS', smsSent);
    });

    it('takes no file whose rows it does not understand', async () => {
      writeFileSync(join(orders.folder, 'wrong.csv'), 'reference,action\nfine 4,burn\nnobody,cancel\n');
      const { code, stderr } = await orders('apply', 'wrong.csv', '--note', 'x', '--yes');
      assert.deepEqual([code, stderr.split('\n').length], [2, 4]);
      assert.match(stderr, /line 2: burn is none of .*\nline 3: No order has the reference nobody/s);
      writeFileSync(join(orders.folder, 'wrong.csv'), 'order,what\nfine 4,cancel\n');
      assert.match(
        (await orders('apply', 'wrong.csv', '--note', 'x')).stderr,
        /^The file’s head lacks reference, action/,
      );
    });
  });
});
