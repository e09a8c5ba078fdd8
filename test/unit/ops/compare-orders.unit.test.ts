// What an order needs that differs from what seQura's back office has.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewOrderEvent } from '../../../src/order/events.ts';
import { orderView } from '../../../src/order/view.ts';
import type { TheirOrder } from '../../../src/ops/compare-orders.ts';
import { readList, tasksOf } from '../../../src/ops/compare-orders.ts';
import { after, happen, newOrder } from '../../support/orders.ts';

const there = (state: TheirOrder['state'], number = '4567'): TheirOrder => ({
  merchantId: 'merchant_1',
  reference: 'pos_1234',
  number,
  state,
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

describe('a list', () => {
  it('has an order in each line', () => {
    assert.deepEqual(readList('merchant_1\tpos_1234\t4567\topen\r\n\nmerchant_1\ta, "b" c\t4568\tundone'), [
      there('open'),
      { merchantId: 'merchant_1', reference: 'a, "b" c', number: '4568', state: 'undone' },
    ]);
  });

  it('names every line that is wrong', () => {
    assert.throws(() => readList('merchant_1\tx\t1\topen\nmerchant_1,x,1,open\nmerchant_1\tx\t1\tsold\nm\t\t1\topen'), {
      message: /^line 2: .*\nline 3: .*\nline 4: .*between tabs$/,
    });
  });
});
