// Payloads as they were written before they were bound to their orders.
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../../src/config/model.ts';

export function unbound(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const text = proto.temporal.api.common.v1.Payload.encode(payload).finish();
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  const check = createHmac('sha256', key).update('part-payment-orders key check').digest('hex').slice(0, 16);
  return {
    metadata: {
      encoding: Buffer.from('binary/encrypted'),
      'encryption-cipher': Buffer.from('aes-256-gcm'),
      'encryption-key-id': Buffer.from(id),
      'encryption-key-check': Buffer.from(check),
    },
    data: Buffer.concat([iv, sealed, cipher.getAuthTag()]),
  };
}

/** Only writes. */
export function unboundCodec(key: PayloadKey): PayloadCodec {
  return {
    encode: async (payloads) => payloads.map((payload) => unbound(payload, key)),
    decode: async (payloads) => payloads,
  };
}
