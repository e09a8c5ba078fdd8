// Encrypts every payload with AES-256-GCM, bound to the workflow that it belongs to, before it leaves the process, and decrypts what comes back.
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Unvouched } from '../order/unvouched.ts';
import { unvouched } from '../order/unvouched.ts';
import type { Keys, Ring } from './seal.ts';
import { BOND, isSealed, keyIdOf, PayloadUnreadableError, ringOf, seal, UNBOUND, unseal } from './seal.ts';

/** Beside what cannot be opened, `foreign`: it is whole, and belongs elsewhere. */
type Unreadable = PayloadUnreadableError['reason'] | 'foreign';

/** `keyId` as the payload has it, cut; `workflowId`: where it was found. */
export type UnreadablePayload = { reason: Unreadable; keyId: string; workflowId: string | null };

export type CodecOptions = {
  /** Hears of each payload that cannot be read. */
  unreadable?: (what: UnreadablePayload) => void;
  /**
   * A corrupted payload becomes `{"unreadable": true}`, and its order asks for a human: a worker that failed on it again and again would never
   * do anything for that order. A missing key may come back: for that a worker waits.
   */
  replaceCorrupted?: boolean;
};

/**
 * The codec of our processes. The first of the keys, as they are then, encrypts, all decrypt. A payload of another workflow becomes `{"unreadable": true}`;
 * one that does not name its workflow is marked (`unvouched`).
 */
export function createPayloadCodec(
  keys: Keys,
  { unreadable, replaceCorrupted = false }: CodecOptions = {},
): PayloadCodec {
  const open = (ring: Ring, payload: Payload, context: SerializationContext | undefined): Payload => {
    if (!isSealed(payload)) return marked('plain', payload);
    const failed = (reason: Unreadable) =>
      unreadable?.({ reason, keyId: keyIdOf(payload), workflowId: context?.workflowId ?? null });
    try {
      const { bond, whole } = unseal(payload, ring);
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
    async encode(payloads, context) {
      const { first } = ringOf(keys);
      return payloads.map((payload) => seal(payload, first, bondTo(context) ?? TO_NOBODY));
    },
    async decode(payloads, context) {
      const ring = ringOf(keys);
      return payloads.map((payload) => open(ring, payload, context));
    },
  };
}

/** The codec of people, who ask from the Temporal UI and CLI without a workflow id: it opens every payload, and marks when it wrote one. */
export function createPeoplesCodec(keys: Keys, now: () => number = Date.now): PayloadCodec {
  const show = (ring: Ring, payload: Payload): Payload => {
    if (!isSealed(payload)) return payload;
    const {
      bond,
      whole: { metadata, data },
    } = unseal(payload, ring);
    return {
      metadata: { ...metadata, ...(bond === UNBOUND ? {} : { [BOND]: Buffer.from(bond) }) },
      data: data ?? null,
    };
  };
  return {
    encode: async (payloads) => {
      const bond = TYPED + new Date(now()).toISOString();
      const { first } = ringOf(keys);
      return payloads.map((payload) => seal(payload, first, bond));
    },
    async decode(payloads) {
      const ring = ringOf(keys);
      return payloads.map((payload) => show(ring, payload));
    },
  };
}

const TO_NOBODY = 'nobody';
const TYPED = 'typed ';

/** A workflow, or the activities of one: a payload to the one is no result of the other. */
function bondTo(context: SerializationContext | undefined): string | null {
  return context?.workflowId === undefined ? null : `${context.type} ${context.workflowId}`;
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
