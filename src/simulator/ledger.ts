// The simulator's memory: orders, calls, webhook deliveries and fault hits. Nothing is kept over a restart, and nothing is ever dropped.
import type { Call, Delivery, Effect, FaultHit, LedgerRecord, ProviderOrder } from './records.ts';

/** seQura's example begins here; ids are not reused, not even after a reset. */
const FIRST_ORDER_ID = 4567;

type NewOrder = Omit<ProviderOrder, 'id' | 'status' | 'declined' | 'sms' | 'effects' | 'calls'>;

/** The ledger as the simulator itself writes it; the outside gets copies from `ledgerReader`. */
export type Ledger = {
  addOrder(order: NewOrder): ProviderOrder;
  order(id: number): ProviderOrder | undefined;
  orderByUuid(uuid: string): ProviderOrder | undefined;
  addCall(call: Call): Call;
  addDelivery(delivery: Delivery): Delivery;
  addHit(hit: Pick<FaultHit, 'reference' | 'call' | 'kind'>): void;
  record(): LedgerRecord;
  reset(): void;
};

export const now = (): string => new Date().toISOString();

export function addEffect(order: ProviderOrder, effect: Effect): Effect {
  order.effects.push({ at: now(), effect });
  return effect;
}

export function createLedger(): Ledger {
  let nextId = FIRST_ORDER_ID;
  const orders = new Map<number, ProviderOrder>();
  const byUuid = new Map<string, ProviderOrder>();
  const hits = new Map<string, FaultHit>();
  let calls: Call[] = [];
  let webhooks: Delivery[] = [];

  return {
    addOrder(fields) {
      const order: ProviderOrder = {
        id: nextId++,
        ...fields,
        status: 'pending',
        declined: false,
        sms: [],
        effects: [],
        calls: [],
      };
      orders.set(order.id, order);
      byUuid.set(order.uuid, order);
      return order;
    },
    order: (id) => orders.get(id),
    orderByUuid: (uuid) => byUuid.get(uuid),
    addCall(call) {
      calls.push(call);
      return call;
    },
    addDelivery(delivery) {
      webhooks.push(delivery);
      return delivery;
    },
    addHit({ reference, call, kind }) {
      const key = JSON.stringify([reference, call, kind]);
      const counted = hits.get(key)?.hits ?? 0;
      hits.set(key, { reference, call, kind, hits: counted + 1, last_at: now() });
    },
    record: () => ({ orders: [...orders.values()], calls, webhooks, fault_hits: [...hits.values()] }),
    reset() {
      orders.clear();
      byUuid.clear();
      hits.clear();
      calls = [];
      webhooks = [];
    },
  };
}
