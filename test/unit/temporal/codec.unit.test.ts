// What leaves the process is unreadable without a key of the ring, and comes back whole with it, or not at all.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import type { PayloadKey } from '../../../src/config/model.ts';
import { opened } from '../../../src/order/unvouched.ts';
import { createPayloadCodec, createPeoplesCodec } from '../../../src/temporal/codec.ts';
import { PayloadUnreadableError } from '../../../src/temporal/seal.ts';
import { bound, readByEarlierRelease, unbound } from '../../support/unbound.ts';

const CANARY = 'Xochiquetzal';
const OLD: PayloadKey = { id: 'old', key: randomBytes(32) };
const NEW: PayloadKey = { id: 'new', key: randomBytes(32) };

const of = (workflowId: string): SerializationContext => ({ type: 'workflow', namespace: 'default', workflowId });
const HERE = of('order:merchant_1:here');

const plain = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(text)),
});

async function encrypted(payload: Payload, ...ring: [PayloadKey, ...PayloadKey[]]): Promise<Payload> {
  const [sealed] = await createPayloadCodec(ring).encode([payload], HERE);
  assert.ok(sealed !== undefined);
  return sealed;
}

async function decrypted(payload: Payload, ...ring: [PayloadKey, ...PayloadKey[]]): Promise<Payload> {
  const [opened] = await createPayloadCodec(ring).decode([payload], HERE);
  assert.ok(opened !== undefined);
  return opened;
}

/** Plain values, so that a `Buffer` equals the `Uint8Array` of the same bytes. */
function content({ metadata, data }: Payload) {
  const hex = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('hex');
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, hex(value)])),
    data: hex(data),
  };
}

function keyIdOf({ metadata }: Payload): string {
  return Buffer.from(metadata?.['encryption-key-id'] ?? []).toString();
}

const bytes = fc.uint8Array({ maxLength: 2_000 });
const anyPayload: fc.Arbitrary<Payload> = fc.record(
  { metadata: fc.dictionary(fc.string({ unit: 'binary' }), bytes, { maxKeys: 5 }), data: bytes },
  { requiredKeys: [] },
);

describe('an encrypted payload', () => {
  it('comes back in memory of its own, however it was sealed: each waiting order keeps one', async () => {
    for (const sealed of [
      await encrypted(plain(CANARY), OLD),
      bound(plain(CANARY), OLD, `workflow ${HERE.workflowId}`),
    ]) {
      const { data, metadata } = await decrypted(sealed, OLD);
      for (const part of [data, metadata?.['encoding']]) assert.ok((part?.buffer.byteLength ?? Infinity) < 1_000);
    }
  });

  it('comes back as it was, whatever it was', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyPayload, { maxLength: 4 }), async (payloads) => {
        const codec = createPayloadCodec([NEW]);
        const opened = await codec.decode(await codec.encode(payloads, HERE), HERE);
        assert.deepEqual(opened.map(content), payloads.map(content));
      }),
    ));

  it('comes back as it was where it had been encrypted before', async () => {
    const once = await encrypted(plain(CANARY), OLD);
    const twice = await encrypted(once, NEW, OLD);
    assert.deepEqual(content(await decrypted(twice, NEW, OLD)), content(once));
  });

  it('shows nothing of what it holds', async () => {
    const { metadata, data } = await encrypted(plain(CANARY), NEW);
    assert.deepEqual(Object.keys(metadata ?? {}).toSorted(), ['encoding', 'encryption-key-id']);
    for (const part of [...Object.values(metadata ?? {}), data ?? []]) {
      assert.doesNotMatch(Buffer.from(part).toString('latin1'), new RegExp(`${CANARY}|json/plain|${HERE.workflowId}`));
    }
  });

  it('differs from every other of the same content', async () => {
    const sealed = await Promise.all(Array.from({ length: 600 }, () => encrypted(plain(CANARY), NEW)));
    assert.equal(new Set(sealed.map((payload) => content(payload).data)).size, 600);
  });

  it('is written with the first key of the ring, and read with any of them', async () => {
    const before = await encrypted(plain(CANARY), OLD);
    const after = await encrypted(plain(CANARY), NEW, OLD);
    assert.deepEqual([before, after].map(keyIdOf), ['old', 'new']);
    for (const payload of [before, after]) {
      assert.deepEqual(content(await decrypted(payload, NEW, OLD)), content(plain(CANARY)));
      assert.deepEqual(content(await decrypted(payload, OLD, NEW)), content(plain(CANARY)));
    }
  });
});

