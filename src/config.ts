// The only reader of process.env: every setting of http-api.md, section 8, checked before anything is connected to.
import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { OrderPolicy } from './order/request.ts';
import type { EventNames } from './order/webhook.ts';

export type Country = 'ES' | 'FR' | 'IT' | 'PT';
export type Scope = 'orders:read' | 'orders:write' | 'ops';

export type Merchant = {
  id: string;
  country: Country;
  /** ISO 4217; EUR in every country above. */
  currency: string;
  username: string;
  password: string;
  webhookTokens: string[];
  policy: OrderPolicy;
  ninChecksum: 'off' | 'warn' | 'reject';
  eventNames: EventNames;
};

export type ApiKey = { id: string; sha256: string; merchants: '*' | string[]; scopes: Scope[] };

/** 32 bytes; the first of the ring encrypts, all decrypt. */
export type PayloadKey = { id: string; key: Buffer };

export type Config = {
  temporal: ClientConnectConfig & { namespace: string };
  taskQueue: string;
  sequra: { baseUrl: string; timeoutMs: number };
  merchants: Map<string, Merchant>;
  apiKeys: ApiKey[];
  /** Null where encryption is off. */
  payloadKeys: PayloadKey[] | null;
  api: { port: number; host: string; adminPort: number };
  worker: { adminPort: number };
  /** Host on which the admin ports listen. */
  adminHost: string;
  /** Origins whose pages (the Temporal UI) may call the codec from a browser. */
  codecOrigins: string[];
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
};
