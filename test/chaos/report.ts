// What a run of chaos has to say.
import { eventKind } from '../../src/order/webhook.ts';
import type { Evidence } from '../oracle/evidence.ts';
import type { Verdict } from '../oracle/judge.ts';
import { percentile } from '../support/percentile.ts';
import type { Done } from './when.ts';

export type Findings = {
  evidence: Evidence;
  verdict: Verdict;
  done: Done;
  /** What people did, by what it was. */
  did: ReadonlyMap<string, number>;
  answered: ReadonlyMap<string, number>;
  /** Null: it never came to rest. */
  quietMs: number | null;
  replayed: number;
  leaks: readonly string[];
  /** Programs that ended by themselves. */
  ended: readonly string[];
};

/** Why the run has failed; empty where it has not. */
export function failures({ evidence, verdict, done, quietMs, leaks, ended }: Findings): string[] {
  const missed = [...done.troubles].filter(([, { hits }]) => hits === 0).map(([name]) => `no hit: ${name}`);
  return [
    ...verdict.violations.map(({ invariant, order, what }) => `${invariant} ${order}: ${what}`),
    ...undoneSales(evidence).flatMap(({ id, because }) =>
      because === null ? [`signed, and undone at the deadline although its confirmation was on its way: ${id}`] : [],
    ),
    ...leaks.map(() => 'I11: something secret is where it must not be'),
    ...missed,
    ...ended.map((program) => `ended by itself: ${program}`),
    ...(quietMs === null ? ['I9: it never came to rest'] : []),
    ...(evidence.orders.length === 0 ? ['there were no orders'] : []),
  ];
}

/** Signed orders that were cancelled at their deadline, and nobody was asked. `because` null: for no reason that is seQura's. */
function undoneSales({ orders, ledger }: Evidence): { id: string; because: string | null }[] {
  return orders.flatMap(({ id, reference, status, attention, timeline }) => {
    const of = <Row extends { reference: string | null }>(rows: readonly Row[]) =>
      rows.filter((row) => row.reference === reference);
    const isUndone = of(ledger.orders).some(({ effects }) =>
      effects.some(({ effect }) => effect === 'financing_asked'),
    );
    const wasAsked = timeline.some((entry) => entry.event === 'attention' && entry.reason === 'confirm_cancel_crossed');
    if (status !== 'expired' || attention !== null || wasAsked || !isUndone) return [];
    const told = of(ledger.webhooks).filter(
      ({ event, fault }) => eventKind(event) === 'confirm' || fault === 'other_event',
    );
    const cancelledAt = of(ledger.calls).find(({ kind }) => kind === 'cancel')?.at ?? '';
    const tries = told.flatMap((delivery) => delivery.tries);
    if (told.some(({ fault }) => fault === 'other_event')) return [{ id, because: 'under a name that no rule knows' }];
    if (tries.length === 0) return [{ id, because: 'seQura never told' }];
    if (tries.every(({ at }) => at > cancelledAt)) return [{ id, because: 'seQura told after the cancel' }];
    return [{ id, because: told.every(({ state }) => state === 'dropped') ? 'seQura gave up' : null }];
  });
}

export function report(findings: Findings): string {
  const { evidence, verdict, done, did, answered, quietMs, replayed } = findings;
  const endings = counted(
    evidence.orders.map(({ status, attention }) =>
      attention === null ? status : `${status}, asks ${attention.reason}`,
    ),
  );
  const lies = new Map(
    counted(evidence.ledger.fault_hits.flatMap(({ call, kind, hits }) => Array<string>(hits).fill(`${call} ${kind}`))),
  );
  const problems = failures(findings);
  return [
    section(`${evidence.orders.length} orders, by ending`, endings),
    section(
      'signed, and undone at the deadline, because',
      counted(undoneSales(evidence).map(({ because }) => because ?? 'IT WAS SHUT OUT')),
    ),
    section('people', [...did]),
    section('operator', [...answered]),
    section(
      'troubles: begun, and hit',
      [...done.troubles].map(([name, { begun, hits }]) => [name, `${begun}, ${hits}`]),
    ),
    section('faults of seQura, hit', [...lies]),
    section('invariants: things judged', [
      ...Object.entries(verdict.judged),
      ['I11', findings.leaks.length === 0 ? 'nothing found' : 'FOUND'],
      ['I13', `${replayed} histories replayed`],
    ]),
    `recovery, from the end of all trouble to a fresh order with its SMS: p50 ${seconds(percentile(done.recoveriesMs, 0.5))}, p99 ${seconds(percentile(done.recoveriesMs, 0.99))}, max ${seconds(percentile(done.recoveriesMs, 1))} (${done.recoveriesMs.length} times)`,
    `rest, from the end of all trouble to every order final or asking a human: ${quietMs === null ? 'never' : seconds(quietMs)}`,
    `violations: ${verdict.violations.length}`,
    ...(problems.length === 0 ? [] : ['FAILED', ...problems.map((problem) => `  ${problem}`)]),
  ].join('\n');
}

export function section(title: string, rows: readonly (readonly [string, unknown])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length), 0);
  return [
    title,
    ...rows
      .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([name, value]) => `  ${name.padEnd(width)}  ${String(value)}`),
  ].join('\n');
}

export function counted(all: readonly string[]): [string, number][] {
  return [...Map.groupBy(all, (each) => each)].map(([name, its]) => [name, its.length]);
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
