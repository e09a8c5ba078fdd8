// The address of a webhook, however it is written, and the secret at its end, which names the merchant.
import type { Merchant } from '../../config/model.ts';
import { findBySecret, sha256 } from './auth.ts';

/** Takes extra slashes: an address that was typed so into seQura's settings is still meant for us. */
const WEBHOOK_URL = /^\/+webhooks\/+sequra\/+([^/?]+)\/*(?:\?|$)/;

/** The address as its route is written; null where it is not that of a webhook. */
export function webhookUrl(url: string): string | null {
  const token = WEBHOOK_URL.exec(url)?.[1];
  return token === undefined ? null : `/webhooks/sequra/${token}`;
}

/** The token, without blanks and slashes that were pasted behind it: no token has any. */
export function webhookToken(url: string): string | null {
  const token = WEBHOOK_URL.exec(url)?.[1];
  return token === undefined ? null : decoded(token).replaceAll(/[\s/]/g, '');
}

function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

/** Of the merchants as they are then. */
export function webhookMerchants(merchants: ReadonlyMap<string, Merchant>): (token: string) => Merchant | null {
  const entries = new WeakMap<Merchant, { merchant: Merchant; sha256: Buffer }[]>();

  function entriesOf(merchant: Merchant) {
    const known = entries.get(merchant) ?? merchant.webhookTokens.map((token) => ({ merchant, sha256: sha256(token) }));
    entries.set(merchant, known);
    return known;
  }

  return (token) => {
    const all = [...merchants.values()].flatMap(entriesOf);
    return findBySecret(all, token, (entry) => entry.sha256)?.merchant ?? null;
  };
}
