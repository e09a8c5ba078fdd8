// The address of a webhook, however it is written, and the secret at its end, which names the merchant.
import type { Merchant } from '../../config/model.ts';
import { findBySecret, sha256 } from './auth.ts';

/** Slashes too many do not matter: whoever wrote it into seQura's settings, it is meant for us. */
const WEBHOOK_URL = /^\/+webhooks\/+sequra\/+([^/?]+)\/*(?:\?|$)/;

/** The address as there is a route for it; null where it is not that of a webhook. */
export function webhookUrl(url: string): string | null {
  const token = WEBHOOK_URL.exec(url)?.[1];
  return token === undefined ? null : `/webhooks/sequra/${token}`;
}

/** Without what a pasted address has behind it: no token has a blank or a slash. */
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

export function webhookMerchants(merchants: ReadonlyMap<string, Merchant>): (token: string) => Merchant | null {
  const entries = [...merchants.values()].flatMap((merchant) =>
    merchant.webhookTokens.map((token) => ({ merchant, sha256: sha256(token) })),
  );
  return (token) => findBySecret(entries, token, (entry) => entry.sha256)?.merchant ?? null;
}
