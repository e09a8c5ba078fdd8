// The simulator in its container, by its HTTP controls: looked at once a second.
import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerRecord } from '../../src/simulator/records.ts';
import type { Outside } from '../chaos/people.ts';
import { call } from '../support/till.ts';
import { until } from '../support/waits.ts';

const EVERY_MS = 1_000;
const IDLE_WITHIN_MS = 60_000;

type FarSimulator = Outside['simulator'] & {
  /** What it has now. */
  look: () => Promise<LedgerRecord>;
  stop: () => void;
};

export async function watchSimulator(url: string): Promise<FarSimulator> {
  const stopping = new AbortController();
  let record: LedgerRecord = { orders: [], calls: [], webhooks: [], fault_hits: [] };
  const look = async () => {
    const { status, body } = await call<LedgerRecord>(`${url}/_sim/ledger`);
    if (status !== 200) throw new Error(`the simulator answers ${status}`);
    record = body;
    return record;
  };
  const post = (path: string, json?: unknown) => void call(url + path, { method: 'POST', json }).catch(() => {});
  await look();
  void (async () => {
    for (; !stopping.signal.aborted; await sleep(EVERY_MS)) await look().catch(() => {});
  })();
  return {
    look,
    stop: () => stopping.abort(),
    ledger: {
      record: () => record,
      orders: (reference) => record.orders.filter((order) => reference === undefined || order.reference === reference),
    },
    faults: { set: (reference, kind, fault) => post('/_sim/faults', { reference, call: kind, ...fault }) },
    confirm(key) {
      post(`/_sim/orders/${numberOf(record, key)}/confirm`);
      return 'confirmed';
    },
    decline: (key) => post(`/_sim/orders/${numberOf(record, key)}/decline`),
    async idle() {
      const isIdle = async () => (await look()).webhooks.every(({ state }) => state !== 'under_way');
      await until('no webhook is under way', isIdle, IDLE_WITHIN_MS);
    },
  };
}

function numberOf({ orders }: LedgerRecord, key: string | number): number {
  return typeof key === 'number' ? key : (orders.findLast(({ reference }) => reference === key)?.id ?? NaN);
}
