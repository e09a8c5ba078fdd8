// Faults 24 and 25: what comes to the webhook's address and is not what it should be. The confirmation that follows it is taken all the same.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { WEBHOOK_TOKEN } from '../support/canaries.ts';
import type { Service } from '../support/service.ts';
import { startService } from '../support/service.ts';
import { closed, ended, smsSent } from '../support/waits.ts';
import { openCourt } from './court.ts';

const FORM = 'application/x-www-form-urlencoded';

type Odd = {
  type?: string;
  token?: string;
  body: (reference: string) => string | Uint8Array<ArrayBuffer>;
  status: number;
};

const fields = (reference: string, more: Record<string, string> = {}) =>
  new URLSearchParams({ event: 'order/confirmed', order_ref_1: reference, ...more }).toString();
const bytes = (...parts: (string | number)[]) =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part)))));

/** Nothing of this may end the order. */
const ODD: Record<string, Odd> = {
  'an unknown order': { body: (reference) => fields(`not ${reference}`.slice(0, 64)), status: 200 },
  'an unknown event': { body: (reference) => fields(reference, { event: 'order/teleported' }), status: 200 },
  'an event that is never wanted': {
    body: (reference) => fields(reference, { event: 'subscriptions/renewed' }),
    status: 501,
  },
  'a wrong type': { type: 'text/plain', body: fields, status: 415 },
  'no type': { type: '', body: (reference) => bytes(fields(reference)), status: 415 },
  'an empty body': { body: () => '', status: 400 },
  'an empty JSON body': { type: 'application/json', body: () => '{}', status: 400 },
  'no reference': { body: () => 'event=order/confirmed', status: 400 },
  'a repeated event': { body: (reference) => `${fields(reference)}&event=order/cancelled`, status: 400 },
  'a repeated reference': { body: (reference) => `${fields(reference)}&order_ref_1=other`, status: 400 },
  'a body of 20 kB': { body: (reference) => `${fields(reference)}&x=${'y'.repeat(20_000)}`, status: 413 },
  'a reference that is not UTF-8': { body: () => bytes('event=order/confirmed&order_ref_1=', 0xff), status: 400 },
  'an event that is not UTF-8': {
    body: (reference) => bytes('order_ref_1=', encodeURIComponent(reference), '&event=', 0xc3, 0x28),
    status: 400,
  },
  'JSON that is none': { type: 'application/json', body: () => '{"event":', status: 400 },
};

/** Odd, and confirmations all the same. */
const GOOD: Record<string, Odd> = {
  'a thousand fields': { body: (reference) => `${'a=b&'.repeat(1_000)}${fields(reference)}`, status: 200 },
  'another field that is not UTF-8': {
    body: (reference) => bytes(fields(reference), '&utf8=', 0xff, '&x=%FF'),
    status: 200,
  },
  'a repeated event id': { body: (reference) => `${fields(reference)}&event_id=1&event_id=2`, status: 200 },
  'a body as JSON': {
    type: 'application/json',
    body: (reference) => JSON.stringify({ event: 'confirmed', order_ref_1: reference }),
    status: 200,
  },
};

describe('at the address of the webhook', { concurrency: 6 }, () => {
  let service: Service;
  before(async () => (service = await startService()));
  after(() => service.close());
  const fault = openCourt(import.meta.url, () => service);

  async function send({ type = FORM, token = WEBHOOK_TOKEN, body }: Odd, reference: string): Promise<number> {
    const headers = type === '' ? {} : { 'content-type': type };
    const answer = await fetch(`${service.api.url}/webhooks/sequra/${token}`, {
      method: 'POST',
      headers,
      body: body(reference),
    });
    if (answer.status >= 400) assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    return answer.status;
  }
  const waiting = async (id: string) =>
    assert.equal((await service.see(id, 'the SMS', smsSent)).status, 'awaiting_customer');

  for (const [what, odd] of Object.entries(ODD)) {
    fault(24, `${what}, before the confirmation`, async (one) => {
      await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
      await waiting(one.id);
      one.proves('it came, and was answered as it should be', (await send(odd, one.reference)) === odd.status);
      const { status } = await service.see(one.id, 'no end', () => true);
      assert.equal(status, 'awaiting_customer');
      service.simulator.confirm(one.reference);
      await service.see(one.id, 'the end', ended);
      const order = await service.orders.get(one.id);
      assert.deepEqual(
        [order?.status, order?.attention?.reason],
        ['confirmed', odd.status === 200 && what === 'an unknown event' ? 'unrecognised_event' : undefined],
      );
    });
  }

  for (const [what, good] of Object.entries(GOOD)) {
    fault(24, `${what}, and a confirmation`, async (one) => {
      await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
      await waiting(one.id);
      one.proves('it was answered', (await send(good, one.reference)) === good.status);
      await service.see(one.id, 'the end', closed);
      service.simulator.confirm(one.reference);
      await service.simulator.idle();
    });
  }

  fault(25, 'forged tokens, with anything in them', async (one) => {
    await one.posting((body) => service.api.place(body, { prefer: 'wait=20' }));
    await waiting(one.id);
    const forged = [
      `${WEBHOOK_TOKEN}0`,
      WEBHOOK_TOKEN.slice(1),
      WEBHOOK_TOKEN.toUpperCase(),
      '%00',
      '..',
      'a'.repeat(2_000),
      "' or 1=1",
    ];
    const answers = await Promise.all(
      forged.flatMap((token) =>
        [FORM, 'text/plain'].map((type) =>
          send({ token: encodeURIComponent(token), type, body: fields, status: 404 }, one.reference),
        ),
      ),
    );
    assert.deepEqual(
      answers,
      answers.map(() => 404),
    );
    one.proves('forged webhooks', answers.length);
    await waiting(one.id);
    assert.ok(
      forged.every((token) => !service.logs.join('').includes(token)),
      'no token in a log',
    );
    service.simulator.confirm(one.reference);
    await service.see(one.id, 'the end', closed);
  });
});
