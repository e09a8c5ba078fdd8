// Faults 36 and 40: payload keys that are missing, rotated or wrong, ciphertexts that are corrupted, and hosts whose clock is an hour off.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { createPayloadCodec } from '../../src/temporal/codec.ts';
import { call, PAYLOAD_KEY_RING, PAYLOAD_KEYS, probe } from '../processes.ts';
import type { Settings } from '../processes.ts';
import { until } from '../until.ts';
import { openCourt } from './court.ts';
import type { Hosts } from './hosts.ts';
import { openHosts } from './hosts.ts';
import { closed, heeded, resolution } from './orders.ts';

/** libfaketime, of Debian's package `faketime`: what it tells a process is an hour off; time passes as fast as ever. */
const FAKE_CLOCK = ['/usr/lib/*/faketime/libfaketime.so.1', '/opt/homebrew/lib/faketime/libfaketime.1.dylib'].flatMap(
  (path) => globSync(path),
)[0];
const clock = (offset: string): Settings => ({
  LD_PRELOAD: FAKE_CLOCK ?? '',
  FAKETIME: offset,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
});

const ROTATED = { id: 'new', key: randomBytes(32) };
const NEW = `new:${ROTATED.key.toString('base64')}`;
/** The ring of this site, before and after. */
const BOTH = `${PAYLOAD_KEYS.right},${NEW}`;

describe('keys and clocks', () => {
  let hosts: Hosts;
  before(async () => (hosts = await openHosts({ merchant: { confirm_within_seconds: 5 } }, [ROTATED])));
  after(() => hosts.close());
  const fault = openCourt(import.meta.url, () => hosts);

  async function replaceWorker(settings: Settings): Promise<void> {
    hosts.worker.terminate();
    assert.equal(await hosts.worker.ended(), 0);
    await hosts.startWorker({ PAYLOAD_KEYS: BOTH, ...settings });
  }
  async function replaceApi(settings: Settings): Promise<void> {
    hosts.api.terminate();
    assert.equal(await hosts.api.ended(), 0);
    await hosts.startApi({ PAYLOAD_KEYS: BOTH, ...settings });
  }
  const unreadable = async (reason: string) =>
    Number(
      new RegExp(`^payloads_unreadable_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(
        (await call<string>(`${hosts.worker.admin}/metrics`)).body,
      )?.[1] ?? 0,
    );

  for (const [what, ring] of [
    ['missing', `other:${randomBytes(32).toString('base64')}`],
    ['another one under its id', PAYLOAD_KEYS.wrong],
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
    await replaceApi({ PAYLOAD_KEYS: `other:${randomBytes(32).toString('base64')},${PAYLOAD_KEYS.wrong}` });
    await replaceWorker({
      PAYLOAD_KEYS: PAYLOAD_KEYS.right,
    });
    type List = { data: { id: string }[]; unreadable?: string[] };
    const list = async () => (await hosts.api.call('/v1/orders?limit=100')).body as unknown as List;
    const id = `order:merchant_1:${encodeURIComponent(locked)}`;
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
    for (const ring of [BOTH, `${NEW},${PAYLOAD_KEYS.right}`]) {
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
    await hosts.see(`order:merchant_1:${encodeURIComponent(fresh)}`, 'the end', closed);
  });

  fault(36, 'a signal whose ciphertext was corrupted: it asks a human, and the order goes on', async (one) => {
    await hosts.waiting(one);
    const corrupting = {
      encode: async (payloads: Payload[]) =>
        (await createPayloadCodec([PAYLOAD_KEY_RING[0] ?? never()]).encode(payloads)).map((payload) => ({
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

  if (FAKE_CLOCK === undefined && process.env['CI'] !== undefined)
    throw new Error('no libfaketime on this machine: install faketime');
  if (FAKE_CLOCK === undefined) console.warn('SKIPPED: clocks that are off: no libfaketime on this machine');
  for (const offset of FAKE_CLOCK === undefined ? [] : ['+1h', '-1h']) {
    for (const [host, replace] of [
      ['API', replaceApi],
      ['worker', replaceWorker],
    ] as const) {
      fault(40, `the clock of the ${host}'s host ${offset}`, async (one) => {
        const [signed, abandoned, limited] = ['signed', 'abandoned', 'limited'].map((name) => one.another(name)) as [
          string,
          string,
          string,
        ];
        await replace(clock(offset));
        const until2s = () => new Date(Date.now() + 2_000).toUTCString();
        hosts.site.simulator.faults.set(limited, 'create', { kind: 'rate_limited', retry_after: until2s(), times: 1 });
        await hosts.post(one, limited);
        await hosts.signs(limited);
        await hosts.waiting(one, signed);
        await hosts.waiting(one, abandoned);
        one.proves('it is off', isOff(host === 'API' ? hosts.api.stdout() : hosts.worker.stdout(), offset));
        await hosts.signs(signed);
        const end = await hosts.see(`order:merchant_1:${encodeURIComponent(abandoned)}`, 'the end', closed);
        assert.equal(end.status, 'expired');
        const [created] = end.timeline.filter(({ event }) => event === 'created');
        const waitedMs = Date.parse(end.closed_at ?? '') - Date.parse(created?.at ?? '');
        assert.ok(waitedMs >= 5_000 && waitedMs < 15_000, `${waitedMs} ms`);
        await replace({});
      });
    }
  }
});

/** What its own lines say of the time. */
function isOff(stdout: string, offset: string): boolean {
  const last = stdout.trim().split('\n').at(-1) ?? '{}';
  const { time } = JSON.parse(last) as { time: string };
  const offMs = Date.parse(time) - Date.now();
  return offset.startsWith('+') ? offMs > 3_000_000 : offMs < -3_000_000;
}

async function firstPayload({ client }: Hosts, reference: string): Promise<Payload> {
  const handle = client.workflow.getHandle(`order:merchant_1:${encodeURIComponent(reference)}`);
  const { events } = await handle.fetchHistory();
  return events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0] ?? never();
}

function never(): never {
  throw new Error('there is nothing');
}
