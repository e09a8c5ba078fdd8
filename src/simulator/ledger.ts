// The simulator's memory: orders, calls, webhook deliveries and fault hits, each change of which is written to the journal before it is made.
import type { Entry, Key, Kept, Rows } from './journal.ts';
import { IN_MEMORY } from './journal.ts';
import type { Call, Delivery, Effect, FaultHit, LedgerRecord, ProviderOrder } from './records.ts';

type HitKey = Pick<FaultHit, 'reference' | 'call' | 'kind'>;
type NewOrder = Omit<ProviderOrder, 'id' | 'status' | 'declined' | 'sms' | 'effects' | 'calls'>;

/** The ledger as the simulator itself writes it; the outside gets copies from `ledgerReader`. Only its own functions change a record. */
export type Ledger = {
  /** Pending, with the effect `created`. */
  addOrder(order: NewOrder): ProviderOrder;
  order(id: number): ProviderOrder | undefined;
  orderByUuid(uuid: string): ProviderOrder | undefined;
  /** Adds what happened to an order, and what that changed. */
  addEffect(
    order: ProviderOrder,
    effect: Effect,
    changes?: Partial<Pick<ProviderOrder, 'status' | 'declined' | 'sms'>>,
  ): Effect;
  addCall(call: Call): Call;
  changeCall(call: Call, changes: Partial<Call>): void;
  addDelivery(delivery: Delivery): Delivery;
  changeDelivery(delivery: Delivery, changes: Partial<Delivery>): void;
  addHit(hit: HitKey): void;
  /** How often this has happened. */
  hitsOf(hit: HitKey): number;
  record(): LedgerRecord;
  reset(): void;
  close(): void;
};

/**
 * No number is given twice, even where the ledger was reset: numbers count tenths of a millisecond since this day, and go on from the last one
 * where orders come faster or the clock was put back.
 */
const NUMBERS_SINCE_MS = Date.UTC(2026, 0, 1);

const numberOfNow = (): number => (Date.now() - NUMBERS_SINCE_MS) * 10;

const entryOf = (kind: keyof Rows, key: Key, row: object): Entry => [kind, key, { ...row, calls: undefined }] as Entry;

export const now = (): string => new Date().toISOString();

export function createLedger({ entries, journal }: Kept = IN_MEMORY): Ledger {
  const tables = {
    order: new Map<Key, ProviderOrder>(),
    call: new Map<Key, Call>(),
    webhook: new Map<Key, Delivery>(),
    hit: new Map<Key, FaultHit>(),
  };
  const byUuid = new Map<string, ProviderOrder>();
  /** The key of every record in the tables. Without one, after a reset, a record is not written any more. */
  let keys = new Map<object, Key>();
  let [lastId, lastKey] = [0, 0];

  const { order: orders, call: calls, webhook: webhooks, hit: hits } = tables;

  function remember([kind, key, row]: Entry): void {
    if (kind === 'last_id') {
      lastId = key;
      return;
    }
    const known = tables[kind].get(key);
    if (known !== undefined) {
      Object.assign(known, row);
      return;
    }
    const added = kind === 'order' ? { ...row, calls: [] } : row;
    tables[kind].set(key, added as never);
    keys.set(added, key);
    if (kind === 'call' || kind === 'webhook') lastKey = Math.max(lastKey, Number(key));
    if (kind === 'order') {
      lastId = Math.max(lastId, row.id);
      byUuid.set(row.uuid, added as ProviderOrder);
    }
  }

  function add<K extends keyof Rows>(kind: K, key: Key, row: Rows[K]): void {
    const entry = [kind, key, row] as Entry;
    journal.write(entry);
    remember(entry);
  }

  function change<R extends ProviderOrder | Call | Delivery>(kind: keyof Rows, row: R, changes: Partial<R>): void {
    const key = keys.get(row);
    if (key !== undefined) journal.write(entryOf(kind, key, { ...row, ...changes }));
    Object.assign(row, changes);
  }

  function fileUnderOrder(call: Call): void {
    if (call.order_id !== null) orders.get(call.order_id)?.calls.push(call);
  }

  const keyOf = ({ reference, call, kind }: HitKey): string => JSON.stringify([reference, call, kind]);
  const hitsOf = (hit: HitKey): number => hits.get(keyOf(hit))?.hits ?? 0;

  for (const entry of entries) remember(entry);
  for (const call of calls.values()) {
    // The calls of an earlier process ended with it.
    if (call.outcome === 'under_way') call.outcome = 'closed';
    fileUnderOrder(call);
  }
  const rows = Object.entries(tables).flatMap(([kind, table]) =>
    [...table].map(([key, row]) => entryOf(kind as keyof Rows, key, row)),
  );
  journal.replace([['last_id', lastId], ...rows]);

  return {
    addOrder(fields) {
      lastId = Math.max(lastId + 1, numberOfNow());
      const id = lastId;
      const effects = [{ at: now(), effect: 'created' as const }];
      add('order', id, { id, ...fields, status: 'pending', declined: false, sms: [], effects });
      return orders.get(id) as ProviderOrder;
    },
    order: (id) => orders.get(id),
    orderByUuid: (uuid) => byUuid.get(uuid),
    addEffect(order, effect, changes = {}) {
      change('order', order, { ...changes, effects: [...order.effects, { at: now(), effect }] });
      return effect;
    },
    addCall(call) {
      add('call', (lastKey += 1), call);
      fileUnderOrder(call);
      return call;
    },
    changeCall(call, changes) {
      const wasFiled = call.order_id !== null;
      change('call', call, changes);
      if (!wasFiled) fileUnderOrder(call);
    },
    addDelivery(delivery) {
      add('webhook', (lastKey += 1), delivery);
      return delivery;
    },
    changeDelivery: (delivery, changes) => change('webhook', delivery, changes),
    addHit({ reference, call, kind }) {
      const hit = { reference, call, kind };
      add('hit', keyOf(hit), { ...hit, hits: hitsOf(hit) + 1, last_at: now() });
    },
    hitsOf,
    record: () => ({
      orders: [...orders.values()],
      calls: [...calls.values()],
      webhooks: [...webhooks.values()],
      fault_hits: [...hits.values()],
    }),
    reset() {
      journal.replace([['last_id', lastId]]);
      for (const table of Object.values(tables)) table.clear();
      byUuid.clear();
      keys = new Map();
    },
    close: () => journal.close(),
  };
}
