// What an operator reads of an order in the Temporal UI, where no browser test leads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evolve } from '../../../src/order/evolve.ts';
import { ATTENTIONS } from '../../../src/order/status.ts';
import { currentDetails, notDone, ORDER_DETAILS, orderSummary, stepSummary } from '../../../src/order/words.ts';
import { after, at, awaiting, cancelling, happen, newOrder } from '../../support/orders.ts';

describe('the order in words', () => {
  it('says until when a confirmation still has time, where the deadline was noticed late', () => {
    const order = awaiting({ confirmWithinSeconds: 60, settleSeconds: 600 });
    assert.doesNotMatch(currentDetails(order), /noticed late/);
    const late = evolve(order, { type: 'time', at: at(1_000), away: true });
    assert.match(currentDetails(late), /noticed late, .* until 2026-11-22 10:26:40 UTC$/m);
    const end = evolve(late, { type: 'time', at: at(1_600) });
    assert.equal(end.status, 'cancelling');
    assert.doesNotMatch(currentDetails(end), /noticed late/);
  });

  it('names each event that no rule knows, once, and no other', () => {
    const again = { type: 'webhook', webhook: { event: 'order/teleported', event_id: 'u2', kind: 'unknown' } } as const;
    const typed = { type: 'webhook', webhook: { event: '`odd`\n\n# name', kind: 'unknown' } } as const;
    const order = after(awaiting(), happen.noted, happen.unknownEvent, again, typed);
    assert.match(currentDetails(order), /^Noted: `order\/teleported`, `odd # name`\.$/m);
  });

  it('says when the reminder goes out', () => {
    const order = awaiting({ smsReminderAfterSeconds: 3_600 });
    assert.match(currentDetails(order), /^- Next: .*once more\. Until 2026-11-22 11:00:03 UTC\.$/m);
    assert.equal(stepSummary(order), 'Silence before the reminder');
  });

  it('says times in the operators’ zone too, with its day and its summer', () => {
    assert.match(
      currentDetails(awaiting({ timeZone: 'Europe/Madrid' })),
      /until: 2026-11-23 10:00:02 UTC \(2026-11-23 11:00:02 Europe\/Madrid\)$/m,
    );
    const inSummer = { ...awaiting({ timeZone: 'Europe/Madrid' }), confirmBy: '2026-07-01T22:30:00.000Z' };
    assert.match(currentDetails(inSummer), /until: 2026-07-01 22:30:00 UTC \(2026-07-02 00:30:00 Europe\/Madrid\)$/m);
    assert.match(currentDetails(awaiting({ timeZone: 'Mars/Olympus' })), /until: 2026-11-23 10:00:02 UTC$/m);
  });

  it('says when the next try is', () => {
    const order = after(newOrder(), happen.createStarted, happen.createNotSent);
    assert.match(currentDetails(order), /the next one waits\. Until 2026-11-22 10:00:\d\d UTC\./);
  });
});

