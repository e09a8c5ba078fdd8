// Reads the ledger, for tests and pages. Every answer is a copy: it neither changes later nor changes the ledger.
import type { Ledger } from './ledger.ts';
import type { Call, Delivery, FaultHit, LedgerRecord, ProviderOrder } from './records.ts';

/** Without a reference: of all orders. Oldest first. */
export type LedgerReader = {
  orders(reference?: string): ProviderOrder[];
  order(id: number): ProviderOrder | undefined;
  calls(reference?: string, kind?: Call['kind']): Call[];
  webhooks(reference?: string): Delivery[];
  faultHits(reference?: string): FaultHit[];
  /** How often faults took effect on this reference, of one call or kind where given. */
  hits(reference: string, call?: FaultHit['call'], kind?: string): number;
  record(reference?: string): LedgerRecord;
};

export function ledgerReader(ledger: Ledger): LedgerReader {
  function pick<K extends keyof LedgerRecord>(key: K, reference: string | undefined): LedgerRecord[K] {
    const rows: { reference: string | null }[] = ledger.record()[key];
    return structuredClone(
      rows.filter((row) => reference === undefined || row.reference === reference),
    ) as LedgerRecord[K];
  }

  return {
    orders: (reference) => pick('orders', reference),
    order: (id) => structuredClone(ledger.order(id)),
    calls: (reference, kind) => pick('calls', reference).filter((call) => kind === undefined || call.kind === kind),
    webhooks: (reference) => pick('webhooks', reference),
    faultHits: (reference) => pick('fault_hits', reference),
    hits: (reference, call, kind) =>
      pick('fault_hits', reference)
        .filter((hit) => (call === undefined || hit.call === call) && (kind === undefined || hit.kind === kind))
        .reduce((sum, hit) => sum + hit.hits, 0),
    record: (reference) => ({
      orders: pick('orders', reference),
      calls: pick('calls', reference),
      webhooks: pick('webhooks', reference),
      fault_hits: pick('fault_hits', reference),
    }),
  };
}
