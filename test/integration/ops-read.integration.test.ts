// `temporal orders` reads: lists by all that orders can be chosen by, tells their stories, watches them; as an operator types it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import type { OrderView } from '../../src/order/view.ts';
import { canariesIn, PERSON } from '../support/canaries.ts';
import type { CommandLine } from '../support/command-line.ts';
import { commandLine, PROGRAM } from '../support/command-line.ts';
import { idOf, orderRequest, resolution } from '../support/orders.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { asksHuman, closed, smsSent, until } from '../support/waits.ts';

type Line = { id: string; status: string; allowed: string[]; story?: { what: string }[] };

describe('temporal orders', () => {
  let service: Service;
  let orders: CommandLine;
  before(async () => {
    service = await startService();
    orders = commandLine(service);
    const request = { ...PERSON, cart_items: [{ reference: 'F', name: 'Frame', price_with_tax: 12_345, quantity: 1 }] };
    const placed = async (reference: string, store: string) => {
      const merchant = { id: 'merchant_1', store_ref: store };
      return (await service.api.place(orderRequest({ ...request, reference, merchant }), { prefer: 'wait=10' })).body;
    };
    for (const [reference, store] of [
      ['waits', 'store_1'],
      ['signed', 'store_2'],
    ] as const)
      await service.see((await placed(reference, store)).id, 'the SMS', smsSent);
    service.simulator.confirm('signed');
    await service.see(idOf('signed'), 'the end', closed);
    service.simulator.faults.set('asks', 'create', { kind: 'cut_body' });
    await service.see((await placed('asks', 'store_2')).id, 'the attention', asksHuman);
    await until('the lists', async () => (await ids()).length === 3 || null);
    await until('the lists', async () => (await ids('--status', 'confirmed')).length === 1 || null);
  });
  after(() => service.close());

  const ids = async (...args: string[]) => (await orders.json<Line>('list', ...args)).map(({ id }) => id).toSorted();

  const CHOICES: [string[], string[]][] = [
    [[], ['asks', 'signed', 'waits']],
    [['--status', 'awaiting_customer'], ['waits']],
    [['--attention'], ['asks']],
    [['--attention', 'create_outcome_unknown'], ['asks']],
    [['--attention', 'sms_not_sent'], []],
    [
      ['--merchant', 'merchant_1', '--store', 'store_2'],
      ['asks', 'signed'],
    ],
    [['--merchant', 'merchant_2'], []],
    [['--reference', 'signed'], ['signed']],
    [['--older-than', '1h'], []],
    [
      ['--newer-than', '1h'],
      ['asks', 'signed', 'waits'],
    ],
    [['--past-deadline'], []],
    [['--stuck'], []],
    [['--phone', PERSON.mobile_phone, '--status', 'confirmed'], ['signed']],
  ];
  for (const [args, references] of CHOICES)
    it(`lists ${args.join(' ') || 'all'}`, async () => assert.deepEqual(await ids(...args), references.map(idOf)));

  it('lists by seQura’s number', async () => {
    const [waits] = await orders.json<{ sequra_order_id: string }>('list', '--reference', 'waits');
    assert.deepEqual(await ids('--number', waits?.sequra_order_id ?? ''), [idOf('waits')]);
  });

  it('lists in columns, with their number and their money beside', async () => {
    const { code, lines, stderr } = await orders('list');
    assert.equal(code, 0);
    assert.match(lines[0] ?? '', /^ORDER +STATUS +ASKS +AMOUNT +PLACED +NUMBER$/);
    assert.match(lines.join('\n'), /^order:merchant_1:asks +creating +create_outcome_unknown \(.+\) +123\.45 EUR/m);
    assert.equal(stderr, '3 orders, 370.35 EUR\n');
    assert.match((await orders('list', '--limit', '1')).stderr, /^1 order, 123\.45 EUR; there are more: --limit 0/);
  });

  it('tells an order’s story, with its customer’s data only where it is asked for', async () => {
    await service.api.act(idOf('asks'), 'resolve', resolution('retry'));
    await service.see(idOf('asks'), 'the SMS', smsSent);
    const shown = await orders('show', 'asks');
    assert.equal(shown.code, 0);
    const story = [
      'the order is placed',
      '→ seQura: create (123.45 EUR)',
      '← create: the outcome is unknown: it may have been done',
      '! asks a human: create_outcome_unknown',
      'an operator answers: retry, by ana: “looked it up”',
      '→ seQura: create (123.45 EUR)',
      '← create: created, seQura’s number is',
      '→ seQura: SMS',
      '← SMS: sent',
      'waits until',
    ];
    const lines = shown.lines.slice(shown.lines.findIndex((line) => line.startsWith('CET')) + 1);
    assert.deepEqual(
      lines.map((line, index) => line.slice(32).startsWith(story[index] ?? '?')),
      story.map(() => true),
      shown.stdout,
    );
    for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  \d\d:\d\d:\d\dZ  /);
    assert.deepEqual(canariesIn([shown.stdout, shown.stderr, (await orders('list')).stdout]), []);
    const revealed = await orders('show', 'asks', '--reveal');
    for (const canary of [PERSON.given_names, PERSON.surnames, PERSON.mobile_phone, PERSON.nin])
      assert.ok(revealed.stdout.includes(canary), canary);
  });

  it('tells of a webhook, of a stop, and of being carried on', async () => {
    const { id } = await service.place({ request: { reference: 'stopped' } });
    await service.see(id, 'the SMS', smsSent);
    await service.client.workflow.getHandle(id).terminate('by mistake');
    await until('the list', async () => (await ids('--attention', 'workflow_stopped')).length === 1 || null);
    service.simulator.confirm('stopped');
    await service.see(id, 'the end', closed);
    await until('the story', async () => {
      const [shown] = await orders.json<Line>('show', id);
      const told = (shown?.story ?? []).map(({ what }) => what).join('\n');
      return (
        /terminated by .*: by mistake\n(.*\n)*carried on in a new run\n(.*\n)*webhook of seQura: order\/confirmed(.*\n)*the order is confirmed/.test(
          told,
        ) || null
      );
    });
  });

  it('gives a terminal nothing that it would obey', async () => {
    const { id } = await service.place({ request: { reference: 'hostile' } });
    await service.see(id, 'the SMS', smsSent);
    const event = 'order/\u001b[2J\u202egnihton';
    await service.orders.webhook('merchant_1', 'hostile', { event, event_id: 'h1', kind: 'note' });
    await service.see(id, 'the webhook', ({ timeline }) => timeline.at(-1)?.event === 'webhook_noted');
    const { stdout } = await orders('show', id);
    assert.match(stdout, /order\/\uFFFD\[2J\uFFFDgnihton/);
    assert.ok(!stdout.includes('\u001b') && !stdout.includes('\u202e'));
  });

  it('watches an order until its end', async () => {
    const { id } = await service.place({ request: { reference: 'watched' } });
    await service.see(id, 'the SMS', smsSent);
    const watching = orders('watch', id);
    service.simulator.confirm('watched');
    const { code, lines } = await watching;
    assert.deepEqual([code, /order:merchant_1:watched {2}confirmed/.test(lines.at(-1) ?? '')], [0, true]);
  });

  it('watches all that are chosen, and tells of one that no longer is', async () => {
    const args = [PROGRAM, 'watch', '--attention', 'sms_not_sent', '--every', '1', '--json'];
    const watching = spawn(process.execPath, args, { env: orders.env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    watching.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(watching, 'exit');
    service.simulator.faults.set('comes and goes', 'send_sms', { kind: 'refuse', status: 422 });
    const { id } = await service.place({ request: { reference: 'comes and goes' } });
    const told = () => said.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as OrderView]));
    await until('it comes', () => told().some((order) => order.id === id && asksHuman(order)));
    await service.api.act(id, 'resolve', resolution('retry'));
    await until('it goes', () => told().some((order) => order.id === id && !asksHuman(order)));
    watching.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
  });

  it('completes what a shell asks for', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await orders('completion', shell);
      assert.deepEqual([code, stdout.includes('temporal-orders complete --')], [0, true], shell);
    }
    const words = async (...args: string[]) =>
      (await orders('complete', '--', ...args)).lines.map((line) => line.split('\t')[0]);
    assert.ok((await words('re')).includes('reconcile'));
    assert.ok((await words('list', '--att')).includes('--attention'));
    assert.ok((await words('list', '--status', '')).includes('awaiting_customer'));
  });

  it('says in a sentence what is wrong, and tells with its exit code', async () => {
    const wrong: [string[], number, RegExp][] = [
      [[], 2, /^Usage: temporal-orders/],
      [['lists'], 2, /unknown command 'lists'/],
      [['list', '--older-than', '1 week'], 2, /30m, 6h or 2d/],
      [['list', '--attention', 'hunger'], 2, /Allowed choices are workflow_stopped/],
      [['show', 'nobody'], 1, /^No order has the reference nobody/],
      [['show', 'nobody', '--merchant', 'merchant_1'], 1, /^There is no order order:merchant_1:nobody/],
    ];
    for (const [args, exitCode, words] of wrong) {
      const { code, stdout, stderr } = await orders(...args);
      assert.deepEqual([code, stdout], [exitCode, ''], args.join(' '));
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, / at .*\.js/);
    }
  });
});