describe('a payload and the workflow it belongs to', () => {
  const codec = createPayloadCodec([NEW]);
  const first = async (made: Promise<Payload[]>) => (await made)[0] ?? assert.fail('nothing');
  const value = async (reader: PayloadCodec, payload: Payload, context?: SerializationContext) =>
    defaultPayloadConverter.fromPayload(await first(reader.decode([payload], context)));

  const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
  const context: fc.Arbitrary<SerializationContext> = fc.oneof(
    id.map(of),
    fc.record({
      type: fc.constant('activity' as const),
      namespace: fc.constant('default'),
      workflowId: id,
      isLocal: fc.boolean(),
    }),
  );

  it('opens there and nowhere else, and says so', () =>
    fc.assert(
      fc.asyncProperty(context, context, fc.jsonValue(), async (home, elsewhere, given) => {
        const isHome = home.type === elsewhere.type && home.workflowId === elsewhere.workflowId;
        const heard: unknown[] = [];
        const reader = createPayloadCodec([OLD, NEW], { unreadable: (what) => heard.push(what) });
        const sealed = await first(codec.encode([defaultPayloadConverter.toPayload(given)], home));
        assert.deepEqual(await value(reader, sealed, home), JSON.parse(JSON.stringify(given)));
        if (isHome) return;
        for (const other of [elsewhere, undefined]) {
          assert.deepEqual(await value(reader, sealed, other), { unreadable: true });
          assert.deepEqual(heard.pop(), { reason: 'foreign', keyId: 'new', workflowId: other?.workflowId ?? null });
        }
      }),
    ));

  it('was named beside the ciphertext before: another name on it, or none, does not open', () =>
    fc.assert(
      fc.asyncProperty(id, fc.option(id, { nil: undefined }), async (home, name) => {
        fc.pre(home !== name);
        const { metadata, data } = bound(plain(CANARY), NEW, `workflow ${home}`);
        const { 'bound-to': _bond, ...rest } = metadata ?? {};
        const forged = {
          metadata: { ...rest, ...(name === undefined ? {} : { 'bound-to': Buffer.from(`workflow ${name}`) }) },
          data: data ?? null,
        };
        await assert.rejects(codec.decode([forged], of(name ?? home)), { name: 'PayloadUnreadableError' });
      }),
    ));

  it('is marked where it was written before, typed through the codec endpoint, or never encrypted', async () => {
    const at = Date.parse('2026-11-25T10:00:00Z');
    const people = createPeoplesCodec([NEW], () => at);
    const typed = await first(people.encode([plain(CANARY)]));
    for (const [payload, how, typedAt] of [
      [plain(CANARY), 'plain', ''],
      [unbound(plain(CANARY), NEW), 'unbound', ''],
      [typed, 'typed', '2026-11-25T10:00:00.000Z'],
    ] as const) {
      assert.deepEqual(opened(await value(codec, payload, HERE)), { how, value: CANARY, typedAt });
    }
    const nothing = { metadata: { encoding: Buffer.from('binary/null') } };
    assert.deepEqual(opened(await value(codec, nothing, HERE)).how, 'plain');
    assert.deepEqual(await value(codec, { data: Buffer.from('{}') }, HERE), { unreadable: true });
  });

  it('is shown to people whatever it is, with what it is bound to', async () => {
    const people = createPeoplesCodec([NEW]);
    const bound = await first(people.decode([await encrypted(plain(CANARY), NEW)]));
    assert.equal(Buffer.from(bound.metadata?.['bound-to'] ?? []).toString(), `workflow ${HERE.workflowId}`);
    assert.equal(defaultPayloadConverter.fromPayload(bound), CANARY);
    assert.deepEqual(content(await first(people.decode([unbound(plain(CANARY), NEW)]))), content(plain(CANARY)));
    const typed = await first(people.encode([plain(CANARY)]));
    assert.equal(await value(people, typed), CANARY);
    assert.deepEqual(await people.decode([plain(CANARY)]), [plain(CANARY)]);
  });

  it('is read as before where an earlier release has bound it', async () => {
    const before = bound(plain(CANARY), NEW, `workflow ${HERE.workflowId}`);
    assert.equal(await value(codec, before, HERE), CANARY);
    assert.deepEqual(await value(codec, before, of('order:merchant_1:elsewhere')), { unreadable: true });
  });

  it('makes an earlier release wait, as for a missing key', async () => {
    assert.equal(readByEarlierRelease(unbound(plain(CANARY), NEW), NEW), 'read');
    assert.equal(readByEarlierRelease(await encrypted(plain(CANARY), NEW), NEW), 'missing_key');
  });

  it('makes this release wait where it is neither of this form nor of an earlier one', async () => {
    const { data } = bound(plain(CANARY), NEW, `workflow ${HERE.workflowId}`);
    const { metadata } = await encrypted(plain(CANARY), NEW);
    const missing = (error: unknown) => error instanceof PayloadUnreadableError && error.reason === 'missing_key';
    await assert.rejects(codec.decode([{ metadata: metadata ?? {}, data: data ?? null }], HERE), missing);
  });
});

