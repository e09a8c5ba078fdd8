// What an order is found and called by: ids, event names, sums, and the attributes that lists are made of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isReference, orderWorkflowId, parseOrderId } from '../../../src/order/ids.ts';
import { totalCents } from '../../../src/order/request.ts';
import { changedSearchAttributes, SEARCH_ATTRIBUTES, searchAttributes } from '../../../src/order/search-attributes.ts';
import {
  ATTENTION_REASONS,
  ATTENTIONS,
  isCancelled,
  isFinal,
  ORDER_STATUSES,
  STATUSES,
} from '../../../src/order/status.ts';
import { eventKind, webhookKey, webhookName } from '../../../src/order/webhook.ts';
import { after, awaiting, happen, newOrder } from '../../support/orders.ts';

describe('an id', () => {
  it('is made of merchant and reference, and comes back as them', () => {
    assert.equal(orderWorkflowId('m-1_A', 'a b:ñ/%'), 'order:m-1_A:a%20b%3A%C3%B1%2F%25');
    assert.deepEqual(parseOrderId('order:m-1_A:a%20b%3A%C3%B1%2F%25'), { merchantId: 'm-1_A', reference: 'a b:ñ/%' });
    assert.deepEqual(parseOrderId(`order:${'m'.repeat(64)}:x`), { merchantId: 'm'.repeat(64), reference: 'x' });
  });

  it('is exactly what we write, or none', () => {
    for (const id of [
      '',
      'order::x',
      'order:m:',
      'order:m:a:b',
      'order:m:a b',
      'order:m:%C3',
      'order:m:%c3%b1',
      'order:m!:x',
      `order:${'m'.repeat(65)}:x`,
      'xorder:m:x',
      'order:m:x\n',
    ])
      assert.equal(parseOrderId(id), null, id);
  });

  it('has a reference of 1 to 64 characters that show as text', () => {
    for (const text of ['a', 'x'.repeat(64), '😀'.repeat(64), ' ']) assert.equal(isReference(text), true, text);
    for (const text of ['', 'x'.repeat(65), 'a\u0000b', 'a\nb', 'a\u007F', '\uD800'])
      assert.equal(isReference(text), false, JSON.stringify(text));
  });
});

describe('the name of an event', () => {
  it('says what it means, as seQura’s names and the patterns of a setting do', () => {
    const kinds = {
      'order/confirmed': 'confirm',
      confirmed: 'confirm',
      'order/approved': 'confirm',
      approved: 'confirm',
      'order/cancelled': 'cancel',
      cancelled: 'cancel',
      'order/account_in_debt': 'note',
      'order/account_up_to_date': 'note',
      'subscriptions/new': 'reject',
      'subscriptions/': 'reject',
      needs_card: 'reject',
      aml_check: 'reject',
      needs_cards: 'unknown',
      'my/subscriptions/new': 'unknown',
      'order/confirmed2': 'unknown',
      '': 'unknown',
    };
    for (const [name, kind] of Object.entries(kinds)) assert.equal(eventKind(name), kind, name);
    const own = { confirm: ['paid*'], cancel: [], note: ['paid/again'], reject: [] };
    assert.deepEqual(
      ['paid/again', 'paid', 'pai'].map((name) => eventKind(name, own)),
      ['confirm', 'confirm', 'unknown'],
    );
  });

  it('and its id make the key of a webhook, from which the name comes back', () => {
    assert.notEqual(webhookKey({ event: 'a', event_id: '1' }), webhookKey({ event: 'a', event_id: '2' }));
    assert.notEqual(webhookKey({ event: 'a', event_id: '1' }), webhookKey({ event: 'b', event_id: '1' }));
    assert.equal(webhookKey({ event: 'a' }), webhookKey({ event: 'a', event_id: null }));
    assert.equal(webhookName(webhookKey({ event: 'two words', event_id: 'e1' })), 'two words');
    assert.equal(webhookName(webhookKey({ event: 'a' })), 'a');
  });
});

describe('the sum of an order', () => {
  it('is that of its items, times how many', () => {
    const item = (price_with_tax: number, quantity: number) => ({
      reference: 'r',
      name: 'n',
      price_with_tax,
      quantity,
    });
    assert.equal(totalCents([]), 0);
    assert.equal(totalCents([item(250, 3), item(1, 1)]), 751);
  });
});

describe('the attributes that lists are made of', () => {
  const pairs = (order: ReturnType<typeof newOrder>) =>
    Object.fromEntries(searchAttributes(order).map(({ key, value }) => [key.name, value]));

  it('say where an order stands, and have the types that are registered', () => {
    const order = newOrder();
    const known = { MerchantId: 'merchant_1', StoreRef: 'store_1', OrderReference: order.reference };
    assert.deepEqual(pairs(order), {
      ...known,
      OrderStatus: 'creating',
      OrderAttention: null,
      SequraOrderId: null,
      ConfirmBy: null,
      SmsOfDay: null,
    });
    const asking = after(awaiting(), happen.unknownEvent);
    assert.deepEqual(pairs(asking), {
      ...known,
      OrderStatus: 'awaiting_customer',
      OrderAttention: 'unrecognised_event',
      SequraOrderId: '4567',
      ConfirmBy: new Date(asking.confirmBy ?? ''),
      SmsOfDay: null,
    });
    for (const { key } of searchAttributes(asking))
      assert.equal(key.type, SEARCH_ATTRIBUTES[key.name as 'OrderStatus']);
    assert.deepEqual(
      Object.values(SEARCH_ATTRIBUTES).filter((type) => type !== 'KEYWORD'),
      ['DATETIME', 'BOOL', 'KEYWORD_LIST'],
    );
  });

  it('are written only where they have changed', () => {
    const order = awaiting();
    const names = (after: typeof order) => changedSearchAttributes(order, after).map(({ key }) => key.name);
    assert.deepEqual(names({ ...order }), []);
    assert.deepEqual(names(after(order, happen.confirm)), ['OrderStatus']);
    assert.deepEqual(names(after(order, happen.unknownEvent)), ['OrderAttention']);
    assert.deepEqual(
      changedSearchAttributes(newOrder(), order).map(({ key }) => key.name),
      ['OrderStatus', 'SequraOrderId', 'ConfirmBy'],
    );
  });
});

describe('the tables of the lifecycle', () => {
  it('say everything in words that an operator can read', () => {
    for (const status of ORDER_STATUSES) assert.match(STATUSES[status].means, /^[a-z].{10,}[^.]$/, status);
    for (const reason of ATTENTION_REASONS) {
      assert.match(ATTENTIONS[reason].means, /^[A-Za-z].{20,}\.$/, reason);
      assert.match(ATTENTIONS[reason].todo, /^[A-Z`].{20,}[.!]$/, reason);
    }
  });

  it('know what is final, and what a cancel has nothing left to do in', () => {
    assert.deepEqual(ORDER_STATUSES.filter(isFinal), [
      'confirmed',
      'expired',
      'cancelled',
      'cancellation_requested',
      'failed',
    ]);
    assert.deepEqual(ORDER_STATUSES.filter(isCancelled), ['expired', 'cancelled', 'cancellation_requested']);
  });

  it('put first what is most pressing', () => {
    assert.deepEqual(ATTENTION_REASONS, [
      'workflow_stopped',
      'create_outcome_unknown',
      'confirm_cancel_crossed',
      'cancel_refused',
      'cancel_overdue',
      'webhooks_unreachable',
      'sms_not_sent',
      'unrecognised_event',
    ]);
  });
});
