// Payloads as earlier releases wrote them: before they were bound to their orders, and before they were packed.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../../src/config/model.ts';

export function unbound(payload: Payload, key: PayloadKey): Payload {
  return earlier(payload, key, null);
}

/** `bond`: such as `workflow order:merchant_1:here`. */
export function bound(payload: Payload, key: PayloadKey, bond: string): Payload {
  return earlier(payload, key, bond);
}

function earlier(payload: Payload, { id, key }: PayloadKey, bond: string | null): Payload {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  if (bond !== null) cipher.setAAD(Buffer.from(`part-payment-orders bond\n${bond}`));
  const text = proto.temporal.api.common.v1.Payload.encode(payload).finish();
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  const label = `part-payment-orders key check${bond === null ? '' : ' of bound payloads'}`;
  return {
    metadata: {
      encoding: Buffer.from('binary/encrypted'),
      'encryption-cipher': Buffer.from('aes-256-gcm'),
      'encryption-key-id': Buffer.from(id),
      'encryption-key-check': Buffer.from(createHmac('sha256', key).update(label).digest('hex').slice(0, 16)),
      ...(bond === null ? {} : { 'bound-to': Buffer.from(bond) }),
    },
    data: Buffer.concat([iv, sealed, cipher.getAuthTag()]),
  };
}

/** What a release of before payloads were packed makes of any other: it compares the key check when the payload does not open. */
export function readByEarlierRelease(
  { metadata, data }: Payload,
  { key }: PayloadKey,
): 'read' | 'corrupted' | 'missing_key' {
  const bytes = Buffer.from(data ?? []);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAuthTag(bytes.subarray(-16));
  try {
    decipher.update(bytes.subarray(12, -16));
    decipher.final();
    return 'read';
  } catch {
    const check = createHmac('sha256', key).update('part-payment-orders key check').digest('hex').slice(0, 16);
    return Buffer.from(metadata?.['encryption-key-check'] ?? []).toString() === check ? 'corrupted' : 'missing_key';
  }
}

/** Only writes. */
export function unboundCodec(key: PayloadKey): PayloadCodec {
  return {
    encode: async (payloads) => payloads.map((payload) => unbound(payload, key)),
    decode: async (payloads) => payloads,
  };
}
