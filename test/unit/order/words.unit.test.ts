// What an operator reads of an order in the Temporal UI, where no browser test leads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evolve } from '../../../src/order/evolve.ts';
import { currentDetails } from '../../../src/order/words.ts';
import { after, at, awaiting, happen, newOrder } from '../../support/orders.ts';

describe('the order in words', () => {
  it('says until when a confirmation still has time, where the deadline was noticed late', () => {
    const order = awaiting({ confirmWithinSeconds: 60, settleSeconds: 600 });
    assert.doesNotMatch(currentDetails(order), /noticed late/);
    const late = evolve(order, { type: 'time', at: at(1_000), away: true });
    assert.match(currentDetails(late), new RegExp(`noticed late, .* until ${at(1_600)}`));
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

  it('says when the next try is', () => {
    const order = after(newOrder(), happen.createStarted, happen.createNotSent);
    assert.match(currentDetails(order), new RegExp(`the next one waits. Until ${order.create.retryAt}\\.`));
  });
});
