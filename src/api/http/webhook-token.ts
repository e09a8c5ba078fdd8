// The secret at the end of a webhook's address names the merchant.
import type { Merchant } from '../../config/load.ts';
import { findBySecret, sha256 } from './auth.ts';

export function webhookMerchants(merchants: ReadonlyMap<string, Merchant>): (token: string) => Merchant | null {
  const entries = [...merchants.values()].flatMap((merchant) =>
    merchant.webhookTokens.map((token) => ({ merchant, sha256: sha256(token) })),
  );
  return (token) => findBySecret(entries, token, (entry) => entry.sha256)?.merchant ?? null;
}

/** Without what a pasted address has behind it: no token has a character of these. */
export function tidyToken(token: string): string {
  return token.replaceAll(/[\s/]/g, '');
}
