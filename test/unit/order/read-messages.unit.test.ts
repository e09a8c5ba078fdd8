// What operators type into the Temporal UI is read, or what is wrong with it is said.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESOLVE_ACTIONS } from '../../../src/order/status.ts';
import { readMobilePhone, readResolution, readSequraEvent } from '../../../src/order/read-messages.ts';

const UNREADABLE = { event: '(unreadable)', kind: 'unknown' };

describe('a webhook that was typed', () => {
  it('may be the bare name of its event, or have the fields that the API relays', () => {
    assert.deepEqual(readSequraEvent('order/confirmed'), {
      event: 'order/confirmed',
      event_id: undefined,
      order_ref: null,
    });
    const relayed = { event: 'x', event_id: 'e1', order_ref: 'uuid', kind: 'cancel' };
    assert.deepEqual(readSequraEvent(relayed), relayed);
    assert.deepEqual(readSequraEvent({ ...relayed, more: 1 }), relayed);
  });

  it('keeps each kind that there is, and is judged by its name where it has another', () => {
    for (const kind of ['confirm', 'cancel', 'note', 'unknown'])
      assert.equal(readSequraEvent({ event: 'x', kind }).kind, kind);
    for (const kind of ['reject', 'Confirm', 7, null])
      assert.equal('kind' in readSequraEvent({ event: 'x', kind }), false);
  });

  it('tells an event without an id of the API, which has null, from one that was typed, which has none', () => {
    assert.equal(readSequraEvent({ event: 'x', event_id: null }).event_id, null);
    assert.equal(readSequraEvent({ event: 'x', event_id: 7 }).event_id, null);
    assert.equal(readSequraEvent({ event: 'x' }).event_id, undefined);
  });

  it('asks a human where it cannot be read', () => {
    for (const given of [undefined, null, 7, [], {}, '', { event: '' }, { event: 7 }, { event: 'x'.repeat(201) }])
      assert.deepEqual(readSequraEvent(given), UNREADABLE);
    assert.equal(readSequraEvent({ event: 'x'.repeat(200) }).event.length, 200);
    assert.equal(readSequraEvent({ event: 'x', order_ref: 'x'.repeat(201) }).order_ref, null);
  });
});

describe('an answer that was typed', () => {
  const answer = { action: 'retry', operator: 'ana', note: 'looked it up' };

  it('is read with each action, and nothing more than it has', () => {
    for (const action of RESOLVE_ACTIONS)
      assert.deepEqual(readResolution({ ...answer, action }), { ...answer, action });
    assert.deepEqual(readResolution({ ...answer, more: 1, sequra_order_id: null }), answer);
  });

  it('says which action there is, where it has none', () => {
    for (const given of [undefined, 'retry', {}, { ...answer, action: 'Retry' }, { ...answer, action: undefined }])
      assert.equal(
        readResolution(given),
        '`action` must be one of attach, retry, give_up, mark_confirmed, mark_cancelled, dismiss.',
      );
  });

  it('needs somebody who answers, and a reason, each of at most 200 characters', () => {
    const says = '`operator` and `note` must be texts of 1 to 200 characters.';
    for (const field of ['operator', 'note']) {
      for (const wrong of [undefined, null, '', 7, 'x'.repeat(201)])
        assert.equal(readResolution({ ...answer, [field]: wrong }), says, field);
      assert.deepEqual(readResolution({ ...answer, [field]: 'x'.repeat(200) }), {
        ...answer,
        [field]: 'x'.repeat(200),
      });
    }
  });

  it('takes seQura’s number as a text or a number, without what does not show around it', () => {
    const numberOf = (given: unknown) => {
      const read = readResolution({ ...answer, action: 'attach', sequra_order_id: given });
      return typeof read === 'string' ? read : read.sequra_order_id;
    };
    const wrong = '`sequra_order_id` must be a text of 1 to 64 characters.';
    assert.equal(numberOf('4567'), '4567');
    assert.equal(numberOf(4567), '4567');
    assert.equal(numberOf(' 45\u200B67\uFEFF'), '4567');
    assert.equal(numberOf('x'.repeat(64)), 'x'.repeat(64));
    for (const bad of ['', 'x'.repeat(65), {}, true]) assert.equal(numberOf(bad), wrong);
    // As runs of before took it.
    assert.equal(numberOf('\u200B'), '\u200B');
  });

  it('keeps what the API says of it, and leaves out what is no such thing', () => {
    const answers = { reason: 'sms_not_sent', since: '2026-11-22T10:00:00.000Z' };
    const asked_at = '2026-11-22T10:00:01.000Z';
    assert.deepEqual(readResolution({ ...answer, answers, asked_at }), { ...answer, answers, asked_at });
    for (const wrong of [
      null,
      'sms_not_sent',
      { ...answers, reason: 'bored' },
      { reason: 'sms_not_sent' },
      { ...answers, since: 7 },
    ])
      assert.deepEqual(readResolution({ ...answer, answers: wrong, asked_at: 7 }), answer);
  });
});

describe('a number for an SMS that was typed', () => {
  it('is the order’s own where none was', () => {
    for (const given of [undefined, null, {}, { mobile_phone: null }, 'text', 7])
      assert.equal(readMobilePhone(given), null);
  });

  it('is one in E.164, after tidying', () => {
    const read = (mobile_phone: unknown) => readMobilePhone({ mobile_phone });
    assert.equal(read('+34 666-123-456'), '+34666123456');
    assert.equal(read('0034666123456'), '+34666123456');
    assert.equal(read('+1234567'), '+1234567');
    assert.equal(read('+123456789012345'), '+123456789012345');
    for (const wrong of [
      '',
      '666123456',
      '+123456',
      '+1234567890123456',
      '+0345678901',
      'x+34666123456',
      '+34666123456x',
      34666123456,
    ])
      assert.equal(read(wrong), undefined, String(wrong));
  });

  it('is none where the codec could not read what was typed', () => {
    assert.equal(readMobilePhone({ unreadable: 'corrupted' }), undefined);
  });
});
