// The hosts that the service runs on, and the network between them: an API and a worker as processes, Temporal with a database in a file,
// the simulator, and a proxy on each way from one to the other. Any of them can be killed and started again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { buildForTests } from '../../scripts/build.ts';
import type { PayloadKey } from '../../src/config/load.ts';
import type { RunningTemporal } from '../../src/dev/temporal.ts';
import { findTemporalCli, freePort, startTemporal } from '../../src/dev/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../src/order/search-attributes.ts';
import type { OrderView } from '../../src/order/view.ts';
import { dataConverter } from '../../src/temporal/connection.ts';
import type { Program, Settings, Site, SiteOptions, Started, StartedApi } from '../support/processes.ts';
import { endPrograms, everyOutput, openSite, untilReady } from '../support/processes.ts';
import type { Proxy } from '../support/proxy.ts';
import { openProxy } from '../support/proxy.ts';
import { closed, smsSent, until } from '../support/waits.ts';
import type { Answered, Case, Scene } from './court.ts';
import { idOf, orderPath, resolution } from '../support/orders.ts';
import { canariesIn, PAYLOAD_KEYS, PERSON } from '../support/canaries.ts';

/** The ways between them, by who opens the connection. */
export type Ways = Record<'apiToTemporal' | 'workerToTemporal' | 'workerToSequra', Proxy>;

export type Hosts = Scene & {
  site: Site;
  ways: Ways;
  api: StartedApi;
  worker: Started;
  temporal: RunningTemporal;
  dbFile: string;
  /** On the port of the one before; ready when it resolves. */
  startApi: (overrides?: Settings) => Promise<void>;
  startWorker: (overrides?: Settings) => Promise<void>;
  startTemporal: () => Promise<void>;
  /** As a deploy does: told to end, and started again, maybe with other settings. */
  replaceApi: (overrides?: Settings) => Promise<void>;
  replaceWorker: (overrides?: Settings) => Promise<void>;
  /** `POST /v1/orders`, once. */
  postOnce: (one: Case, reference?: string) => Promise<Answered>;
  /** Again and again until it is answered 2xx. */
  post: (one: Case, reference?: string) => Promise<Answered>;
  /** `post`, and its SMS has been sent. */
  waiting: (one: Case, reference?: string) => Promise<void>;
  act: (id: string, action: string, body?: object) => Promise<Answered>;
  /** As soon as it holds. */
  see: (id: string, what: string, holds: (order: OrderView) => boolean, waitMs?: number) => Promise<OrderView>;
  /** An operator who looks an order up at seQura, and says what is there. */
  lookUp: (id: string) => Promise<void>;
  /** The customer signs, and the order ends as it should. */
  signs: (reference: string) => Promise<void>;
  close: () => Promise<void>;
};

/** SEQURA_TIMEOUT_MS: an activity that a killed worker leaves behind is given up ten seconds later. */
const SETTINGS: Settings = { SEQURA_TIMEOUT_MS: '1000' };

