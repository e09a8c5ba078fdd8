// A webhook is read so that nothing but its two needed fields can lose it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReadWebhook } from '../../../../src/api/schemas/webhook-body.ts';
import { readWebhook } from '../../../../src/api/schemas/webhook-body.ts';

const FORM = 'application/x-www-form-urlencoded';
const NEEDED = 'event=order%2Fconfirmed&order_ref_1=pos_1234';

function form(text: string): ReadWebhook {
  return readWebhook(Buffer.from(text, 'latin1'), FORM);
}

function json(value: unknown): ReadWebhook {
  return readWebhook(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'application/json');
}

/** Any bytes, less the names of the fields that we need. */
function noise(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/event|order/g, '');
}

const CONFIRMED: ReadWebhook = {
  eventName: 'order/confirmed',
  reference: 'pos_1234',
  webhook: { event: 'order/confirmed', event_id: null, order_ref: null },
};

describe('a form-encoded webhook', () => {
  it('gives its four fields', () => {
    const read = form(`${NEEDED}&event_id=ev+1&order_ref=a-uuid&order_ref_2=""&utf8=%E2%9C%93&charset=utf-8`);
    assert.deepEqual(read, {
      ...CONFIRMED,
      webhook: { event: 'order/confirmed', event_id: 'ev 1', order_ref: 'a-uuid' },
    });
  });

  it('reads references in any spelling of UTF-8', () => {
    for (const spelling of ['Mar%C3%ADa+1', 'Mar\u00C3\u00ADa%201']) {
      assert.equal('reference' in form(`event=x&order_ref_1=${spelling}`), true);
      assert.deepEqual(form(`event=x&order_ref_1=${spelling}`), {
        eventName: 'x',
        reference: 'María 1',
        webhook: { event: 'x', event_id: null, order_ref: null },
      });
    }
  });

  const HARMLESS = {
    'a thousand other fields': Array.from({ length: 1000 }, (_, index) => `f${index}=${index}`).join('&'),
    'bad UTF-8 in another field': 'name=%FF%FE&%C3%28=1&raw=\u00FF',
    'broken percent-encoding': 'x=%zz&y=%&z=%4',
    'other fields repeated': 'a=1&a=2&a=3',
    'nested and special names': 'a[b][c]=1&__proto__=1&constructor=2&hasOwnProperty=3&=4&&&',
    'an unreadable event_id': 'event_id=%FF',
    'a repeated event_id': 'event_id=1&event_id=2',
    'an empty event_id and order_ref': 'event_id=&order_ref',
    'a null byte elsewhere': 'x=%00\u0000',
  };
  for (const [what, fields] of Object.entries(HARMLESS)) {
    it(`loses nothing to ${what}, before or after`, () => {
      assert.deepEqual(form(`${fields}&${NEEDED}`), CONFIRMED);
      assert.deepEqual(form(`${NEEDED}&${fields}`), CONFIRMED);
    });
  }

  const REFUSED = {
    '': /event.*missing/,
    'order_ref_1=pos_1234': /event.*missing/,
    'event=&order_ref_1=pos_1234': /event.*missing/,
    'event=x': /order_ref_1.*missing/,
    'event=x&order_ref_1=': /order_ref_1.*missing/,
    'event=x&event=x&order_ref_1=a': /event.*repeated/,
    'event=x&order_ref_1=a&order_ref_1=a': /order_ref_1.*repeated/,
    'event=x&order_ref_1=a&order%5Fref_1=b': /order_ref_1.*repeated/,
    'event=%FF&order_ref_1=a': /event.*UTF-8/,
    'event=x&order_ref_1=%C3': /order_ref_1.*UTF-8/,
    'event=x&order_ref_1=%ED%A0%80': /order_ref_1.*UTF-8/,
    'event=x&order_ref_1=\u00FF': /order_ref_1.*UTF-8/,
  };
  for (const [body, mistake] of Object.entries(REFUSED)) {
    it(`is refused as ${JSON.stringify(body)}`, () => {
      const read = form(body);
      assert.match('mistake' in read ? read.mistake : 'taken', mistake);
    });
  }

  it('keeps long ids in a short form that tells them apart', () => {
    const ids = ['a'.repeat(101), 'a'.repeat(102), 'a'.repeat(101)].map((id) => {
      const read = form(`${NEEDED}&event_id=${id}`);
      return 'webhook' in read ? read.webhook.event_id : null;
    });
    assert.match(ids[0] ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.notEqual(ids[0], ids[1]);
    assert.equal(ids[0], ids[2]);
  });

  it('keeps a long event name short, and judges it as it was sent', () => {
    const read = form(`event=${'e'.repeat(200)}&order_ref_1=a`);
    assert.ok('webhook' in read && read.eventName.length === 200 && read.webhook.event.length < 100);
  });

  it('takes a confirmation whatever else a body holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 500 }), (before, after) => {
        const read = form(`${noise(before)}&${NEEDED}&${noise(after)}`);
        assert.ok('reference' in read && read.reference === 'pos_1234' && read.eventName === 'order/confirmed');
      }),
    );
  });
});

