// The merchant's endpoint, told as the workers tell it.
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { ask } from './http.ts';

/** A test message, as changes of orders are posted. */
export function sendTest(url: string, secret: string, merchantId: string) {
  const id = `msg_golive_${randomBytes(12).toString('base64url')}`;
  const at = new Date();
  const body = JSON.stringify({ type: 'test', timestamp: at.toISOString(), data: { merchant_id: merchantId } });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return ask(url, { method: 'POST', headers, body });
}