describe('the page of an order in the Temporal UI', () => {
  const held = after(newOrder(), happen.createStarted, happen.createUnknown);

  it('is one line in the list', () => {
    assert.equal(orderSummary(newOrder()), 'pos_1234 · 250.00 EUR · merchant_1 / store_1');
    assert.equal(orderSummary({ ...newOrder(), totalCents: 123_405 }), 'pos_1234 · 1234.05 EUR · merchant_1 / store_1');
    assert.equal(orderSummary({ ...newOrder(), totalCents: 7 }), 'pos_1234 · 0.07 EUR · merchant_1 / store_1');
  });

  it('says where the order stands and what comes next', () => {
    assert.equal(
      currentDetails(newOrder()),
      [
        '**creating**: being created at seQura.',
        '',
        '- Next: seQura is asked to create the order.',
        '- Customer may confirm until: counts from when seQura has the order',
        '- SMS: 0 of at most 3, last outcome none',
        '- seQura order: not known',
      ].join('\n'),
    );
    assert.equal(
      currentDetails(awaiting()),
      [
        '**awaiting_customer**: exists at seQura; the customer has been, or is being, sent the link.',
        '',
        '- Next: waits for the customer; at the deadline the order is cancelled at seQura. Until 2026-11-23 10:00:02 UTC.',
        '- Customer may confirm until: 2026-11-23 10:00:02 UTC',
        '- SMS: 1 of at most 3, last outcome sent',
        '- seQura order: 4567',
      ].join('\n'),
    );
  });

  it('says why a human must look, what to do, and what is allowed now', () => {
    const lines = currentDetails(held).split('\n');
    assert.deepEqual(lines.slice(0, 8), [
      '### A human must look: `create_outcome_unknown`',
      `Since 2026-11-22 10:00:02 UTC. ${ATTENTIONS.create_outcome_unknown.means}`,
      '',
      ATTENTIONS.create_outcome_unknown.todo,
      '',
      'Allowed now: `attach`, `retry`, `give_up`.',
      '',
      '**creating**: being created at seQura.',
    ]);
    const overdue = after(cancelling(), happen.cancelStarted, { type: 'cancel_overdue' });
    assert.match(currentDetails(overdue), /\n\nAllowed now: nothing\.$/m);
    assert.doesNotMatch(currentDetails(overdue), /Noted:/);
  });

  it('says until when the customer may confirm only where that still counts', () => {
    for (const order of [cancelling(), after(awaiting(), happen.confirm)])
      assert.doesNotMatch(currentDetails(order), /may confirm/);
  });

  it('says of events that are no longer in the timeline that they are too long ago', () => {
    const order = after(awaiting(), happen.unknownEvent);
    assert.match(currentDetails({ ...order, timeline: [] }), /\n\nNoted: too long ago\.\n\n/);
    // What may never come in and was typed by hand is among them, what has a rule is not.
    const rejected = { type: 'webhook', webhook: { event: 'needs_card', event_id: 'r1', kind: 'unknown' } } as const;
    assert.match(currentDetails(after(awaiting(), happen.noted, rejected)), /^Noted: `needs_card`\.$/m);
  });

  it('has a line for each activity and timer', () => {
    const settling = after(cancelling(), happen.cancelStarted, happen.cancelRefused);
    const atDeadline = evolve(awaiting(), { type: 'time', at: at(100_000) });
    const shut = evolve(awaiting(), { type: 'time', at: at(100_000), wayIn: 'closed' });
    const lines = {
      'Create 250.00 EUR at seQura': newOrder(),
      'waits for an operator.': held,
      'the last try had no good answer; the next one waits.': after(
        newOrder(),
        happen.createStarted,
        happen.createNotSent,
      ),
      'SMS 1 of at most 3': after(newOrder(), happen.createStarted, happen.created),
      'SMS 2 of at most 3': after(awaiting(), { type: 'sms_requested', requestId: 'r' }),
      'Deadline for the customer': awaiting(),
      'Cancel 4567 at seQura (request)': cancelling(),
      'Cancel 4567 at seQura (deadline)': atDeadline,
      'the cancel was refused; waits for a confirmation that would explain it.': settling,
      'the deadline has passed; the cancel waits until webhooks can come in again, and a confirmation has had its time.':
        shut,
      'nothing; the workflow ends.': after(awaiting(), happen.confirm),
    };
    for (const [line, order] of Object.entries(lines)) assert.equal(stepSummary(order), line);
  });

  it('names the last answer of an operator, and in the line of what follows it', () => {
    const note = 'in the back office: *4567*\n# really';
    const answer = { action: 'attach', sequra_order_id: '4567', operator: 'ana', note } as const;
    const attached = after(held, { type: 'resolved', resolution: answer });
    assert.equal(stepSummary(attached), 'SMS 1 of at most 3 · answered: attach');
    assert.equal(
      currentDetails(attached).split('\n').at(-1),
      '- Last answer: `attach`, by ana, 2026-11-22 10:00:03 UTC: in the back office: \\*4567\\* \\# really',
    );
    assert.equal(stepSummary(after(attached, happen.smsSent)), 'Deadline for the customer');
  });

  it('says why a call was not done, where it was not', () => {
    const { result: refused } = happen.createRefused;
    const { result: notSent } = happen.createNotSent;
    assert.deepEqual(
      [refused, notSent, happen.cancelRefused.result, happen.smsUnknown.result, { outcome: 'over_limit' }].map(notDone),
      [
        'seQura refused it (refused, HTTP 422)',
        'surely not sent (unreachable)',
        'seQura refused it',
        'the outcome is unknown: it may have been done',
        'not sent: the phone has had its SMS of today',
      ],
    );
    const done = [happen.created.result, happen.smsSent.result, happen.cancelDone.result, { outcome: 'withdrawn' }];
    assert.deepEqual(done.map(notDone), [null, null, null, null]);
  });

  it('tells operators of every command, with an example that the workflow takes', () => {
    for (const name of ['Request Cancellation', 'resolve', 'send_sms', 'sequra_event', 'Terminate', 'Reset'])
      assert.ok(ORDER_DETAILS.includes(`**${name}**`) || ORDER_DETAILS.includes(`\`${name}\``), name);
    const examples = [...ORDER_DETAILS.matchAll(/`(\{[^`]*\})`/g)].map(
      ([, example = '']) => JSON.parse(example) as object,
    );
    assert.deepEqual(examples.map(Object.keys), [['action', 'operator', 'note'], [], ['mobile_phone'], ['event']]);
    assert.equal(ORDER_DETAILS.split('\n').filter((line) => /^- \*\*.*\.$/.test(line)).length, 8);
  });
});
