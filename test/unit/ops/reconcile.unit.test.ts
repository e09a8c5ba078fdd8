// What an order needs that differs from what seQura's back office has.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewOrderEvent } from '../../../src/order/events.ts';
import { orderView } from '../../../src/order/view.ts';
import { readCsv } from '../../../src/ops/csv.ts';
import { writeCsv } from '../../../src/ops/write-csv.ts';
import type { TheirOrder } from '../../../src/ops/reconcile.ts';
import { tasksOf, theirOrders } from '../../../src/ops/reconcile.ts';
import { after, happen, newOrder } from '../../support/orders.ts';

const there = (
  state: TheirOrder['state'],
  number: string | null = '4567',
  totalCents: number | null = null,
): TheirOrder => ({
  merchantId: 'merchant_1',
  reference: 'pos_1234',
  number,
  state,
  totalCents,
});
const here = (...events: NewOrderEvent[]) => orderView(after(newOrder(), ...events));
const told = (event: string): NewOrderEvent => ({ type: 'webhook', webhook: { event } });
const { createStarted, created, createUnknown } = happen;

describe('an order at seQura', () => {
  const cases: [string, TheirOrder[], ReturnType<typeof here> | null, string[]][] = [
    ['is forgotten where we have none', [there('open')], null, ['forgotten']],
    ['agrees while its customer is waited for', [there('open')], here(createStarted, created), []],
    ['agrees where it is signed on both sides', [there('signed')], here(createStarted, created, told('confirmed')), []],
    ['was signed, and we have not heard', [there('signed')], here(createStarted, created), ['confirm']],
    ['was cancelled, and we have not heard', [there('cancelled')], here(createStarted, created), ['cancel']],
    ['was signed and undone', [there('undone')], here(createStarted, created), ['confirm', 'cancel']],
    ['was undone behind our back', [there('undone')], here(createStarted, created, told('confirmed')), ['cancel']],
    ['is to be attached', [there('open')], here(createStarted, createUnknown), ['attach']],
    ['was signed before its create had an answer', [there('signed')], here(createStarted, createUnknown), ['confirm']],
    ['has a create under way', [there('open')], here(createStarted), ['wait']],
    ['is open, and ours has ended', [there('open')], here(createStarted, created, told('cancelled')), ['look']],
    ['has another number than ours', [there('open', '4568')], here(createStarted, created), ['look']],
    ['has no number in the list', [there('signed', null)], here(createStarted, created), ['confirm']],
    ['has no state in the list', [there(null, null)], here(createStarted, created), []],
    ['costs the same', [there('open', '4567', 25_000)], here(createStarted, created), []],
    ['costs less there', [there('open', '4567', 24_999)], here(createStarted, created), ['amount']],
    ['is one of two', [there('open'), there('open', '4568')], here(createStarted, createUnknown), ['look']],
    [
      'follows a cancelled one',
      [there('cancelled', '1'), there('open')],
      here(createStarted, createUnknown),
      ['attach'],
    ],
  ];
  for (const [sentence, theirs, ours, tasks] of cases)
    it(sentence, () => assert.deepEqual(tasksOf(theirs, ours), tasks));

  it('is told of an end once, whatever the order made of it', () => {
    const order = here(createStarted, created, told('cancelled'), told('confirmed'));
    assert.equal(order.attention?.reason, 'confirm_cancel_crossed');
    assert.deepEqual(tasksOf([there('undone')], order), []);
  });
});

const read = (text: string, merchantId?: string) => theirOrders(readCsv(text, ['reference']), merchantId);

describe('a list', () => {
  it('has an order in each row, by the words of seQura, of a shop, or ours', () => {
    const head = 'Merchant,Reference,sequra_order_id,State,total';
    assert.deepEqual(
      read(`\uFEFF${head}\r\nmerchant_1,pos_1234,4567,pending,\r\n\r\nmerchant_1,"a, ""b"" c",4568,undone,"250,00"`),
      [
        there('open'),
        { merchantId: 'merchant_1', reference: 'a, "b" c', number: '4568', state: 'undone', totalCents: 25_000 },
      ],
    );
    assert.deepEqual(read('reference;total\npos_1234;7', 'merchant_1'), [there(null, null, 700)]);
    assert.deepEqual(read('reference\tstatus\tnumber\npos_1234\tcompleted\t1', 'merchant_1'), [there('signed', '1')]);
    assert.deepEqual(read('reference\n', 'merchant_1'), []);
  });

  it('gets back what a spreadsheet would have taken for a formula', () => {
    const written = writeCsv(['reference'], [['=1+1'], ["'quoted'"]]);
    assert.match(written, /^'=1\+1$/m);
    assert.deepEqual(
      read(written, 'm').map(({ reference }) => reference),
      ['=1+1', "'quoted'"],
    );
  });

  it('names every row that is wrong', () => {
    const rows = ['merchant_1,x,sold,', ',x,open,', 'm,,open,', 'm,x,open,1.5', 'm,x,open,1.50'].join('\n');
    assert.throws(() => read(`merchant,reference,state,total\n${rows}`), {
      message:
        /^line 2: sold is none of .*\nline 3: no merchant.*\nline 4: no reference\nline 5: 1\.5 is no amount such as 250\.00$/,
    });
    assert.throws(() => read('name\nx'), /lacks reference/);
    assert.throws(() => read('reference\n"x'), /no CSV/);
  });
});
