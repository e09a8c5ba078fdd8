// The faults that are switched on. Each reference and call has a queue: its first fault meets the next call, and `*` waits for all others.
import type { CallFaultKind, Fault, FaultCall, FaultInput, FaultKind, WebhookFaultKind } from './fault-table.ts';
import { parseFault } from './fault-table.ts';
import type { Ledger } from './ledger.ts';

const EVERY_REFERENCE = '*';

export type ActiveFault = {
  id: number;
  reference: string;
  call: FaultCall;
  fault: Fault;
  left: number | null;
  hits: number;
};

/** Sets, adds and clears faults; `reference` is the order's, or `*` for every order that has no fault of its own for this call. */
export type Faults = {
  /** Replaces the queue. Throws `ZodError` on a fault that is wrong for this call. */
  set<C extends FaultCall>(reference: string, call: C, fault: FaultInput<C>): void;
  /** Adds to the end of the queue. */
  add<C extends FaultCall>(reference: string, call: C, fault: FaultInput<C>): void;
  clear(filter?: { reference?: string | undefined; call?: FaultCall | undefined; id?: number | undefined }): void;
  list(): ActiveFault[];
};

/** A fault that is about to happen; `hit` records that it did. */
type Pending<K extends FaultKind> = { fault: Fault<K>; hit: () => void };

type KindOf<C extends FaultCall> = C extends 'webhook' ? WebhookFaultKind : CallFaultKind;

export type FaultBoard = Faults & {
  addUnchecked(reference: string, call: FaultCall, fault: unknown, replace: boolean): ActiveFault;
  /** The fault that meets this call; where kinds are given, of these only. */
  next<C extends FaultCall, K extends KindOf<C>>(
    reference: string | null,
    call: C,
    kinds?: readonly K[],
  ): Pending<K> | null;
};

export function createFaults(ledger: Ledger): FaultBoard {
  let nextId = 1;
  let active: ActiveFault[] = [];

  function clear({
    reference,
    call,
    id,
  }: { reference?: string | undefined; call?: FaultCall | undefined; id?: number | undefined } = {}): void {
    active = active.filter(
      (row) =>
        (reference !== undefined && row.reference !== reference) ||
        (call !== undefined && row.call !== call) ||
        (id !== undefined && row.id !== id),
    );
  }

  function add(reference: string, call: FaultCall, input: unknown, replace: boolean): ActiveFault {
    const fault = parseFault(call, input);
    if (replace) clear({ reference, call });
    const row: ActiveFault = { id: nextId++, reference, call, fault, left: fault.times, hits: 0 };
    active.push(row);
    return structuredClone(row);
  }

  return {
    set: (reference, call, fault) => void add(reference, call, fault, true),
    add: (reference, call, fault) => void add(reference, call, fault, false),
    addUnchecked: add,
    clear,
    list: () => structuredClone(active),
    next(reference, call, kinds) {
      const queueOf = (wanted: string | null) =>
        active.find(
          (row) =>
            row.reference === wanted &&
            row.call === call &&
            (kinds === undefined || (kinds as readonly FaultKind[]).includes(row.fault.kind)),
        );
      const row = queueOf(reference) ?? queueOf(EVERY_REFERENCE);
      if (row === undefined) return null;
      if (row.fault.skip > 0) {
        row.fault.skip -= 1;
        return null;
      }
      const hit = () => {
        row.hits += 1;
        ledger.addHit({ reference: reference ?? EVERY_REFERENCE, call, kind: row.fault.kind });
        if (row.left === null) return;
        row.left -= 1;
        if (row.left === 0) clear({ id: row.id });
      };
      return { fault: row.fault as never, hit };
    },
  };
}