describe('a payload that cannot be read', () => {
  const unreadable = (id: string) => (error: unknown) => {
    assert.ok(error instanceof PayloadUnreadableError);
    assert.match(error.message, new RegExp(`\\b${id}\\b`));
    assert.doesNotMatch(`${error.message} ${String(error.cause)}`, new RegExp(CANARY));
    assert.ok(!error.message.includes(OLD.key.toString('base64')) && !error.message.includes(OLD.key.toString('hex')));
    return true;
  };

  it('names the id of a key that was removed from the ring', async () => {
    await assert.rejects(decrypted(await encrypted(plain(CANARY), OLD), NEW), unreadable('old'));
  });

  it('names the id of a key that is another one now', async () => {
    const other = { id: 'old', key: randomBytes(32) };
    await assert.rejects(decrypted(await encrypted(plain(CANARY), OLD), other), unreadable('old'));
  });

  it('has a key id of one line, whatever it is', async () => {
    const sealed = await encrypted(plain(CANARY), OLD);
    const id = Buffer.from(`\n\u001b[31m${'x'.repeat(1_000)}`);
    await assert.rejects(
      decrypted({ ...sealed, metadata: { ...sealed.metadata, 'encryption-key-id': id } }, OLD),
      ({ name, message }: Error) => {
        assert.equal(name, 'PayloadUnreadableError');
        assert.doesNotMatch(message, /\p{Cc}/u);
        return message.length < 200;
      },
    );
  });

  it('is one where any single bit of it was changed', async () => {
    const sealed = await encrypted(plain(CANARY), OLD);
    const data = Buffer.from(sealed.data ?? []);
    for (let bit = 0; bit < data.length * 8; bit += 1) {
      const changed = Buffer.from(data);
      changed.writeUInt8(data.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await assert.rejects(decrypted({ ...sealed, data: changed }, OLD), unreadable('old'), `bit ${bit}`);
    }
  });

  it('is one where it was cut anywhere, or has bytes too many', async () => {
    const sealed = await encrypted(plain(CANARY), OLD);
    const data = Buffer.from(sealed.data ?? []);
    for (let length = 0; length < data.length; length += 1) {
      const cut = { ...sealed, data: data.subarray(0, length) };
      await assert.rejects(decrypted(cut, OLD), unreadable('old'), `${length} bytes`);
    }
    await assert.rejects(decrypted({ ...sealed, data: Buffer.concat([data, Buffer.of(0)]) }, OLD), unreadable('old'));
    const none: Payload = { metadata: sealed.metadata ?? {} };
    await assert.rejects(decrypted(none, OLD), unreadable('old'));
  });
});

describe('a worker that meets a payload it cannot read', () => {
  const workers = (ring: [PayloadKey], heard: string[]) =>
    createPayloadCodec(ring, { replaceCorrupted: true, unreadable: ({ reason }) => heard.push(reason) });

  it('goes on with a stand-in where the ciphertext was changed: that will never be readable', async () => {
    const heard: string[] = [];
    const sealed = await encrypted(plain(CANARY), OLD);
    const data = Buffer.from(sealed.data ?? []);
    data.writeUInt8(data.readUInt8(20) ^ 1, 20);
    const [stand] = await workers([OLD], heard).decode([{ ...sealed, data }], HERE);
    assert.deepEqual(JSON.parse(Buffer.from(stand?.data ?? []).toString()), { unreadable: true });
    assert.deepEqual(heard, ['corrupted']);
  });

  it('waits for a key that is missing, or another one: that can be put right', async () => {
    const heard: string[] = [];
    const sealed = await encrypted(plain(CANARY), OLD);
    await assert.rejects(workers([NEW], heard).decode([sealed], HERE), unreadable);
    await assert.rejects(workers([{ id: 'old', key: randomBytes(32) }], heard).decode([sealed], HERE), unreadable);
    assert.deepEqual(heard, ['missing_key', 'missing_key']);
  });

  it('waits, too, where what was written before keys were told apart does not open', async () => {
    const { metadata, data } = await encrypted(plain(CANARY), OLD);
    const { 'encryption-key-check': _check, ...before } = metadata ?? {};
    await assert.rejects(
      workers([OLD], []).decode([{ metadata: before, data: Buffer.from(data ?? []).fill(0) }]),
      unreadable,
    );
  });

  const unreadable = { name: 'PayloadUnreadableError' };
});
