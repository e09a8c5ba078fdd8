// Faults 39 and 47: a merchant's endpoint that is down, slow, wants no more, or answers in a form seldom met. The order never waits for it.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { notifiedMerchants } from '../support/notifications.ts';
import { confirmation, idOf } from '../support/orders.ts';
import type { Reply } from '../support/receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import { openCourt } from './court.ts';

const never: Reply = () => {};
const afterInterimAnswers: Reply = (response) => {
  response.writeContinue();
  response.writeProcessing();
  response.writeHead(200).end();
};

describe('an endpoint', () => {
  const { notifying, setEndpoint, tries } = notifiedMerchants();
  const ends: (() => unknown)[] = [];
  let service: Service;
  before(async () => (service = await startService({ notifying, seenAt: null })));
  after(async () => {
    for (const end of ends) await end();
    await service.close();
  });
  const fault = openCourt(import.meta.url, () => service);
  const outcomes = (id: string) =>
    Promise.all(
      [2, 3, 4].map((revision) =>
        service.client.workflow
          .getHandle(`notify:${id}:${revision}`)
          .describe()
          .then(
            ({ status }) => status.name,
            () => 'NONE',
          ),
      ),
    );

  fault([17, 39], 'told of an end, in the very moment of which the shop cancels', async (one) => {
    setEndpoint('merchant_1', await startReceiver({ after: (end) => void ends.push(end) }, 200));
    const references = Array.from({ length: 20 }, (_, number) => one.another(String(number)));
    for (const reference of references) await service.place({ request: { reference }, policy: { notify: true } });
    let met = 0;
    for (const reference of references) {
      const id = idOf(reference);
      await service.see(id, 'the SMS', smsSent);
      service.simulator.confirm(reference);
      await service.orders.webhook('merchant_1', reference, confirmation);
      const cancelled = await service.orders.cancel(id);
      if (cancelled?.order.status === 'cancellation_requested') met += 1;
    }
    one.proves('cancels of confirmed orders', met);
  });

  for (const [what, reply, word] of [
    ['down', 200, 'unreachable'],
    ['slow', never, null],
    ['answering 500', 500, 'http_500'],
    ['answering 410', 410, 'gone'],
  ] satisfies [string, Reply, string | null][]) {
    fault(39, `${what}: the order ends in its own time`, async (one) => {
      const endpoint = await startReceiver({ after: (end) => void ends.push(end) }, reply);
      if (what === 'down') await endpoint.goOffline();
      setEndpoint('merchant_1', endpoint);
      const before = word === null ? 0 : await tries('merchant_1', word);
      await service.place({ request: { reference: one.reference }, policy: { notify: true } });
      await service.see(one.id, 'the SMS', smsSent);
      service.simulator.confirm(one.reference);
      await service.orders.webhook('merchant_1', one.reference, confirmation);
      assert.equal((await service.see(one.id, 'the end', closed)).status, 'confirmed');
      await service.client.workflow.getHandle(one.id).result();
      await until('a try', async () =>
        word === null ? endpoint.received.length > 0 : (await tries('merchant_1', word)) > before,
      );
      one.proves('tries', word === null ? endpoint.received.length : (await tries('merchant_1', word)) - before);
      const expected = what === 'answering 410' ? 'COMPLETED' : 'RUNNING';
      await until('its notifications', async () => (await outcomes(one.id)).includes(expected));
    });
  }

  fault(47, 'sending interim answers that nobody asked for: it is told of each change once', async (one) => {
    const endpoint = await startReceiver({ after: (end) => void ends.push(end) }, afterInterimAnswers);
    setEndpoint('merchant_1', endpoint);
    await service.place({ request: { reference: one.reference }, policy: { notify: true } });
    await service.see(one.id, 'the SMS', smsSent);
    service.simulator.confirm(one.reference);
    await service.orders.webhook('merchant_1', one.reference, confirmation);
    await service.see(one.id, 'the end', closed);
    const told = () => endpoint.received.map(({ headers }) => String(headers['webhook-id']));
    await until(
      'its notifications',
      async () => (await outcomes(one.id)).filter((name) => name === 'COMPLETED').length === 2,
    );
    one.proves('interim answers', told().length);
    assert.equal(new Set(told()).size, told().length);
  });
});
