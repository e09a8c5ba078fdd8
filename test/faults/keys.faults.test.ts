// Fault 36: payload keys that are missing, rotated or wrong, and ciphertexts that are corrupted.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe } from 'node:test';
import { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { createPayloadCodec } from '../../src/temporal/codec.ts';
import { call, probe } from '../support/processes.ts';
import type { Settings } from '../support/processes.ts';
import { closed, heeded, until } from '../support/waits.ts';
import { openCourt } from './court.ts';
import type { Hosts } from './hosts.ts';
import { openHosts } from './hosts.ts';
import { idOf, resolution } from '../support/orders.ts';
import { PAYLOAD_KEYS, payloadKeysSetting, WRONG_PAYLOAD_KEY } from '../support/canaries.ts';

const ROTATED = { id: 'new', key: randomBytes(32) };
/** The ring of this site, before and after. */
const OLD = payloadKeysSetting(...PAYLOAD_KEYS);
const BOTH = payloadKeysSetting(...PAYLOAD_KEYS, ROTATED);
/** One that nobody else has. */
const stranger = () => ({ id: 'other', key: randomBytes(32) });

describe('payload keys', () => {
  let hosts: Hosts;
  before(async () => (hosts = await openHosts({}, [ROTATED])));
  after(() => hosts.close());
  const fault = openCourt(import.meta.url, () => hosts);

  const replaceWorker = (settings: Settings) => hosts.replaceWorker({ PAYLOAD_KEYS: BOTH, ...settings });
  const replaceApi = (settings: Settings) => hosts.replaceApi({ PAYLOAD_KEYS: BOTH, ...settings });
  const unreadable = async (reason: string) =>
    Number(
      new RegExp(`^payloads_unreadable_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(
        (await call<string>(`${hosts.worker.admin}/metrics`)).body,
      )?.[1] ?? 0,
    );

  for (const [what, ring] of [
    ['missing', payloadKeysSetting(stranger())],
    ['another one under its id', payloadKeysSetting(WRONG_PAYLOAD_KEY)],
  ] as const) {
    fault(36, `a payload key that is ${what}, and put back after a confirmation came`, async (one) => {
      await hosts.waiting(one);
      await replaceWorker({ PAYLOAD_KEYS: ring });
      hosts.site.simulator.confirm(one.reference);
      await until('what cannot be read', async () => (await unreadable('missing_key')) > 0);
      one.proves('payloads that the worker could not read', await unreadable('missing_key'));
      assert.equal((await hosts.read(one.id))?.status, 'awaiting_customer');
      assert.equal(await probe(hosts.worker, '/livez'), 200);
      await replaceWorker({});
      assert.equal((await hosts.see(one.id, 'the end', closed)).status, 'confirmed');
      assert.deepEqual(hosts.ledger.calls(one.reference, 'cancel'), []);
    });
  }

  fault(36, 'a key that the API has lost: the order is named in lists, and hides no other', async (one) => {
    const [locked, open] = [one.another('locked'), one.another('open')];
    await hosts.waiting(one, locked);
    await replaceApi({ PAYLOAD_KEYS: payloadKeysSetting(stranger(), WRONG_PAYLOAD_KEY) });
    await replaceWorker({ PAYLOAD_KEYS: OLD });
    type List = { data: { id: string }[]; unreadable?: string[] };
    const list = async () => (await hosts.api.call('/v1/orders?limit=100')).body as unknown as List;
    const id = idOf(locked);
    one.proves(
      'the order cannot be read',
      (await hosts.api.call(`/v1/orders/${encodeURIComponent(id)}`)).status === 500,
    );
    await until('it is named', async () => (await list()).unreadable?.includes(id) === true);
    await replaceApi({});
    await replaceWorker({});
    await hosts.post(one, open);
    hosts.site.simulator.confirm(locked);
    await hosts.signs(open);
    await hosts.see(id, 'the end', closed);
  });

  fault(36, 'keys that are rotated while orders wait', async (one) => {
    const [old, fresh] = [one.another('old'), one.another('fresh')];
    await hosts.waiting(one, old);
    const { metadata } = await firstPayload(hosts, old);
    for (const ring of [BOTH, payloadKeysSetting(ROTATED, ...PAYLOAD_KEYS)]) {
      await replaceWorker({ PAYLOAD_KEYS: ring });
      await replaceApi({ PAYLOAD_KEYS: ring });
    }
    await hosts.post(one, fresh);
    one.proves(
      'what is new has the new key',
      Buffer.from((await firstPayload(hosts, fresh)).metadata?.['encryption-key-id'] ?? []).toString() === 'new',
    );
    assert.equal(Buffer.from(metadata?.['encryption-key-id'] ?? []).toString(), 'k1');
    assert.equal((await hosts.post(one, old)).status, 200);
    for (const reference of [old, fresh]) await hosts.signs(reference);
    await replaceWorker({});
    await replaceApi({});
    await hosts.see(idOf(fresh), 'the end', closed);
  });

  fault(36, 'a signal whose ciphertext was corrupted: it asks a human, and the order goes on', async (one) => {
    await hosts.waiting(one);
    const corrupting = {
      encode: async (payloads: Payload[]) =>
        (await createPayloadCodec(PAYLOAD_KEYS).encode(payloads)).map((payload) => ({
          ...payload,
          data: Buffer.from(payload.data ?? []).fill(0, 20, 24),
        })),
      decode: async (payloads: Payload[]) => payloads,
    };
    const { connection } = hosts.client;
    const byHand = new Client({ connection, dataConverter: { payloadCodecs: [corrupting] } }).workflow.getHandle(
      one.id,
    );
    await byHand.signal('sequra_event', { event: 'order/confirmed' });
    const asked = await hosts.see(one.id, 'the question', heeded);
    one.proves('it was corrupted', await unreadable('corrupted'));
    assert.equal(asked.attention?.reason, 'unrecognised_event');
    assert.equal((await hosts.act(one.id, 'resolve', resolution('dismiss'))).status, 200);
    await hosts.signs(one.reference);
  });
});

async function firstPayload({ client }: Hosts, reference: string): Promise<Payload> {
  const handle = client.workflow.getHandle(idOf(reference));
  const { events } = await handle.fetchHistory();
  return events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? never();
}

function never(): never {
  throw new Error('there is nothing');
}