type FieldMistake = { mistake: string };

describe('a JSON webhook', () => {
  const NEEDED_JSON = { event: 'order/confirmed', order_ref_1: 'pos_1234' };

  it('gives its four fields, numbers as text', () => {
    assert.deepEqual(json({ ...NEEDED_JSON, event_id: 17, order_ref: 'a-uuid', more: { deep: [1] } }), {
      ...CONFIRMED,
      webhook: { event: 'order/confirmed', event_id: '17', order_ref: 'a-uuid' },
    });
  });

  it('loses nothing to other fields', () => {
    assert.deepEqual(json({ ...NEEDED_JSON, event_id: null, order_ref: { x: 1 } }), CONFIRMED);
    assert.deepEqual(json(`\uFEFF${JSON.stringify(NEEDED_JSON)}`), CONFIRMED);
    const badUtf8 = Buffer.from(`{"name":"\u00FF","event":"order/confirmed","order_ref_1":"pos_1234"}`, 'latin1');
    assert.deepEqual(readWebhook(badUtf8, 'application/json'), CONFIRMED);
  });

  const REFUSED: unknown[] = [
    '',
    'nonsense',
    '[]',
    'null',
    '"event"',
    {},
    { event: 'x' },
    { event: '', order_ref_1: 'a' },
    { event: 'x', order_ref_1: null },
    { event: ['x'], order_ref_1: 'a' },
    { event: 'x', order_ref_1: '\uD800' },
    '{"__proto__":{"event":"x","order_ref_1":"a"}}',
  ];
  for (const body of REFUSED) {
    it(`is refused as ${JSON.stringify(body)}`, () => assert.ok('mistake' in json(body)));
  }

  it('is refused where a needed field is repeated, however it is written', () => {
    for (const again of ['"event":"order/account_in_debt"', '"ev\\u0065nt" : null', '"order_ref_1":"pos_1234"'])
      assert.match(
        (json(`{"event":"order/confirmed","order_ref_1":"pos_1234",${again}}`) as FieldMistake).mistake,
        /repeated/,
      );
    const twice = '"event_id":"1","event_id":"2"';
    assert.deepEqual(json(`{${twice},"event":"order/confirmed","order_ref_1":"pos_1234"}`), CONFIRMED);
  });

  it('is taken with the same names, and any text, deeper inside', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const more = { a: [{ event: value }, text], ['"}{' + text]: { order_ref_1: text } };
        assert.deepEqual(json({ ...more, ...NEEDED_JSON }), CONFIRMED);
      }),
    );
  });

  it('is refused where a needed field is not UTF-8', () => {
    const bytes = Buffer.from(`{"event":"x","order_ref_1":"\u00FF"}`, 'latin1');
    assert.ok('mistake' in readWebhook(bytes, 'application/json'));
  });
});
