// Encrypts every payload with AES-256-GCM before it leaves the process, and decrypts what comes back.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../config.ts';

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/** `missing_key`: not in the ring under its id, or another one is. `corrupted`: the key is the right one, the ciphertext was changed. */
export type Unreadable = 'missing_key' | 'corrupted';

/** Names the key id only. */
export class PayloadUnreadableError extends Error {
  override readonly name = 'PayloadUnreadableError';
  readonly reason: Unreadable;

  constructor(reason: Unreadable, message: string) {
    super(message);
    this.reason = reason;
  }
}

export type CodecOptions = {
  /** Hears of each payload that cannot be read. */
  unreadable?: (reason: Unreadable) => void;
  /**
   * What is corrupted, or was typed by hand in a way that nobody can read, will never be readable: a worker that went on failing on it would
   * never do anything again for its order. It gets `{"unreadable": true}` instead, and the order asks a human. A missing key comes back: for
   * that it waits.
   */
  replaceCorrupted?: boolean;
};

/** The first key of the ring encrypts, all decrypt. What is not encrypted passes as it is: an operator may type plain JSON. */
export function createPayloadCodec(
  keys: readonly [PayloadKey, ...PayloadKey[]],
  { unreadable, replaceCorrupted = false }: CodecOptions = {},
): PayloadCodec {
  const ring = new Map(keys.map(({ id, key }) => [id, key]));
  const open = (payload: Payload): Payload => {
    if (!isEncrypted(payload)) return replaceCorrupted && !isReadable(payload) ? UNREADABLE : payload;
    try {
      return decrypt(payload, ring);
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
      unreadable?.(error.reason);
      if (replaceCorrupted && error.reason === 'corrupted') return UNREADABLE;
      throw error;
    }
  };
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(payload, keys[0])),
    decode: async (payloads) => payloads.map(open),
  };
}

const UNREADABLE: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from('{"unreadable":true}'),
};

function isReadable(payload: Payload): boolean {
  try {
    defaultPayloadConverter.fromPayload(payload);
    return true;
  } catch {
    return false;
  }
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const sealed = Buffer.concat([cipher.update(PayloadProto.encode(payload).finish()), cipher.final()]);
  return {
    metadata: {
      encoding: Buffer.from(ENCODING),
      'encryption-cipher': Buffer.from(CIPHER),
      'encryption-key-id': Buffer.from(id),
      'encryption-key-check': Buffer.from(keyCheck(key)),
    },
    data: Buffer.concat([iv, sealed, cipher.getAuthTag()]),
  };
}

function decrypt({ metadata, data }: Payload, ring: ReadonlyMap<string, Buffer>): Payload {
  const id = text(metadata?.['encryption-key-id']);
  const key = ring.get(id);
  if (key === undefined) {
    throw new PayloadUnreadableError('missing_key', `no payload key with id ${JSON.stringify(id.slice(0, 64))}`);
  }
  const bytes = data ?? new Uint8Array();
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const sealed = bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES);
    return PayloadProto.decode(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    const sameKey = text(metadata?.['encryption-key-check']) === keyCheck(key);
    throw new PayloadUnreadableError(sameKey ? 'corrupted' : 'missing_key', `a payload does not open with key ${id}`);
  }
}

/** Tells a wrong key from a wrong ciphertext, and nothing of the key. */
function keyCheck(key: Buffer): string {
  return createHmac('sha256', key).update('part-payment-orders key check').digest('hex').slice(0, 16);
}

function isEncrypted({ metadata }: Payload): boolean {
  return text(metadata?.['encoding']) === ENCODING;
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

/** A keyed digest of a request, to compare repeats by without keeping them: `{key id}:{hex}`; null where that key is gone. */
export function requestDigest(text: string, keys: readonly PayloadKey[] | null, keyId?: string): string | null {
  const key = keyId === undefined ? (keys?.[0] ?? NO_KEY) : [...(keys ?? []), NO_KEY].find(({ id }) => id === keyId);
  if (key === undefined) return null;
  const derived = createHmac('sha256', key.key).update('part-payment-orders request digest').digest();
  return `${key.id}:${createHmac('sha256', derived).update(text).digest('hex')}`;
}

/** Stands in where encryption is off. */
const NO_KEY: PayloadKey = { id: '-', key: Buffer.alloc(32) };
