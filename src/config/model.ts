// What the settings become: merchants, keys, and what each process is configured with.
import type { OrderPolicy } from '../order/request.ts';
import type { EventNames } from '../order/webhook.ts';
import type { TemporalConfig } from './temporal.ts';

export type Country = 'ES' | 'FR' | 'IT' | 'PT';
export type Scope = 'orders:read' | 'orders:write' | 'ops';

export type Merchant = {
  id: string;
  country: Country;
  /** ISO 4217; EUR in every country above. */
  currency: string;
  webhookTokens: string[];
  policy: OrderPolicy;
  ninChecksum: 'off' | 'warn' | 'reject';
  eventNames: EventNames;
  /** Where changes of its orders are posted. */
  notify: { url: string } | null;
};

/** What a worker needs to call seQura for a merchant, and the merchant's endpoint. */
export type MerchantAccount = {
  id: string;
  username: string;
  password: string;
  /** `secret` as Standard Webhooks writes it, `whsec_` and base64. */
  notify: { url: string; secret: string } | null;
};

/** `sha256`: of the key, in lower-case hexadecimal digits. */
export type ApiKey = {
  id: string;
  sha256: string;
  merchants: '*' | string[];
  scopes: Scope[];
  /** Unix time; left out: it does not expire. */
  expiresAtMs?: number;
};

/** 32 bytes; the first of the ring encrypts, all decrypt. */
export type PayloadKey = { id: string; key: Buffer };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What it takes to read what is in Temporal. */
export type StoreConfig = {
  temporal: TemporalConfig;
  /** Null where encryption is off. */
  payloadKeys: readonly PayloadKey[] | null;
};

/** What it takes to read orders, and to send them commands. */
export type OrdersConfig = StoreConfig & { taskQueue: string };

/** Of `setup:temporal`. `sequraCallsPerSecond`: of each merchant; 0: no limit; null: what the server has stays. */
export type SetupConfig = { temporal: TemporalConfig; taskQueue: string; sequraCallsPerSecond: number | null };

/** Of an admin port, and of every process that has one. */
export type AdminConfig = {
  /** Host on which the admin ports listen. */
  adminHost: string;
  /** Names, beside those of loopback, by which the admin ports are called. */
  adminHosts: string[];
  /** Origins whose pages (the Temporal UI) may call the codec from a browser. */
  codecOrigins: string[];
  logLevel: LogLevel;
};

/** How people of the admin port are known (OpenID Connect). */
export type LoginConfig = {
  issuer: string;
  /** Of access tokens. */
  audience: string;
  rolesClaim: string;
  nameClaim: string;
  readerRole: string;
  operatorRole: string;
  /** What a login in the browser asks for. */
  scope: string;
  /** Null: nobody logs in with a browser. `url`: scheme, host and port by which browsers reach the admin port. */
  browser: { clientId: string; clientSecret: string; url: string } | null;
};

/** Of a process that shows data on its admin port. `login` null: whoever reaches it is an operator. */
export type PeopleConfig = { login: LoginConfig | null };

/** The version of the code that a worker runs, as Temporal knows it (Temporal docs, “Worker Versioning”). */
export type DeploymentVersion = { deploymentName: string; buildId: string };

type CommonConfig = OrdersConfig &
  AdminConfig & {
    sequra: { baseUrl: string; timeoutMs: number };
    /** Allows what production refuses: known or weak secrets, no encryption, unchecked certificates. */
    development: boolean;
    /** Of workers; null: those of any release take any order. */
    deployment: DeploymentVersion | null;
  };

/** Of the API: it knows no password, and no secret of a merchant's endpoint. */
export type ApiConfig = CommonConfig &
  PeopleConfig & {
    merchants: Map<string, Merchant>;
    apiKeys: ApiKey[];
    /** `codec`: whether its admin port has it. */
    api: { port: number; host: string; adminPort: number; codec: boolean };
    /** Per API key; 0: no limit. */
    rateLimitPerSecond: number;
    /** Reads that wait for a change, in this process. */
    maxWaiting: { perKey: number; all: number };
    /** Whether what is typed without the codec may do all that encoded input may. */
    trustPlainPayloads: boolean;
    /** In which the Temporal UI shows times of an order beside UTC; null: in none. */
    operatorsTimeZone: string | null;
  };

/** Of the worker: it knows no webhook token and no API key. */
export type WorkerConfig = CommonConfig & {
  merchants: Map<string, MerchantAccount>;
  worker: { adminPort: number };
  /** Of each merchant, set by `setup:temporal`; 0 and null: no limit. */
  sequraCallsPerSecond: number | null;
  /** Where seQura reaches the API, asked before a deadline's cancel; null: no deadline waits. */
  webhookProbeUrl: string | null;
  /** `restoredAt`: when a backup of Temporal's database was put back, as `Date#toISOString` writes it; null: none was. */
  backup: { restoredAt: string | null; forgottenOrders: ReadonlySet<string> };
};

/** Of both in one process. */
export type Config = Omit<ApiConfig, 'merchants'> &
  Omit<WorkerConfig, 'merchants'> & { merchants: Map<string, Merchant & MerchantAccount> };

/** Of the codec as a process of its own. */
export type CodecConfig = Pick<StoreConfig, 'payloadKeys'> & AdminConfig & PeopleConfig & { port: number };

/** Of the desk. Null: its pages have no links there. */
export type DeskConfig = OrdersConfig &
  AdminConfig &
  PeopleConfig & { port: number; temporalUiUrl: string | null; docsUrl: string | null };

/** Of `ops reconcile`: the merchants' event names, without their secrets. */
export type ReconcileConfig = OrdersConfig & { merchants: Map<string, Pick<Merchant, 'eventNames'>> };

/** Of `ops doctor`: `proxies`: the names of variables that would put a proxy in between. */
export type DoctorConfig = OrdersConfig & {
  sequraUrl: string | null;
  webhookProbeUrl: string | null;
  proxies: string[];
};

/** Of `golive`: what a merchant's backend, its endpoint and seQura know, but for the merchant's password. */
export type GoliveConfig = {
  apiUrl: string;
  apiKey: string;
  sequra: { baseUrl: string };
  webhookProbeUrl: string | null;
  merchants: Map<string, Merchant & Pick<MerchantAccount, 'notify'>>;
};
