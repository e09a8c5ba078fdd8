// A test of a fault: makes it happen, proves that it did, and has the judge look at every order that it touched. What was judged goes into
// the table of docs/reliability.md.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { orderWorkflowId } from '../../src/order/ids.ts';
import { totalCents } from '../../src/order/request.ts';
import type { OrderRequest } from '../../src/order/request.ts';
import type { PayloadKey } from '../../src/config/model.ts';
import type { OrderView } from '../../src/order/view.ts';
import type { LedgerReader } from '../../src/simulator/ledger-reader.ts';
import type { LedgerRecord } from '../../src/simulator/records.ts';
import type { Posted } from '../oracle/evidence.ts';
import { readRuns } from '../oracle/evidence.ts';
import { judge } from '../oracle/judge.ts';
import { orderRequest } from '../support/orders.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/waits.ts';

/** Where each test file of this tier leaves what it judged, for `npm run reliability`. */
export const TABLE_DIR = fileURLToPath(new URL('../../.cache/faults/', import.meta.url));

export type Row = { fault: number; file: string; invariants: string[] };

/** Of a Service or a Site. */
type Running = {
  client: Client;
  simulator: { ledger: LedgerReader };
  /** The order as the API shows it. */
  read: (id: string) => Promise<OrderView | null>;
  payloadKeys: readonly PayloadKey[] | null;
  /** Personal data and secrets that are where they must not be. */
  leaks?: () => string[];
};

export type Case = {
  /** Another one for each test. */
  reference: string;
  id: string;
  /** A reference of its own for each name; the judge looks at all of them. */
  another: (name: string) => string;
  /** A body with this reference, which is remembered for the judge together with its answer. */
  posting: <A extends Answered>(
    post: (body: OrderRequest) => Promise<A>,
    overrides?: Partial<OrderRequest>,
  ) => Promise<A>;
  /** The fault took effect: how often, or that it did. Every test says so at least once. */
  proves: (what: string, happened: number | boolean) => void;
  /** Measured by the test itself. */
  shows: (invariant: 'I12' | 'I14') => void;
};
/** A problem has no id of its own. */
export type Answered = { status: number; body: Partial<OrderView> & { order?: OrderView } };

const MERCHANT_ID = 'merchant_1';
/** Temporal's lists lag behind, a reopened run stays for five seconds after its end, and a task may wait ten for a worker that is gone. */
const LIST_LAG_MS = 20_000;
const LOOK_AGAIN_MS = 200;

export type Court = (faults: number | number[], sentence: string, live: (one: Case) => Promise<void>) => void;

/** Of each test file of this process, which may open several. */
const ROWS = new Map<string, Row[]>();

/** `file`: `import.meta.url` of the test file. `running`: asked when a test runs. */
export function openCourt(file: string, running: () => Running): Court {
  const name = basename(fileURLToPath(file));
  const rows = ROWS.get(name) ?? [];
  ROWS.set(name, rows);
  after(() => {
    mkdirSync(TABLE_DIR, { recursive: true });
    writeFileSync(join(TABLE_DIR, `${name}.json`), JSON.stringify(rows));
  });

  return (faults, sentence, live) => {
    const numbers = [faults].flat();
    it(`${numbers.join(', ')} · ${sentence}`, async () => {
      const reference = `${numbers.join('-')} ${sentence}`.slice(0, 50).trimEnd();
      const references = [reference];
      const posted: Posted[] = [];
      const shown = new Set<string>();
      let proofs = 0;
      await live({
        reference,
        id: orderWorkflowId(MERCHANT_ID, reference),
        another(suffix) {
          const next = `${reference} ${suffix}`.slice(0, 64);
          references.push(next);
          return next;
        },
        async posting(post, overrides = {}) {
          const body = orderRequest({ reference, ...overrides });
          const answer = await post(body);
          const id = answer.body.order?.id ?? answer.body.id ?? null;
          const facts = { status: answer.status, id, answeredMs: Date.now(), cents: totalCents(body.cart_items) };
          posted.push({ reference: body.reference, body: JSON.stringify(body), ...facts });
          return answer;
        },
        proves(what, happened) {
          assert.ok(happened === true || (happened as number) > 0, `the fault never happened: ${what}`);
          proofs += 1;
        },
        shows: (invariant) => void shown.add(invariant),
      });
      assert.ok(proofs > 0, 'a test of a fault proves that it happened');
      // Otherwise what there is to judge depends on what comes first: the end of an order, or the answer to the webhook that ended it.
      const here = running();
      await until('its webhooks are delivered or dropped', () =>
        references.flatMap((one) => here.simulator.ledger.webhooks(one)).every(({ state }) => state !== 'under_way'),
      );
      const judged = await verdict(here, references, posted);
      const invariants = [...judged, ...shown];
      rows.push(...numbers.map((fault) => ({ fault, file: name.split('.')[0] ?? name, invariants })));
    });
  };
}

/** The invariants that had something to say; throws where one is violated. */
async function verdict(
  { client, simulator: { ledger }, read, payloadKeys, leaks }: Running,
  references: string[],
  posted: Posted[],
): Promise<string[]> {
  const ids = references.map((reference) => orderWorkflowId(MERCHANT_ID, reference));
  const orders: OrderView[] = [];
  // One by one: a key may ask only so often in a second.
  for (const id of ids) {
    const order = await read(id);
    if (order !== null) orders.push(order);
  }
  const listed = `WorkflowId IN (${orders.map(({ id }) => `"${id}"`).join(', ')}) OR WorkflowType = "unmatchedWebhookWorkflow"`;
  for (const giveUpMs = Date.now() + LIST_LAG_MS; ;) {
    const { runs, kept } = await readRuns(client, listed);
    const evidence = {
      nowMs: Date.now(),
      ledger: together(references.map((one) => ledger.record(one))),
      orders,
      runs,
      kept,
      posted,
    };
    const { violations, judged } = judge(evidence);
    const isWhole = orders.every(({ id }) => runs.some((run) => run.id === id));
    if ((violations.length > 0 || !isWhole) && Date.now() < giveUpMs) {
      await sleep(LOOK_AGAIN_MS);
      continue;
    }
    assert.deepEqual(violations, []);
    assert.ok(isWhole, 'Temporal lists every order that the API shows');
    await replay(
      runs.filter((run) => ids.includes(run.id)).map(({ id, history }) => ({ workflowId: id, history })),
      payloadKeys,
    );
    if (leaks !== undefined) assert.deepEqual(leaks(), [], 'I11: where it must not be');
    const shown = { ...judged, I11: leaks === undefined ? 0 : 1, I13: runs.length };
    return Object.entries(shown).flatMap(([invariant, times]) => (times > 0 ? [invariant] : []));
  }
}

function together(records: LedgerRecord[]): LedgerRecord {
  return {
    orders: records.flatMap(({ orders }) => orders),
    calls: records.flatMap(({ calls }) => calls),
    webhooks: records.flatMap(({ webhooks }) => webhooks),
    fault_hits: records.flatMap((record) => record.fault_hits),
  };
}

/** All rows that the last run of each file left. */
export function readRows(files: readonly string[]): Row[] {
  return files.flatMap((name) => JSON.parse(readFileSync(join(TABLE_DIR, `${name}.json`), 'utf8')) as Row[]);
}