/** `otherKeys`: that the judge can read with, beside the site's own. */
export async function openHosts(
  { merchant = {}, ...options }: SiteOptions = {},
  otherKeys: PayloadKey[] = [],
  settings: Settings = SETTINGS,
): Promise<Hosts> {
  await buildForTests();
  const cli = await findTemporalCli(console.error);
  const dataDir = mkdtempSync(join(tmpdir(), 'hosts-'));
  const dbFile = join(dataDir, 'temporal.db');
  const port = await freePort();
  const start = () =>
    startTemporal({ cli, port, uiPort: null, dbFilename: dbFile, searchAttributes: SEARCH_ATTRIBUTES });
  const temporal = await start();
  const connection = await Connection.connect({ address: temporal.address });
  const payloadKeys = [...PAYLOAD_KEYS, ...otherKeys];
  const client = new Client({ connection, dataConverter: dataConverter(payloadKeys, { replaceCorrupted: true }) });
  const site = await openSite(temporal.address, { merchant: { settle_seconds: 1, ...merchant }, ...options });
  const { ledger } = site.simulator;
  const sequraPort = Number(new URL(site.simulator.url).port);
  const ways: Ways = {
    apiToTemporal: await openProxy(() => port),
    workerToTemporal: await openProxy(() => port),
    workerToSequra: await openProxy(() => sequraPort),
  };

  const hosts: Hosts = {
    client,
    ledger,
    payloadKeys,
    leaks: () => canariesIn(Object.values(everyOutput()), [dbFile, `${dbFile}-wal`]),
    site,
    ways,
    temporal,
    dbFile,
    api: await site.startApi({ ...settings, TEMPORAL_ADDRESS: ways.apiToTemporal.address }),
    worker: await site.startWorker(workerSettings()),

    async startApi(overrides = {}) {
      hosts.api = await site.startApi({ ...settings, TEMPORAL_ADDRESS: ways.apiToTemporal.address, ...overrides });
      await untilReady(hosts.api);
    },
    async startWorker(overrides = {}) {
      hosts.worker = await site.startWorker({ ...workerSettings(), ...overrides });
      await untilReady(hosts.worker);
    },
    async replaceApi(overrides) {
      await ends(hosts.api);
      await hosts.startApi(overrides);
    },
    async replaceWorker(overrides) {
      await ends(hosts.worker);
      await hosts.startWorker(overrides);
    },
    async startTemporal() {
      hosts.temporal = await start();
    },

    async read(id) {
      const { status, body } = await hosts.api.call(orderPath(id));
      return status === 200 ? body : null;
    },
    postOnce: (one, reference = one.reference) =>
      one.posting((body) => hosts.api.place(body), { reference, ...PERSON }),
    post: (one, reference = one.reference) =>
      until(`${reference} is taken`, async () => {
        const answer = await hosts.postOnce(one, reference).catch(() => null);
        return answer !== null && answer.status < 300 ? answer : null;
      }),
    async waiting(one, reference = one.reference) {
      const { body } = await hosts.post(one, reference);
      await hosts.see(body.id ?? '', 'the SMS', smsSent);
    },
    act: (id, action, json) => hosts.api.call(orderPath(id, `/${action}`), { method: 'POST', json }),
    async see(id, what, holds, waitMs = 40_000) {
      let seen: OrderView | null = null;
      return until(
        what,
        async () => {
          seen = await hosts.read(id).catch(() => null);
          return seen !== null && holds(seen) ? seen : null;
        },
        waitMs,
      ).catch((error: unknown) => {
        throw new Error(`never saw ${what}: ${JSON.stringify(seen)}`, { cause: error });
      });
    },
    async lookUp(id) {
      const order = await hosts.see(
        id,
        'a decision',
        ({ status, attention }) => status !== 'creating' || attention !== null,
      );
      if (order.attention?.reason !== 'create_outcome_unknown') return;
      const [there] = ledger.orders(order.reference);
      const found = there === undefined ? {} : { sequra_order_id: String(there.id) };
      await hosts.act(id, 'resolve', { ...resolution(there === undefined ? 'retry' : 'attach'), ...found });
    },
    async signs(reference) {
      const id = idOf(reference);
      await hosts.see(id, 'the SMS', smsSent);
      site.simulator.confirm(reference);
      const { status } = await hosts.see(id, 'the end', closed);
      if (status !== 'confirmed') throw new Error(`${id} was signed, and is ${status}`);
    },
    async close() {
      await endPrograms();
      for (const way of Object.values(ways)) await way.close();
      await site.close();
      await connection.close();
      await hosts.temporal.stop();
      rmSync(dataDir, { recursive: true });
    },
  };

  function workerSettings(): Settings {
    const { workerToTemporal, workerToSequra } = ways;
    return {
      ...settings,
      TEMPORAL_ADDRESS: workerToTemporal.address,
      SEQURA_BASE_URL: `http://${workerToSequra.address}`,
    };
  }

  await untilReady(hosts.api, hosts.worker);
  return hosts;
}

async function ends(program: Program): Promise<void> {
  program.terminate();
  const code = await program.ended();
  if (code !== 0) throw new Error(`${program.script} ended with ${code}`);
}
