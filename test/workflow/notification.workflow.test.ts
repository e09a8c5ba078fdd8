// A notification over days, on the time-skipping server with an endpoint on a socket.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { notificationOf, notifiedMerchants, notify } from '../support/notifications.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';

const HOUR_S = 3_600;

describe('a notification over time', () => {
  const { notifying, setEndpoint } = notifiedMerchants();
  let service: Service;
  before(async () => (service = await startService({ temporal: 'time-skipping', notifying })));
  after(() => service.close());

  it('is tried at growing gaps for 72 hours, then given up', async (t) => {
    const endpoint = await startReceiver(t, 503);
    setEndpoint('broken', endpoint);
    const handle = await notify(service, notificationOf('broken'));
    await service.pass(73 * HOUR_S * 1000);
    assert.equal(await handle.result(), 'given_up');

    // This server dates a repeat by the try before it.
    const atS = endpoint.received.slice(1).map(({ headers }) => Number(headers['webhook-timestamp']));
    const gapsS = atS.slice(1).map((at, index) => at - (atS[index] ?? 0));
    const gapsAreRight = gapsS.every((gap, index) => Math.abs(gap - Math.min(5 * 2 ** index, 4 * HOUR_S)) <= 2);
    assert.ok(gapsAreRight && gapsS.length > 20, `${gapsS.join(', ')} s`);
    const triedForS = (atS.at(-1) ?? 0) - (atS[0] ?? 0);
    assert.ok(triedForS >= (72 - 2 * 4) * HOUR_S && triedForS <= 72 * HOUR_S, `${triedForS} s`);
    const ids = new Set(endpoint.received.map(({ headers }) => headers['webhook-id']));
    assert.equal(ids.size, 1);
  });
});
