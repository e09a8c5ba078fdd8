// Fault 36: payload keys that are missing, rotated or wrong, and ciphertexts that are corrupted.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe } from 'node:test';
import { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { createPayloadCodec } from '../../src/temporal/codec.ts';
import { PAYLOAD_KEYS, payloadKeysSetting, WRONG_PAYLOAD_KEY } from '../support/canaries.ts';
import { idOf, orderPath, resolution } from '../support/orders.ts';
import type { Settings } from '../support/programs.ts';
import type { Site } from '../support/site.ts';
import { openSite, probe } from '../support/site.ts';
import { call } from '../support/till.ts';
import { asksHuman, closed, until } from '../support/waits.ts';
import { ends, post, signs, waiting } from './acts.ts';
import { openCourt } from './court.ts';

const ROTATED = { id: 'new', key: randomBytes(32) };
/** The ring of this site, before and after. */
const OLD = payloadKeysSetting(...PAYLOAD_KEYS);
const BOTH = payloadKeysSetting(...PAYLOAD_KEYS, ROTATED);
/** One that nobody else has. */
const stranger = () => ({ id: 'other', key: randomBytes(32) });

describe('payload keys', () => {
  let site: Site;
  before(async () => (site = await openSite({ otherPayloadKeys: [ROTATED], settings: { SEQURA_TIMEOUT_MS: '1000' } })));
  after(() => site.close());
  const fault = openCourt(import.meta.url, () => site);

  const replaceWorker = (settings: Settings) => site.worker.replace({ PAYLOAD_KEYS: BOTH, ...settings });
  const replaceApi = (settings: Settings) => site.api.replace({ PAYLOAD_KEYS: BOTH, ...settings });
  const unreadable = async (reason: string) =>
    Number(
      new RegExp(`^payloads_unreadable_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(
        (await call<string>(`${site.worker.now.admin}/metrics`)).body,
      )?.[1] ?? 0,
    );

  for (const [what, ring] of [
    ['missing', payloadKeysSetting(stranger())],
    ['another one under its id', payloadKeysSetting(WRONG_PAYLOAD_KEY)],
  ] as const) {
    fault(36, `a payload key that is ${what}, and put back after a confirmation came`, async (one) => {
      await waiting(site, one);
      await replaceWorker({ PAYLOAD_KEYS: ring });
      site.simulator.confirm(one.reference);
      await until('what cannot be read', async () => (await unreadable('missing_key')) > 0);
      one.proves('payloads that the worker could not read', await unreadable('missing_key'));
      assert.equal((await site.read(one.id))?.status, 'awaiting_customer');
      assert.equal(await probe(site.worker.now, '/livez'), 200);
      await replaceWorker({});
      await ends(site, one.id, 'confirmed');
      assert.deepEqual(site.simulator.ledger.calls(one.reference, 'cancel'), []);
    });
  }

  fault(36, 'a key that the API has lost: the order is named in lists, and hides no other', async (one) => {
    const [locked, open] = [one.another('locked'), one.another('open')];
    await waiting(site, one, locked);
    await replaceApi({ PAYLOAD_KEYS: payloadKeysSetting(stranger(), WRONG_PAYLOAD_KEY) });
    await replaceWorker({ PAYLOAD_KEYS: OLD });
    const list = async () => (await site.api.call('/v1/orders?limit=100')).body;
    const id = idOf(locked);
    one.proves('the order cannot be read', (await site.api.call(orderPath(id))).status === 500);
    await until('it is named', async () => (await list()).unreadable?.includes(id) === true);
    await replaceApi({});
    await replaceWorker({});
    await post(site, one, open);
    site.simulator.confirm(locked);
    await signs(site, open);
    await site.api.see(id, 'the end', closed);
  });

  fault(36, 'keys that are rotated while orders wait', async (one) => {
    const [old, fresh] = [one.another('old'), one.another('fresh')];
    await waiting(site, one, old);
    const { metadata } = await firstPayload(site, old);
    for (const ring of [BOTH, payloadKeysSetting(ROTATED, ...PAYLOAD_KEYS)]) {
      await replaceWorker({ PAYLOAD_KEYS: ring });
      await replaceApi({ PAYLOAD_KEYS: ring });
    }
    await post(site, one, fresh);
    one.proves(
      'what is new has the new key',
      Buffer.from((await firstPayload(site, fresh)).metadata?.['encryption-key-id'] ?? []).toString() === 'new',
    );
    assert.equal(Buffer.from(metadata?.['encryption-key-id'] ?? []).toString(), 'k1');
    assert.equal((await post(site, one, old)).status, 200);
    for (const reference of [old, fresh]) await signs(site, reference);
    await replaceWorker({});
    await replaceApi({});
    await site.api.see(idOf(fresh), 'the end', closed);
  });

  fault(36, 'a signal whose ciphertext was corrupted: it asks a human, and the order goes on', async (one) => {
    await waiting(site, one);
    const corrupting = {
      encode: async (payloads: Payload[]) =>
        (await createPayloadCodec(PAYLOAD_KEYS).encode(payloads)).map((payload) => ({
          ...payload,
          data: Buffer.from(payload.data ?? []).fill(0, 20, 24),
        })),
      decode: async (payloads: Payload[]) => payloads,
    };
    const { connection } = site.client;
    const byHand = new Client({ connection, dataConverter: { payloadCodecs: [corrupting] } }).workflow.getHandle(
      one.id,
    );
    await byHand.signal('sequra_event', { event: 'order/confirmed' });
    const asked = await site.api.see(one.id, 'the question', asksHuman);
    one.proves('it was corrupted', await unreadable('corrupted'));
    assert.equal(asked.attention?.reason, 'unrecognised_event');
    assert.equal((await site.api.act(one.id, 'resolve', resolution('dismiss'))).status, 200);
    await signs(site, one.reference);
  });
});

async function firstPayload({ client }: Site, reference: string): Promise<Payload> {
  const handle = client.workflow.getHandle(idOf(reference));
  const { events } = await handle.fetchHistory();
  return events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? never();
}

function never(): never {
  throw new Error('there is nothing');
}
