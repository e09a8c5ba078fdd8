// Whether a notification was sent by the service: Standard Webhooks 1.0.
import { Webhook } from 'standardwebhooks';
import type { components } from './api.ts';

/** A change of an order. Later versions of the API may send other types: look at `type` first. */
export type Notification = components['schemas']['Notification'];

type Received = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * `body`: the bytes as they came, before anything parses them. Throws where the signature is not that of `secret`, or the message is older than
 * five minutes. It may come twice and out of order: keep the highest `data.revision` of each order, and ignore what is not higher.
 */
export function verifyNotification(body: string | Uint8Array, headers: Received, secret: string): Notification {
  const given = headers instanceof Headers ? Object.fromEntries(headers) : headers;
  return new Webhook(secret).verify(Buffer.from(body), given as Record<string, string>) as Notification;
}
