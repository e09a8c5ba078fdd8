// The file of those that failed asks for the very same again; and what was never begun is in it, however often an order is named.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Change } from '../../../src/ops/change.ts';
import { ACTIONS, refusalOf } from '../../../src/ops/change.ts';
import { carryOutAll } from '../../../src/ops/carry-out.ts';
import { changeOf, failedCsv } from '../../../src/ops/change-file.ts';
import { idOfRow, readCsv } from '../../../src/ops/csv.ts';
import { orderWorkflowId } from '../../../src/order/ids.ts';
import { openAttention } from '../../../src/order/order.ts';
import { after, awaiting, happen } from '../../support/orders.ts';

const EVERY: Change[] = ACTIONS.map((action, index) => ({
  id: orderWorkflowId('merchant_1', `=pos; "${index}`),
  action,
  number: action === 'attach' ? '4567' : undefined,
  phone: action === 'resend-sms' ? '+34666123456' : undefined,
  asked: index % 2 === 0 ? { reason: 'sms_not_sent', since: '2026-11-29T10:00:00.000Z' } : undefined,
}));
const FAILED = { outcome: 'failed', what: 'Temporal does not answer.', order: null } as const;

const read = (csv: string) => readCsv(csv, []).map((row) => [idOfRow(row, undefined), changeOf(row)]);

describe('the file of the changes that failed', () => {
  it('asks for the same changes when it is read', () => {
    const failed = EVERY.map((change) => ({ ...change, ...FAILED }));
    assert.deepEqual(
      read(failedCsv(failed)),
      EVERY.map(({ id, ...change }) => [id, change]),
    );
  });

  it('names each order as it is called, whatever its reference begins with', () => {
    const named = ['=', '+', '-', '@', '＝', '＋', '－', '＠', "'", '"'].map((sign): Change => ({
      id: orderWorkflowId('merchant_1', `${sign}1`),
      action: 'cancel',
    }));
    assert.deepEqual(
      read(failedCsv(named.map((change) => ({ ...change, ...FAILED })))).map(([id]) => id),
      named.map(({ id }) => id),
    );
  });

  it('has what was never begun, also of an order that was', async () => {
    const stopped = new AbortController();
    const twice = ['+34666123456', '+34666123457'].map((phone): Change => ({
      id: 'order:merchant_1:pos',
      action: 'resend-sms',
      phone,
    }));
    const change = async () => {
      stopped.abort('stopped by Ctrl-C');
      return { ...FAILED, outcome: 'done' } as const;
    };
    const results = await carryOutAll(twice, change, { perSecond: 10, stopped, done: () => {} });
    assert.deepEqual(
      results.map(({ phone, outcome }) => [phone, outcome]),
      [
        ['+34666123456', 'done'],
        ['+34666123457', 'failed'],
      ],
    );
  });

  it('is refused by an order that asks something else by then', () => {
    const order = after(awaiting(), happen.unknownEvent);
    const now = openAttention(order) ?? undefined;
    assert.ok(now !== undefined);
    const refusal = (asked: Change['asked']) =>
      refusalOf(order, { id: order.id, action: 'dismiss', asked }, { operator: 'ana', note: 'why' });
    assert.equal(refusal(now), null);
    assert.match(refusal({ ...now, since: '2026-11-21T10:00:00.000Z' }) ?? '', /something else by now/);
  });

  it('is refused where a phone or a question is none, and does not show the phone', () => {
    const head = 'merchant,reference,action,phone,asked\n';
    assert.deepEqual(read(`${head}m,a,resend-sms,12345,\nm,b,retry,,yesterday\nm,c,call,,\n`), [
      ['order:m:a', 'phone is no mobile number with its prefix, as in +34…'],
      ['order:m:b', 'asked is no reason with a time'],
      ['order:m:c', `call is none of ${ACTIONS.join(', ')}`],
    ]);
  });
});
