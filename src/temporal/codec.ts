// Encrypts every payload with AES-256-GCM, bound to the workflow that it belongs to, before it leaves the process, and decrypts what comes back.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../config/model.ts';
import type { Unvouched } from '../order/unvouched.ts';
import { unvouched } from '../order/unvouched.ts';

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const { Payload: PayloadProto } = proto.temporal.api.common.v1;

/**
 * `missing_key`: not in the ring under its id, or another one is. `corrupted`: the key is the right one, the ciphertext was changed.
 * `foreign`: it is whole, and belongs elsewhere.
 */
export type Unreadable = 'missing_key' | 'corrupted' | 'foreign';

/** `keyId` as the payload has it, cut; `workflowId`: where it was found. */
export type UnreadablePayload = { reason: Unreadable; keyId: string; workflowId: string | null };

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
  unreadable?: (what: UnreadablePayload) => void;
  /**
   * A corrupted payload becomes `{"unreadable": true}`, and its order asks for a human: a worker that failed on it again and again would never
   * do anything for that order. A missing key may come back: for that a worker waits.
   */
  replaceCorrupted?: boolean;
};

type Keys = readonly [PayloadKey, ...PayloadKey[]];
type Ring = ReadonlyMap<string, Buffer>;

/**
 * The codec of our processes. The first key of the ring encrypts, all decrypt. A payload of another workflow becomes `{"unreadable": true}`;
 * one that does not name its workflow is marked (`unvouched`).
 */
export function createPayloadCodec(
  keys: Keys,
  { unreadable, replaceCorrupted = false }: CodecOptions = {},
): PayloadCodec {
  const ring = ringOf(keys);
  const open = (payload: Payload, context: SerializationContext | undefined): Payload => {
    if (!isEncrypted(payload)) return marked('plain', payload);
    const failed = (reason: Unreadable) =>
      unreadable?.({ reason, keyId: keyIdOf(payload), workflowId: context?.workflowId ?? null });
    try {
      const whole = decrypt(payload, ring);
      const bond = bondOf(payload);
      if (bond === UNBOUND) return marked('unbound', whole);
      if (bond.startsWith(TYPED)) return marked('typed', whole, bond.slice(TYPED.length));
      if (bond === bondTo(context)) return whole;
      failed('foreign');
      return UNREADABLE;
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
      failed(error.reason);
      if (replaceCorrupted && error.reason === 'corrupted') return UNREADABLE;
      throw error;
    }
  };
  return {
    encode: async (payloads, context) =>
      payloads.map((payload) => encrypt(payload, keys[0], bondTo(context) ?? TO_NOBODY)),
    decode: async (payloads, context) => payloads.map((payload) => open(payload, context)),
  };
}

/** The codec of people, who ask from the Temporal UI and CLI without a workflow id: it opens every payload, and marks when it wrote one. */
export function createPeoplesCodec(keys: Keys, now: () => number = Date.now): PayloadCodec {
  const ring = ringOf(keys);
  const show = (payload: Payload): Payload => {
    if (!isEncrypted(payload)) return payload;
    const { metadata, data } = decrypt(payload, ring);
    const bond = bondOf(payload);
    return {
      metadata: { ...metadata, ...(bond === UNBOUND ? {} : { [BOND]: Buffer.from(bond) }) },
      data: data ?? null,
    };
  };
  return {
    encode: async (payloads) => {
      const bond = TYPED + new Date(now()).toISOString();
      return payloads.map((payload) => encrypt(payload, keys[0], bond));
    },
    decode: async (payloads) => payloads.map(show),
  };
}

/** Metadata that says to what a payload is bound; it is authenticated with the ciphertext. */
const BOND = 'bound-to';
/** As payloads were written before they were bound. */
const UNBOUND = '';
const TO_NOBODY = 'nobody';
const TYPED = 'typed ';

/** A workflow, or the activities of one: a payload to the one is no result of the other. */
function bondTo(context: SerializationContext | undefined): string | null {
  return context?.workflowId === undefined ? null : `${context.type} ${context.workflowId}`;
}

function bondOf({ metadata }: Payload): string {
  return text(metadata?.[BOND]);
}

export function keyIdOf({ metadata }: Payload): string {
  return text(metadata?.['encryption-key-id']).slice(0, 64);
}

function ringOf(keys: Keys): Ring {
  return new Map(keys.map(({ id, key }) => [id, key]));
}

function json(value: unknown): Payload {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}

const UNREADABLE: Payload = json({ unreadable: true });

function marked(how: Unvouched, payload: Payload, typedAt = ''): Payload {
  try {
    return json(unvouched(how, defaultPayloadConverter.fromPayload(payload), typedAt));
  } catch {
    return UNREADABLE;
  }
}

function encrypt(payload: Payload, { id, key }: PayloadKey, bond: string): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(additionalData(bond));
  const sealed = Buffer.concat([cipher.update(PayloadProto.encode(payload).finish()), cipher.final()]);
  return {
    metadata: {
      encoding: Buffer.from(ENCODING),
      'encryption-cipher': Buffer.from(CIPHER),
      'encryption-key-id': Buffer.from(id),
      'encryption-key-check': Buffer.from(keyCheck(key, bond)),
      [BOND]: Buffer.from(bond),
    },
    data: Buffer.concat([iv, sealed, cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, ring: Ring): Payload {
  const { metadata, data } = payload;
  const id = text(metadata?.['encryption-key-id']);
  const key = ring.get(id);
  if (key === undefined) {
    throw new PayloadUnreadableError('missing_key', `no payload key with id ${JSON.stringify(id.slice(0, 64))}`);
  }
  const bond = bondOf(payload);
  const bytes = data ?? new Uint8Array();
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    if (bond !== UNBOUND) decipher.setAAD(additionalData(bond));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    const sealed = bytes.subarray(IV_BYTES, bytes.length - TAG_BYTES);
    return PayloadProto.decode(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    const sameKey = text(metadata?.['encryption-key-check']) === keyCheck(key, bond);
    throw new PayloadUnreadableError(sameKey ? 'corrupted' : 'missing_key', `a payload does not open with key ${id}`);
  }
}

function additionalData(bond: string): Buffer {
  return Buffer.from(`part-payment-orders bond\n${bond}`);
}

/**
 * A check value: it tells a wrong key from a wrong ciphertext, and says nothing of the key. Bound payloads have another one: a release that
 * does not know them takes their key for missing, and waits.
 */
function keyCheck(key: Buffer, bond: string): string {
  const label = `part-payment-orders key check${bond === UNBOUND ? '' : ' of bound payloads'}`;
  return createHmac('sha256', key).update(label).digest('hex').slice(0, 16);
}

function isEncrypted({ metadata }: Payload): boolean {
  return text(metadata?.['encoding']) === ENCODING;
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
