// The merchant of every test, its account at seQura and the key of its till, as the code has them. `config-fixtures.ts` has them as the merchants
// file does.
import { createHash } from 'node:crypto';
import type { ApiKey, Merchant } from '../../src/config/model.ts';
import { DEFAULT_EVENT_NAMES } from '../../src/order/webhook.ts';
import { API_KEY, PASSWORD, WEBHOOK_TOKEN } from './canaries.ts';
import { orderPolicy } from './orders.ts';

export const ACCOUNT = { id: 'merchant_1', username: 'merchant_1', password: PASSWORD };

export function aMerchant(overrides: Partial<Merchant> = {}): Merchant {
  return {
    id: ACCOUNT.id,
    country: 'ES',
    currency: 'EUR',
    webhookTokens: [WEBHOOK_TOKEN],
    policy: orderPolicy(),
    ninChecksum: 'warn',
    eventNames: DEFAULT_EVENT_NAMES,
    notify: null,
    ...overrides,
  };
}

export function sha256(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The key of `API_KEY`, with every scope of a till. */
export function anApiKey(overrides: Partial<ApiKey> = {}): ApiKey {
  return {
    id: 'till',
    sha256: sha256(API_KEY),
    merchants: [ACCOUNT.id],
    scopes: ['orders:read', 'orders:write', 'ops'],
    ...overrides,
  };
}
