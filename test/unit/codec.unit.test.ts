// What leaves the process is unreadable without a key of the ring, and comes back whole with it, or not at all.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import type { Payload } from '@temporalio/common';
import fc from 'fast-check';
import type { PayloadKey } from '../../src/config.ts';
import { createPayloadCodec, PayloadUnreadableError, requestDigest } from '../../src/temporal/codec.ts';

const CANARY = 'Xochiquetzal';
const OLD: PayloadKey = { id: 'old', key: randomBytes(32) };
const NEW: PayloadKey = { id: 'new', key: randomBytes(32) };

const plain = (text: string): Payload => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(text)),
});

async function encrypted(payload: Payload, ...ring: [PayloadKey, ...PayloadKey[]]): Promise<Payload> {
  const [sealed] = await createPayloadCodec(ring).encode([payload]);
  assert.ok(sealed !== undefined);
  return sealed;
}

async function decrypted(payload: Payload, ...ring: [PayloadKey, ...PayloadKey[]]): Promise<Payload> {
  const [opened] = await createPayloadCodec(ring).decode([payload]);
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
  it('comes back as it was, whatever it was', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyPayload, { maxLength: 4 }), async (payloads) => {
        const codec = createPayloadCodec([NEW]);
        const opened = await codec.decode(await codec.encode(payloads));
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
    assert.deepEqual(Object.keys(metadata ?? {}).toSorted(), [
      'encoding',
      'encryption-cipher',
      'encryption-key-check',
      'encryption-key-id',
    ]);
    for (const part of [...Object.values(metadata ?? {}), data ?? []]) {
      assert.doesNotMatch(Buffer.from(part).toString('latin1'), new RegExp(`${CANARY}|json/plain`));
    }
  });

  it('differs from every other of the same content', async () => {
    const sealed = await Promise.all(Array.from({ length: 100 }, () => encrypted(plain(CANARY), NEW)));
    assert.equal(new Set(sealed.map((payload) => content(payload).data)).size, 100);
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

  it('passes as it is where it never was encrypted: an operator types plain JSON', async () => {
    const codec = createPayloadCodec([NEW]);
    const typed = [plain(CANARY), { data: Buffer.from('{}') }, { metadata: { encoding: Buffer.from('binary/null') } }];
    assert.deepEqual(await codec.decode(typed), typed);
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
    createPayloadCodec(ring, { replaceCorrupted: true, unreadable: (reason) => heard.push(reason) });

  it('goes on with a stand-in where the ciphertext was changed: that will never be readable', async () => {
    const heard: string[] = [];
    const sealed = await encrypted(plain(CANARY), OLD);
    const data = Buffer.from(sealed.data ?? []);
    data.writeUInt8(data.readUInt8(20) ^ 1, 20);
    const [stand] = await workers([OLD], heard).decode([{ ...sealed, data }]);
    assert.deepEqual(JSON.parse(Buffer.from(stand?.data ?? []).toString()), { unreadable: true });
    assert.deepEqual(heard, ['corrupted']);
  });

  it('waits for a key that is missing, or another one: that can be put right', async () => {
    const heard: string[] = [];
    const sealed = await encrypted(plain(CANARY), OLD);
    await assert.rejects(workers([NEW], heard).decode([sealed]), unreadable);
    await assert.rejects(workers([{ id: 'old', key: randomBytes(32) }], heard).decode([sealed]), unreadable);
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

describe('the digest of a request', () => {
  it('is the same for the same text and key, and another one for any other', () => {
    const digest = requestDigest(CANARY, [NEW]);
    assert.match(digest ?? '', /^new:[0-9a-f]{64}$/);
    assert.equal(requestDigest(CANARY, [NEW, OLD]), digest);
    assert.notEqual(requestDigest(`${CANARY} `, [NEW]), digest);
    assert.notEqual(requestDigest(CANARY, [{ ...NEW, key: randomBytes(32) }]), digest);
  });

  it('can be made again after its key is no longer the first one', () => {
    const before = requestDigest(CANARY, [OLD]);
    assert.equal(requestDigest(CANARY, [NEW, OLD], 'old'), before);
    assert.notEqual(requestDigest(CANARY, [NEW, OLD]), before);
  });

  it('is null where its key is gone', () => {
    assert.equal(requestDigest(CANARY, [NEW], 'old'), null);
    assert.equal(requestDigest(CANARY, null, 'old'), null);
  });

  it('exists without encryption, too, and can be made again after encryption was switched on', () => {
    const before = requestDigest(CANARY, null);
    assert.match(before ?? '', /^-:[0-9a-f]{64}$/);
    assert.equal(requestDigest(CANARY, [NEW], '-'), before);
  });

  it('is made with a key of its own, not with the one that encrypts', () => {
    const direct = createHmac('sha256', NEW.key).update(CANARY).digest('hex');
    assert.notEqual(requestDigest(CANARY, [NEW]), `new:${direct}`);
  });
});
