// What is judged when a backup was put back. What we answered between the backup and its return is forgotten by us and not by others: what seQura
// has, and what it told us, counts as always; what only our side could know does not.
import { orderWorkflowId } from '../../src/order/ids.ts';
import { writeCsv } from '../../src/ops/write-csv.ts';
import type { OrderView } from '../../src/order/view.ts';
import { eventKind } from '../../src/order/webhook.ts';
import type { LedgerRecord, ProviderOrder } from '../../src/simulator/records.ts';
import type { Evidence } from '../oracle/evidence.ts';
import type { Verdict, Violation } from '../oracle/judge.ts';
import { judge } from '../oracle/judge.ts';
import { orderPath } from '../support/orders.ts';

type State = 'open' | 'signed' | 'cancelled' | 'undone';

/** A request of a till. */
export type Asked = { path: string; atMs: number };
type Restore = {
  backupMs: number;
  stoppedMs: number;
  restoredMs: number;
  /** Ids of orders that were placed after the backup. */
  forgotten: ReadonlySet<string>;
  /** Those of them that the runbook's list named. */
  listed: readonly string[];
  asked: readonly Asked[];
};

/** Longer than seQura holds a call in the drill's load. */
const IN_FLIGHT_MS = 15_000;
/** An SMS with a lost answer is repeated once. */
const SENDS_FOR_ONE_WISH = 2;

const idOf = ({ merchant_id: merchantId, reference }: ProviderOrder) => orderWorkflowId(merchantId, reference);

function stateOf({ status, effects }: ProviderOrder): State {
  const has = (what: string) => effects.some(({ effect }) => effect === what);
  if (status === 'pending') return 'open';
  if (has('financing_asked') || (status === 'cancelled' && has('confirmed'))) return 'undone';
  return status === 'cancelled' ? 'cancelled' : 'signed';
}

/** As seQura's back office would export it, for `temporal orders reconcile`. */
export function backOfficeList({ orders }: LedgerRecord): string {
  const rows = orders.map((order) => [order.merchant_id, order.reference, String(order.id), stateOf(order)]);
  return writeCsv(['merchant', 'reference', 'sequra_order_id', 'state'], rows);
}

/** What only seQura knows when the backup is back. */
export type Lost = {
  /** References of forgotten orders whose customer may still sign. */
  open: string[];
  rows: [string, number][];
};

export async function whatWasLost(
  ledger: LedgerRecord,
  forgotten: ReadonlySet<string>,
  read: (id: string) => Promise<OrderView | null>,
): Promise<Lost> {
  const wholly = ledger.orders.filter((order) => forgotten.has(idOf(order)));
  const counts = new Map<string, number>();
  const count = (what: string, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times);
  for (const order of wholly) count(`orders of which nothing is left: ${stateOf(order)}`);
  for (const order of ledger.orders) {
    const ours = forgotten.has(idOf(order)) ? null : await read(idOf(order));
    if (ours === null) continue;
    const state = stateOf(order);
    const isSigned = ours.status === 'confirmed' || ours.status === 'cancellation_requested';
    if ((state === 'signed' || state === 'undone') && !isSigned) count('confirmations');
    if ((state === 'cancelled' || state === 'undone') && !/cancelled|expired|requested/.test(ours.status))
      count('cancels');
    if (order.sms.length > ours.sms.sent) count('SMS', order.sms.length - ours.sms.sent);
    if (ours.sequra_order_id === null) count('answers to a create');
  }
  return {
    open: wholly.filter((each) => stateOf(each) === 'open').map(({ reference }) => reference),
    rows: [...counts],
  };
}

export function judgeRestore(evidence: Evidence, restore: Restore): Verdict & { machine: Machine } {
  const { backupMs, stoppedMs, forgotten } = restore;
  const isForgotten = (at: string) => Date.parse(at) >= backupMs && Date.parse(at) <= stoppedMs;
  const seen: Evidence = {
    ...evidence,
    posted: evidence.posted.filter(
      ({ reference, answeredMs }) =>
        !(answeredMs <= stoppedMs && forgotten.has(orderWorkflowId('merchant_1', reference))),
    ),
    ledger: {
      ...evidence.ledger,
      // Cancels were right by what we knew then; of a create without an effect the back office shows nothing, and so it is made again.
      calls: evidence.ledger.calls.filter(
        ({ kind, at, effect }) =>
          !isForgotten(at) || kind === 'send_sms' || (kind === 'create' && effect === 'created'),
      ),
    },
  };
  // What we answered and have forgotten was never answered, for those invariants that are about our answers.
  const webhooks = seen.ledger.webhooks.map((each) => ({
    ...each,
    tries: each.tries.filter(({ at }) => !isForgotten(at)),
  }));
  const known = webhooks.filter(({ tries, event }) => tries.length > 0 || eventKind(event) === 'confirm');
  const options = { inFlightMs: IN_FLIGHT_MS };
  const ofAnswers = judge({ ...seen, ledger: { ...seen.ledger, webhooks: known } }, options);
  const ofAll = judge(seen, options);
  const isOfAnswers = ({ invariant }: Violation) => invariant === 'I4' || invariant === 'I5';
  const { I4, I5 } = ofAnswers.judged;
  const machine = doneTwice(evidence, restore);
  return {
    judged: { ...ofAll.judged, I4, I5 },
    violations: [...ofAll.violations.filter((each) => !isOfAnswers(each)), ...ofAnswers.violations.filter(isOfAnswers)],
    machine,
  };
}

/** What workers did after the restore that nobody had asked for since. */
type Machine = { createsAgain: string[]; smsAgain: string[]; unlisted: string[] };

function doneTwice(
  { ledger, orders }: Evidence,
  { stoppedMs, restoredMs, forgotten, listed, asked }: Restore,
): Machine {
  const views = new Map(orders.map((order) => [order.id, order]));
  const machine: Machine = { createsAgain: [], smsAgain: [], unlisted: [] };
  for (const order of ledger.orders.filter(({ created_at: at }) => Date.parse(at) <= stoppedMs)) {
    const id = idOf(order);
    const since = (at: string) => Date.parse(at) >= restoredMs;
    const answers = (...actions: string[]) =>
      (views.get(id)?.timeline ?? []).filter(
        (entry) => entry.event === 'resolved' && since(entry.at) && actions.includes(entry.action),
      ).length;
    const wishes = asked.filter(({ path, atMs }) => atMs >= restoredMs && path === orderPath(id, '/send_sms')).length;
    const creates = ledger.calls.filter(
      (call) => call.kind === 'create' && call.reference === order.reference && since(call.at),
    ).length;
    if (creates > answers('retry')) machine.createsAgain.push(id);
    const sent = order.sms.filter(({ at }) => since(at)).length;
    if (sent > SENDS_FOR_ONE_WISH * (answers('attach', 'retry') + wishes)) machine.smsAgain.push(id);
    if (forgotten.has(id) && !listed.includes(id)) machine.unlisted.push(id);
  }
  return machine;
}
