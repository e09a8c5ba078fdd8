// Seals a payload with AES-256-GCM together with what it is bound to, and opens it again. Knows the forms that earlier releases wrote.
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../config/model.ts';
import { pack, unpack } from './pack.ts';

const ENCODING = Buffer.from('binary/encrypted');
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
/** A draw of random bytes costs as much as a short payload's encryption. */
const IVS_PER_DRAW = 256;
const TAG_BYTES = 16;
/** One wrong key in four thousand million is taken for the right one. */
const CHECK_BYTES = 4;
const BOND_LENGTH_BYTES = 2;
const ADDITIONAL_DATA = Buffer.from('part-payment-orders packed');
const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** Metadata that says to what a payload is bound, in payloads of before they were packed, and in what people are shown. */
export const BOND = 'bound-to';
/** As payloads were written before they were bound. */
export const UNBOUND = '';

/** Names the key id only. `missing_key`: not in the ring under its id, or another one is. `corrupted`: the key is the right one, the ciphertext was changed. */
export class PayloadUnreadableError extends Error {
  override readonly name = 'PayloadUnreadableError';
  readonly reason: 'missing_key' | 'corrupted';

  constructor(reason: 'missing_key' | 'corrupted', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A key with what is made of it once. The check values tell a wrong key from a wrong ciphertext, and say nothing of the key. */
export type RingKey = {
  id: string;
  idBytes: Buffer;
  secret: KeyObject;
  checks: Record<'packed' | 'bound' | 'unbound', Buffer>;
};

export type Keys = readonly [PayloadKey, ...PayloadKey[]];
export type Ring = { first: RingKey; byId: ReadonlyMap<string, RingKey> };

const ringKeys = new WeakMap<PayloadKey, RingKey>();

/** Of the keys as they are now: they may be others later. */
export function ringOf(keys: Keys): Ring {
  const ring = keys.map((key) => {
    const known = ringKeys.get(key) ?? ringKey(key);
    ringKeys.set(key, known);
    return known;
  });
  return { first: ring[0] as RingKey, byId: new Map(ring.map((one) => [one.id, one])) };
}

/** Null without keys: encryption is off. The array itself: its keys may become others. */
export function keysOf(keys: readonly PayloadKey[] | null): Keys | null {
  return keys?.[0] === undefined ? null : (keys as Keys);
}

/** Each form has a label of its own: a release that does not know the form takes its key for missing, and waits. */
function ringKey({ id, key }: PayloadKey): RingKey {
  const check = (form: string) => createHmac('sha256', key).update(`part-payment-orders key check${form}`).digest();
  const hex = (bytes: Buffer) => Buffer.from(bytes.toString('hex').slice(0, 16));
  return {
    id,
    idBytes: Buffer.from(id),
    secret: createSecretKey(key),
    checks: {
      packed: check(' of packed payloads').subarray(0, CHECK_BYTES),
      bound: hex(check(' of bound payloads')),
      unbound: hex(check('')),
    },
  };
}

export function isSealed({ metadata }: Payload): boolean {
  return ENCODING.equals(metadata?.['encoding'] ?? Buffer.of());
}

/** Data: key check, IV, ciphertext, tag. What is encrypted: length of the bond, bond, payload; packed. */
export function seal(payload: Payload, { idBytes, secret, checks }: RingKey, bond: string): Payload {
  const bondBytes = Buffer.from(bond);
  const length = Buffer.alloc(BOND_LENGTH_BYTES);
  length.writeUInt16BE(bondBytes.length);
  const iv = newIv();
  const cipher = createCipheriv(CIPHER, secret, iv).setAAD(ADDITIONAL_DATA);
  const sealed = cipher.update(pack(Buffer.concat([length, bondBytes, PayloadProto.encode(payload).finish()])));
  return {
    metadata: { encoding: ENCODING, 'encryption-key-id': idBytes },
    data: Buffer.concat([checks.packed, iv, sealed, cipher.final(), cipher.getAuthTag()]),
  };
}

let drawn = Buffer.alloc(0);

/** Each of them is used once. */
function newIv(): Buffer {
  if (drawn.length === 0) drawn = randomBytes(IV_BYTES * IVS_PER_DRAW);
  const iv = drawn.subarray(0, IV_BYTES);
  drawn = drawn.subarray(IV_BYTES);
  return iv;
}

/** Throws a `PayloadUnreadableError`. */
export function unseal(payload: Payload, ring: Ring): { bond: string; whole: Payload } {
  const id = keyIdOf(payload);
  const key = ring.byId.get(text(payload.metadata?.['encryption-key-id']));
  if (key === undefined) {
    throw new PayloadUnreadableError('missing_key', `no payload key with id ${JSON.stringify(id)}`);
  }
  const form = formOf(payload, key);
  try {
    return form.open();
  } catch {
    const reason = form.isOfKey ? 'corrupted' : 'missing_key';
    throw new PayloadUnreadableError(reason, `a payload does not open with key ${id}`);
  }
}

export function keyIdOf({ metadata }: Payload): string {
  return text(metadata?.['encryption-key-id']).slice(0, 64);
}

type Form = { isOfKey: boolean; open: () => { bond: string; whole: Payload } };

/** Payloads of before they were packed name their cipher. */
function formOf(payload: Payload, key: RingKey): Form {
  return payload.metadata?.['encryption-cipher'] === undefined ? packedForm(payload, key) : earlierForm(payload, key);
}

function packedForm({ data }: Payload, { secret, checks }: RingKey): Form {
  const bytes = Buffer.from(data ?? []);
  const isOfKey = checks.packed.equals(bytes.subarray(0, CHECK_BYTES));
  const open = () => {
    if (!isOfKey) throw new RangeError('another key');
    const opened = unpack(decrypt(bytes.subarray(CHECK_BYTES), secret, ADDITIONAL_DATA));
    const bondEnd = BOND_LENGTH_BYTES + opened.readUInt16BE(0);
    const bond = opened.toString('utf8', BOND_LENGTH_BYTES, bondEnd);
    return { bond, whole: decode(opened.subarray(bondEnd)) };
  };
  return { isOfKey, open };
}

/** The bond is beside the ciphertext and authenticated with it, or there is none. */
function earlierForm({ metadata, data }: Payload, { secret, checks }: RingKey): Form {
  const bond = text(metadata?.[BOND]);
  const [check, additionalData] =
    bond === UNBOUND ? [checks.unbound] : [checks.bound, Buffer.from(`part-payment-orders bond\n${bond}`)];
  return {
    isOfKey: check.equals(metadata?.['encryption-key-check'] ?? Buffer.of()),
    open: () => ({ bond, whole: decode(decrypt(Buffer.from(data ?? []), secret, additionalData)) }),
  };
}

/** In memory of its own: a payload is kept, and copied to the thread of the workflows, with all of the block that it is a part of. */
function decode(bytes: Buffer): Payload {
  return PayloadProto.decode(Buffer.from(new Uint8Array(bytes).buffer));
}

/** `bytes`: IV, ciphertext, tag. */
function decrypt(bytes: Buffer, secret: KeyObject, additionalData: Buffer | undefined): Buffer {
  const decipher = createDecipheriv(CIPHER, secret, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  if (additionalData !== undefined) decipher.setAAD(additionalData);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES)), decipher.final()]);
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
