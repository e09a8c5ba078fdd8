// src/simulator: a seQura to develop against: phone inbox, checkout page, faults on demand.
//
// A seQura to develop against: its API, a phone inbox, a checkout page, and faults on demand. What happened is kept in a folder, or in
// memory until the end.
import type { ErrorRequestHandler, RequestHandler } from 'express';
import express from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { z } from 'zod';
import { refusedCaller } from '../admin/callers.ts';
import { controlRoutes } from './control-routes.ts';
import type { Move, MoveOutcome } from './customer.ts';
import { createMoves } from './customer.ts';
import type { Faults } from './faults.ts';
import { createFaults } from './faults.ts';
import type { LedgerReader } from './ledger-reader.ts';
import { ledgerReader } from './ledger-reader.ts';
import { IN_MEMORY, openJournal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { createLedger } from './ledger.ts';
import type { SimulatedMerchant } from './merchants.ts';
import { checkoutPages } from './pages/checkout.ts';
import { faultPages } from './pages/faults.ts';
import { inboxPages } from './pages/inbox.ts';
import { orderPages } from './pages/orders.ts';
import { providerRoutes } from './provider-routes.ts';
import type { ProviderSettings } from './provider.ts';
import { createProvider } from './provider.ts';
import type { Delivery, ProviderOrder } from './records.ts';
import { ACTS_AFTER_MS, createSelfActing } from './self-acting.ts';
import { createPost } from './webhook-post.ts';
import type { SequraMessage, WebhookRepeat } from './webhooks.ts';
import { createWebhooks, DEFAULT_REPEAT } from './webhooks.ts';

export type SimulatorOptions = Partial<ProviderSettings> & {
  /** 0: any free port. */
  port: number;
  host?: string;
  /** Base of the links in SMS; default: the URL it listens on. */
  publicUrl?: string;
  /** Names, beside those of loopback and of the public URL, by which its pages are called. */
  hosts?: readonly string[];
  /** Where its ledger is kept over restarts: a folder of its own. Left out: in memory. */
  dataFolder?: string;
  merchants: readonly SimulatedMerchant[];
  webhookRepeat?: Partial<WebhookRepeat>;
  /** How long after their first SMS customers act who act by themselves. */
  actsAfterMs?: number;
  /** One line per call and webhook try, without personal data. */
  log?: (line: string) => void;
};

/** An order: its number, or its reference (the newest order that has it). */
type OrderKey = number | string;

export type Simulator = {
  url: string;
  ledger: LedgerReader;
  faults: Faults;
  /** What the buttons do. These throw where there is no such order, or it is not where the move begins. */
  confirm(key: OrderKey): 'confirmed' | 'declined';
  decline(key: OrderKey): void;
  cancel(key: OrderKey): void;
  complete(key: OrderKey): void;
  /** Sends any event, past the faults of sending. */
  sendWebhook(key: OrderKey, message: SequraMessage): Delivery;
  /** Resolves when no webhook is under way or waiting to be repeated. */
  idle(): Promise<void>;
  /** Stops listening, so that connections are refused; what the ledger has stays. */
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  /** Forgets orders, faults and webhooks. */
  reset(): void;
  close(): Promise<void>;
};

/** Within this, callers notice that their idle connections are closed: a call on one of those would be cut instead of refused. */
const NOTICE_MS = 20;

const LIMITS: ProviderSettings = { smsLimit: 5, smsLimitStatus: 422, answersOrderUuid: false };

/** For pages and controls. seQura's own calls carry credentials, and may use any host name. */
function onlyOwnPages(hosts: readonly string[]): RequestHandler {
  return (req, res, next) => {
    if (refusedCaller(req, { hosts, origins: [], own: true }) === null) next();
    else res.status(403).json({ error: 'forbidden' });
  };
}

const onError =
  (log: (line: string) => void): ErrorRequestHandler =>
  (error: unknown, _req, res, _next) => {
    if (res.headersSent || res.destroyed) {
      res.destroy();
    } else if (error instanceof z.ZodError) {
      const errors = error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
      res.status(422).json({ error: 'invalid', errors });
    } else {
      const known = z.object({ status: z.int().min(400).max(499) }).safeParse(error);
      if (!known.success) log(`failed: ${error instanceof Error ? error.message : 'with no error'}`);
      res
        .status(known.success ? known.data.status : 500)
        .json({ error: known.success ? 'bad_request' : 'simulator_failed' });
    }
  };

/** The host of a URL that reaches what listens on `host`. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

export async function startSimulator({
  port,
  host = '127.0.0.1',
  publicUrl,
  hosts = [],
  dataFolder,
  merchants,
  webhookRepeat,
  actsAfterMs = ACTS_AFTER_MS,
  log = () => undefined,
  ...settings
}: SimulatorOptions): Promise<Simulator> {
  const server = createServer({ keepAliveTimeout: 60_000 });
  async function listen(wanted: number): Promise<number> {
    server.listen(wanted, host);
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : wanted;
  }
  async function goOffline(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await sleep(NOTICE_MS);
  }
  // Before the ledger is taken over from a simulator that may still run.
  const boundPort = await listen(port);
  const url = `http://${reachable(host)}:${boundPort}`;

  let ledger: Ledger;
  try {
    ledger = createLedger(dataFolder === undefined ? IN_MEMORY : openJournal(dataFolder, log));
  } catch (error) {
    await goOffline();
    throw error;
  }
  const closing = new AbortController();
  const dispatcher = new Agent();
  const faults = createFaults(ledger);
  const repeat = { ...DEFAULT_REPEAT, ...webhookRepeat };
  const webhooks = createWebhooks({ ledger, faults, merchants, repeat, post: createPost(dispatcher), log });
  const moves = createMoves(ledger, webhooks);
  const customers = createSelfActing(ledger, moves, actsAfterMs);
  const provider = createProvider(ledger, { ...LIMITS, ...settings }, (uuid) => `${publicUrl ?? url}/checkout/${uuid}`);
  const reader = ledgerReader(ledger);

  function reset(): void {
    customers.abandon();
    webhooks.abandon();
    faults.clear();
    ledger.reset();
  }

  const app = express()
    .disable('x-powered-by')
    .get('/livez', (_req, res) => void res.json({ status: 'ok' }))
    .use(providerRoutes({ ledger, faults, provider, customers, merchants, closing: closing.signal, log }))
    .use(onlyOwnPages([...hosts, ...(publicUrl === undefined ? [] : [new URL(publicUrl).hostname])]))
    .use(controlRoutes({ ledger, reader, faults, moves, webhooks, reset }))
    .use(orderPages({ ledger, reader, moves, webhooks }))
    .use(inboxPages(reader))
    .use(checkoutPages(ledger, moves))
    .use(faultPages(faults, reader))
    .use((_req, res) => void res.status(404).json({ error: 'not_found' }))
    .use(onError(log));
  server.on('request', app);
  webhooks.resume();
  customers.resume();

  function find(key: OrderKey): ProviderOrder {
    const id = typeof key === 'number' ? key : (reader.orders(key).at(-1)?.id ?? NaN);
    const order = ledger.order(id);
    if (order === undefined) throw new Error(`the simulator has no order ${JSON.stringify(key)}`);
    return order;
  }
  function move(name: Move, key: OrderKey): MoveOutcome {
    const order = find(key);
    const outcome = moves[name](order);
    if (outcome === 'not_possible')
      throw new Error(`order ${JSON.stringify(key)} is ${order.status}: ${name} is not possible`);
    return outcome;
  }

  return {
    url,
    ledger: reader,
    faults,
    confirm: (key) => (move('confirm', key) === 'confirmed' ? 'confirmed' : 'declined'),
    decline: (key) => void move('decline', key),
    cancel: (key) => void move('cancel', key),
    complete: (key) => void move('complete', key),
    sendWebhook: (key, message) => structuredClone(webhooks.send(find(key), message)),
    idle: () => webhooks.idle(),
    goOffline,
    async goOnline() {
      if (!server.listening) await listen(boundPort);
    },
    reset,
    async close() {
      closing.abort();
      customers.abandon();
      webhooks.abandon();
      await goOffline();
      await dispatcher.destroy();
      ledger.close();
    },
  };
}
